// Idle times of sessions. A rule that gives none hands its packets to the chain `permit`; one that does hands them to a
// chain that hangs a timeout object on the session and goes on to `permit`. So times depend on the rule alone and not
// on how it was found, and rules without times cost nothing. Rules with the same services share a chain.

import { idleTimeRuns } from "../idle-time.ts";
import type { IdleTime, IdleTimeRun } from "../idle-time.ts";
import { defaultFlowOptions } from "../flow-options/flow-options.ts";
import type { TcpSeconds } from "../flow-options/flow-options.ts";
import type { Ir, IrRule } from "../ir.ts";
import { SynChecks } from "./lower-flow-options.ts";
import { lowerServices } from "./lower-services.ts";
import type { NftChain, NftStatement, NftTable, NftTimeout } from "./program.ts";
import { goTo, rule } from "./statements.ts";
import { actionChains, generationName } from "./table-names.ts";

/**
 * For sessions that never end by being idle: 23 days. The kernel counts in ticks of a signed 32-bit number, which at
 * 1,000 ticks a second is 24 days.
 */
export const neverSeconds = 2_000_000;

const protocols = [
  [6, "tcp"],
  [17, "udp"],
] as const;

/** Whether no rule of a list asks for anything beside `permit`, whatever the settings are. */
export function areUsual(rules: readonly IrRule[]): boolean {
  const known = usual.get(rules);
  if (known !== undefined) return known;
  const seen = new Set<unknown>();
  const found = rules.every(({ match, tcp }) => {
    if (tcp?.synCheck === true) return false;
    if (match.kind === "nothing" || match.services === "any" || seen.has(match.services)) return true;
    seen.add(match.services);
    return idleTimeRuns(match).length === 0;
  });
  usual.set(rules, found);
  return found;
}

const usual = new WeakMap<readonly IrRule[], boolean>();

export class IdleTimes {
  readonly #chains: NftChain[] = [];
  readonly #synChecks: SynChecks;
  readonly #seconds: TcpSeconds;
  readonly #generation: number;
  readonly #timeouts = new Map<string, NftTimeout>();
  readonly #chainNames = new Map<string, string>();
  /** Policies with equal services share one list of them. */
  readonly #known = new Map<unknown, string>();

  constructor(generation: number, ir: Pick<Ir, "flow"> = {}) {
    this.#generation = generation;
    this.#synChecks = new SynChecks(generation, ir);
    this.#seconds = (ir.flow ?? defaultFlowOptions).seconds;
  }

  get chains(): readonly NftChain[] {
    return [...this.#chains, ...this.#synChecks.chains];
  }

  /** As a table has them: not at all where there are none. */
  get timeouts(): Pick<NftTable, "timeouts"> {
    return this.#timeouts.size === 0 ? {} : { timeouts: [...this.#timeouts.values()] };
  }

  /** Where the packets of a rule that permits go when its mark is set. */
  permitChain(rule: Pick<IrRule, "match" | "tcp">): string {
    return this.#synChecks.chainBefore(this.#idleChain(rule), rule);
  }

  #idleChain({ match }: Pick<IrRule, "match">): string {
    if (match.kind === "nothing" || match.services === "any") return actionChains.permit;
    const known = this.#known.get(match.services);
    if (known !== undefined) return known;
    const runs = idleTimeRuns(match);
    const name = runs.length === 0 ? actionChains.permit : this.#chainOf(runs);
    this.#known.set(match.services, name);
    return name;
  }

  #chainOf(runs: readonly IdleTimeRun[]): string {
    const key = JSON.stringify(runs);
    const known = this.#chainNames.get(key);
    if (known !== undefined) return known;
    const name = generationName(`idle_${this.#chainNames.size + 1}`, this.#generation);
    this.#chainNames.set(key, name);
    const rules = runs.flatMap((run) => this.#rulesOf(run));
    this.#chains.push({ name, rules: [...rules, rule(goTo(actionChains.permit))] });
    return name;
  }

  #rulesOf({ idleTime, terms }: IdleTimeRun) {
    const onward = goTo(actionChains.permit);
    if (idleTime === undefined) return lowerServices(terms).map(({ statements }) => rule(...statements, onward));
    return protocols.flatMap(([number, protocol]) => {
      const services = lowerServices(terms.filter((term) => term.kind === "ports" && term.protocol === number));
      return services.map(({ statements }) => rule(...statements, this.#set(protocol, idleTime), onward));
    });
  }

  #set(protocol: NftTimeout["protocol"], idleTime: IdleTime): NftStatement {
    const timeout = timeoutOf(protocol, idleTime, this.#seconds);
    this.#timeouts.set(timeout.name, timeout);
    return { kind: "set-timeout", timeout: timeout.name };
  }
}

function timesText({ initial, halfClosed, closed, reset }: TcpSeconds): string {
  return [initial, halfClosed ?? "k", closed, reset].join("_");
}

/** Half-closed sessions may be idle no longer than open ones; those that begin or have ended keep the kernel's times. */
function timeoutOf(protocol: NftTimeout["protocol"], idleTime: IdleTime, tcp: TcpSeconds): NftTimeout {
  const seconds = idleTime === "never" ? neverSeconds : idleTime;
  if (protocol === "udp") {
    return { name: `udp_${idleTime}`, protocol, seconds: { unreplied: seconds, replied: seconds } };
  }
  const { initial, halfClosed, closed, reset } = tcp;
  // An object that sessions hold cannot change, so its name says all that it says.
  const usual = timesText(tcp) === timesText(defaultFlowOptions.seconds);
  return {
    name: usual ? `tcp_${idleTime}` : `tcp_${idleTime}_${timesText(tcp)}`,
    protocol,
    seconds: {
      syn_sent: initial,
      syn_recv: initial,
      established: seconds,
      fin_wait: halfClosed ?? Math.min(seconds, 120),
      close_wait: halfClosed ?? Math.min(seconds, 60),
      time_wait: closed,
      close: reset,
    },
  };
}
