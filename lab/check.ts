// `npm start -- --check`: the demo once through, without a terminal. Three times the whole matrix (as configured, after a
// policy change, after the rollback), each against the truth table, and the facts around it. Takes everything down again.

import { existsSync } from "node:fs";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import type { GatewayClient } from "@merlon/gateway/client.ts";
import { noteArrivals, readArrivals } from "./arrivals.ts";
import {
  closesCounted,
  createsLogged,
  deniesLogged,
  mappingShown,
  nothingLeaked,
  startedInTime,
} from "./check-facts.ts";
import type { Fact } from "./check-facts.ts";
import { startDemo } from "./demo.ts";
import type { Demo } from "./demo.ts";
import { changedTruths, changeLines, initialTruths } from "./expectations.ts";
import type { Truth } from "./expectations.ts";
import { compare, planAttempts } from "./matrix.ts";
import type { Comparison } from "./matrix.ts";
import { namespacePath } from "./network-namespace.ts";
import { probeAgainst } from "./probe-matrix.ts";
import { fabricName, gatewayName, hosts } from "./topology.ts";

/** The paper says "less than a minute". */
const startLimitMs = 1_000;
/** How long log records may take to arrive before one counts as missing. */
const recordsTimeoutMs = 5_000;
const recordsPollMs = 50;
/** A demo of a few seconds makes some thousand records. */
const recordsMax = 100_000;

export interface Phase {
  readonly title: string;
  /** What was typed before it. */
  readonly commands: readonly string[];
  readonly tookMs: number;
  readonly comparisons: readonly Comparison[];
  readonly facts: readonly Fact[];
}

export interface CheckReport {
  readonly startToEnforcingMs: number;
  readonly tookMs: number;
  readonly phases: readonly Phase[];
  /** Facts about the whole run. */
  readonly facts: readonly Fact[];
}

/** Something that the check needed did not work, so that nothing can be said. */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

/** How many of the report's statements hold, and how many there are. */
export function tally(report: CheckReport): { readonly held: number; readonly total: number } {
  const comparisons = report.phases.flatMap((phase) => phase.comparisons);
  const facts = [...report.phases.flatMap((phase) => phase.facts), ...report.facts];
  const held = comparisons.filter(({ agrees }) => agrees).length + facts.filter(({ holds }) => holds).length;
  return { held, total: comparisons.length + facts.length };
}

/** Runs the check; `say` hears of the progress. The signal's reason is thrown when it aborts, after everything is down. */
export async function runCheck(say: (line: string) => void, signal: AbortSignal): Promise<CheckReport> {
  const startedMs = performance.now();
  let pid = 0;
  const outcome = await (async () => {
    await using demo = await startDemo(({ what, tookMs }) => say(`${what} (${Math.round(tookMs)} ms)`));
    pid = demo.gateway.pid;
    const aborted = new Promise<never>((_, reject) => {
      const abort = () => reject(signal.reason instanceof Error ? signal.reason : new CheckFailure("stopped"));
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
    });
    const walked = demo.gateway.explained(walk(demo, say));
    return await Promise.race([walked, aborted]);
  })();
  return {
    ...outcome,
    facts: [...outcome.facts, nothingLeft(pid)],
    tookMs: performance.now() - startedMs,
  };
}

async function walk(demo: Demo, say: (line: string) => void): Promise<Omit<CheckReport, "tookMs">> {
  const { client, gateway } = demo;
  const { startToEnforcingMs, waitedForProcessorMs } = gateway.ready;
  using log = new RecordLog(client);
  await log.started;
  const phases: Phase[] = [];
  const phase = async (title: string, truths: readonly Truth[], commands: readonly string[]) => {
    for (const line of commands) await command(client, line);
    phases.push({ title, commands, ...(await runPhase(demo, log, truths)) });
    say(`${title}: ${phases.at(-1)?.comparisons.length} connections tried`);
  };

  await phase("the policy of four-segments.conf", initialTruths, []);
  await phase("after a change", changedTruths, [...changeLines, 'commit comment "the web tier reads its reports"']);
  const closedBefore = log.count("session-close");
  await phase("after the rollback", initialTruths, ["rollback 1", "commit"]);

  // The rollback ended the sessions of the policy that it removed; others end by themselves much later.
  await until(() => log.count("session-close") > closedBefore);
  const facts = [
    startedInTime({ startToEnforcingMs, waitedForProcessorMs }, startLimitMs),
    createsLogged(log.records, ["visitors", "store-and-query", "use-the-application"]),
    closesCounted(log.records),
    mappingShown(await command(client, "show interfaces")),
  ];
  return { startToEnforcingMs, phases, facts };
}

async function runPhase(
  demo: Demo,
  log: RecordLog,
  truths: readonly Truth[],
): Promise<Omit<Phase, "title" | "commands">> {
  const startedMs = performance.now();
  await Promise.all(hosts.map(({ name }) => noteArrivals(name)));
  const first = log.records.length;
  const comparisons = compare(await probeAgainst(demo.hosts, planAttempts(), truths), truths);
  const arrivals = new Map(await Promise.all(hosts.map(async ({ name }) => [name, await readArrivals(name)] as const)));
  const logged = () => deniesLogged(comparisons, log.records.slice(first));
  await until(() => logged().holds);
  return { comparisons, facts: [nothingLeaked(arrivals, truths), logged()], tookMs: performance.now() - startedMs };
}

/** Runs a line that must succeed; its text. */
async function command(client: GatewayClient, line: string): Promise<string> {
  const result = await client.run(line);
  if (!result.ok) throw new CheckFailure(`the gateway refused "${line}":\n${result.text}`);
  return result.text;
}

/** Waits until the condition holds or the records have had their time; the caller looks again which of the two it was. */
async function until(condition: () => boolean): Promise<void> {
  const lateMs = performance.now() + recordsTimeoutMs;
  while (!condition() && performance.now() < lateMs) await new Promise((resolve) => setTimeout(resolve, recordsPollMs));
}

/** Everything that the demo made in the machine is gone. */
function nothingLeft(pid: number): Fact {
  const namespaces = [fabricName, gatewayName, ...hosts.map(({ name }) => name)];
  const left = [
    ...namespaces.filter((name) => existsSync(namespacePath(name))).map((name) => `the namespace ${name} still stands`),
    ...(existsSync(`/proc/${pid}`) ? [`the gateway (process ${pid}) still runs`] : []),
  ];
  return {
    what: "nothing is left behind",
    holds: left.length === 0,
    details: left.length === 0 ? [`${namespaces.length} namespaces and the gateway's process are gone`] : left,
  };
}

/** The flow records of the gateway since this was made. */
class RecordLog implements Disposable {
  readonly records: FlowRecord[] = [];
  /** Resolves when the gateway has taken the subscription, so that nothing after it is missed. */
  readonly started: Promise<void>;
  readonly #abort = new AbortController();

  constructor(client: GatewayClient) {
    const events = client.events(this.#abort.signal);
    void this.#collect(events);
    // A later request on the same socket is answered after the subscription was accepted.
    this.started = client.run("show version").then(() => undefined);
  }

  count(kind: FlowRecord["kind"]): number {
    return this.records.filter((record) => record.kind === kind).length;
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #collect(events: ReturnType<GatewayClient["events"]>): Promise<void> {
    try {
      for await (const event of events) {
        if (event.kind === "flow" && this.records.length < recordsMax) this.records.push(event.record);
      }
    } catch {
      // The stream ends with the gateway; whoever waits for records finds them missing and says so.
    }
  }
}
