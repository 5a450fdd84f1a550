// What translation costs a new session, by the number of one-to-one rows, against the same gateway without any. Every measured
// flow goes to an outer address that a static rule maps; the other rows are there to be searched.

import { compile } from "@merlon/compiler/compile.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { formatIpv4 } from "@merlon/model/ip/address.ts";
import { BenchGateway } from "./bench-gateway.ts";
import type { LoadThread } from "./load-thread.ts";
import type { SuitePlan } from "./lookup.ts";
import { comparedWith } from "./measurement.ts";
import type { Measurement } from "./measurement.ts";
import { loadText } from "./prepare-policy.ts";
import { measureInTurn, rateSample } from "./round-robin.ts";
import type { RuleSet } from "./rule-set.ts";
import type { LoadedPolicy } from "./subject.ts";
import { subjectNamed } from "./subjects.ts";

const rowCounts = [10, 1_000, 100_000] as const;
const without = "no-translation";
/** 172.16.0.0 and on: what flows are sent to. 100.64.0.0 and on: rows that nobody asks for. */
const outerFirst = 0xac10_0000;
const fillerFirst = 0x6440_0000;
const fillerToFirst = 0x6450_0000;
const addressesPerPair = 8;

export async function measureNat(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const { rounds, durationMs, say } = plan;
  await using stack = new AsyncDisposableStack();
  const ruleSet = withFewAddresses(plan.policy.ruleSet);
  const { tree } = loadText(plan.policy.text);
  const gateways: { name: string; gateway: BenchGateway }[] = [];
  const loading: Measurement[] = [];
  for (const count of [0, ...rowCounts]) {
    say(`translation with ${count} rows: compiling and loading`);
    const startMs = performance.now();
    const { ir } = compiled(loadConfiguration(tree, natLines(ruleSet, count), { action: "set", source: "bench" }).tree);
    const compileMs = performance.now() - startMs;
    const policy: LoadedPolicy = { ruleSet: count === 0 ? ruleSet : outward(ruleSet), text: "", ir };
    const gateway = stack.use(
      await BenchGateway.start({ ...subjectNamed("merlon"), name: `nat-${count}` }, policy, thread),
    );
    gateways.push({ name: count === 0 ? without : `nat-${count}-rows`, gateway });
    if (count === 0) continue;
    const common = { gateway: "merlon", policies: ruleSet.policyCount, unit: "ms" };
    loading.push({ ...common, subject: `nat-${count}-rows-compile`, values: [compileMs] });
    loading.push({ ...common, subject: `nat-${count}-rows-load`, values: [gateway.loaded.ms] });
  }
  const measured = await measureInTurn({
    gateways,
    policies: ruleSet.policyCount,
    rounds,
    measure: async (gateway) => ({ "new-flows": rateSample(await gateway.newFlows(durationMs), "flows/s") }),
    onRound: (round) => say(`translation: round ${round + 1} of ${rounds}`),
  });
  return [...comparedWith(without, measured), ...loading];
}

function compiled(tree: Parameters<typeof readConfiguration>[0]) {
  return compile(readConfiguration(tree).configuration, { ruleIds: noRuleIds });
}

/** One pair of zones, and so few destinations that each has a row of its own. */
function withFewAddresses(ruleSet: RuleSet): RuleSet {
  return {
    ...ruleSet,
    pairs: ruleSet.pairs.slice(0, 1).map((pair) => ({
      ...pair,
      worst: { ...pair.worst, addresses: pair.worst.addresses.slice(0, addressesPerPair) },
    })),
  };
}

/** The same flows, sent to outer addresses. */
function outward(ruleSet: RuleSet): RuleSet {
  return {
    ...ruleSet,
    pairs: ruleSet.pairs.map((pair) => ({
      ...pair,
      worst: {
        ...pair.worst,
        addresses: pair.worst.addresses.map(({ source }, at) => ({ source, destination: outerFirst + at })),
      },
    })),
  };
}

function natLines(ruleSet: RuleSet, rowCount: number): string {
  if (rowCount === 0) return "";
  const [pair] = ruleSet.pairs;
  const inner = pair?.worst.addresses.map(({ destination }) => destination) ?? [];
  const rule = (at: number, outer: number, to: number) =>
    `set security nat static rule-set t rule r${at} match destination-address ${formatIpv4(outer)}/32\n` +
    `set security nat static rule-set t rule r${at} then static-nat prefix ${formatIpv4(to)}/32\n`;
  const used = inner.map((to, at) => rule(at, outerFirst + at, to));
  const fillers = Array.from({ length: Math.max(0, rowCount - used.length) }, (_, at) =>
    rule(used.length + at, fillerFirst + at, fillerToFirst + at),
  );
  return `set security nat static rule-set t from zone ${pair?.from.name ?? ""}\n${[...used, ...fillers].join("")}`;
}
