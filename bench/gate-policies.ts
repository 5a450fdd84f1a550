// Two policies behind all others of the first pair of zones, and what commits do to them: at any time one of them permits
// the flows to one port, the other denies those to the other port, and every commit changes which. A flow that passes
// therefore tells by its port and its policy under which of four states it was decided.

import type { BenchPolicy, BenchService, RuleSet, ZonePair } from "./rule-set.ts";

/** Ports that no generated service has. */
export const gatePorts = [7_001, 7_002] as const;
export const gateNames = ["gate-a", "gate-b"] as const;

export interface GateState {
  /** Both are 0 or 1: the place in `gatePorts`, and in `gateNames`. The other gate denies the other port. */
  readonly permittedPort: number;
  readonly permittingGate: number;
}

/** Each commit leads to the next, the one from the last to the first. The first is how the rule set is made. */
export const gateStates: readonly GateState[] = [
  { permittedPort: 0, permittingGate: 0 },
  { permittedPort: 1, permittingGate: 1 },
  { permittedPort: 0, permittingGate: 1 },
  { permittedPort: 1, permittingGate: 0 },
];

/** The state after so many commits. */
export function gateStateAt(commits: number): GateState {
  const state = gateStates[commits % gateStates.length];
  if (state === undefined) throw new Error(`there is no state after ${commits} commits`);
  return state;
}

const services: readonly BenchService[] = gatePorts.map((port, index) => ({
  name: `gate-${index}`,
  protocol: "udp",
  firstPort: port,
  lastPort: port,
}));

export function withGates(ruleSet: RuleSet): RuleSet {
  const [first, ...rest] = ruleSet.pairs;
  const last = first?.policies.at(-1);
  if (first === undefined || last === undefined) throw new Error("a rule set without policies has no place for gates");
  const gates = gateNames.map((name, gate): BenchPolicy => {
    const { portIndex, action } = gateContent(gate, gateStateAt(0));
    return { ...last, name, services: [services[portIndex] ?? never()], action };
  });
  const pair: ZonePair = { ...first, policies: [...first.policies, ...gates] };
  return { ...ruleSet, pairs: [pair, ...rest], services: [...ruleSet.services, ...services] };
}

/** What is typed to come from the state after `commits` commits to the next, without the commit. */
export function gateChange(pair: ZonePair, commits: number): readonly string[] {
  const [before, next] = [gateStateAt(commits), gateStateAt(commits + 1)];
  return gateNames.flatMap((name, gate) => {
    const policy = `security policies from-zone ${pair.from.name} to-zone ${pair.to.name} policy ${name}`;
    const [old, wanted] = [gateContent(gate, before), gateContent(gate, next)];
    const application = (index: number): string => `${policy} match application ${services[index]?.name ?? never()}`;
    return [
      ...(old.action === wanted.action ? [] : [`delete ${policy} then`, `set ${policy} then ${wanted.action}`]),
      ...(old.portIndex === wanted.portIndex
        ? []
        : [`delete ${application(old.portIndex)}`, `set ${application(wanted.portIndex)}`]),
    ];
  });
}

function gateContent(gate: number, { permittedPort, permittingGate }: GateState) {
  const permits = gate === permittingGate;
  const action = permits ? ("permit" as const) : ("deny" as const);
  return { portIndex: permits ? permittedPort : 1 - permittedPort, action };
}

function never(): never {
  throw new Error("there are two gates and two ports");
}
