// What sessions cost the gateway's process: events of those that begin and end, records of denied packets, and ending
// all sessions of one policy in a full connection table. The process watches as the gateway does, on another core than
// the load; here the wall clock counts, because two threads must keep up with each other.

import { setTimeout as pause } from "node:timers/promises";
import type { KernelEvent } from "@merlon/gateway/kernel/kernel.ts";
import { KernelWatch } from "@merlon/gateway/kernel/kernel-watch.ts";
import { endSessions } from "@merlon/gateway/kernel/conntrack-table.ts";
import { addSessions } from "@merlon/gateway/kernel/story-sessions.ts";
import { readSysctl } from "@merlon/gateway/kernel/sysctl.ts";
import { BenchGateway } from "./bench-gateway.ts";
import { flushSessions } from "./flush-sessions.ts";
import type { LoadThread } from "./load-thread.ts";
import type { SuitePlan } from "./lookup.ts";
import type { Measurement } from "./measurement.ts";
import { threadTimeNs } from "./thread-time.ts";
import { measureInTurn } from "./round-robin.ts";
import type { Sample } from "./round-robin.ts";
import { subjectNamed } from "./subjects.ts";
import { withinNetwork } from "./within-network.ts";

const flowsPerRound = 100_000;
const quietMs = 60;
const quietPauses = 6;
const sessionsWanted = 400_000;
/** The table must not fill up, or the kernel drops what is added. */
const tableShareMax = 0.9;
const otherMark = 77;
/** Each round ends the sessions of another policy. */
const firstEndedMark = 100;
const endedCount = 100;
/** The table is filled anew for each. */
const endAllRoundsMax = 5;

export async function measureSessions(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const { policy, rounds, say } = plan;
  await using gateway = await BenchGateway.start(subjectNamed("merlon"), policy, thread);
  // The thread stays in the gateway's namespace: the watch polls from there.
  return await withinNetwork(gateway.network.gateway, async () => {
    const measured = await measureInTurn<boolean>({
      gateways: [
        { name: "merlon", gateway: true },
        { name: "unwatched", gateway: false },
      ],
      policies: policy.ruleSet.policyCount,
      rounds,
      measure: async (watched) => ({
        ...(await sampleEvents(gateway, thread, watched)),
        ...(await sampleDenied(gateway, thread, watched)),
      }),
      onRound: (round) => say(`session events: round ${round + 1} of ${rounds}`),
    });
    return [...measured.filter(isMeant), ...(await measureEnding(plan))];
  });
}

/** What an unwatched gateway loses, or needs for events, means nothing. */
function isMeant({ gateway, subject }: Measurement): boolean {
  return gateway === "merlon" || subject.endsWith("-rate");
}

async function sampleEvents(gateway: BenchGateway, thread: LoadThread, watched: boolean): Promise<Sample> {
  const limit = { durationMs: 10_000, countMax: flowsPerRound };
  const counts = { opened: 0, closed: 0, lost: 0 };
  using stack = new DisposableStack();
  if (watched) stack.use(new KernelWatch((event) => count(event, counts)));
  const startNs = threadTimeNs();
  const report = await thread.run({ kind: "new-flows", entries: gateway.flowEntries(), limit });
  await untilQuiet(() => counts.opened);
  const openingNs = threadTimeNs() - startNs;
  flushSessions(gateway.network.gateway);
  await untilQuiet(() => counts.closed);
  const missing = watched ? 2 * report.count - counts.opened - counts.closed : 0;
  return {
    "session-event-rate": plainValue((report.count / report.wallNs) * 1e9, "events/s"),
    "session-event-cost": plainValue(openingNs / 1_000 / Math.max(counts.opened, 1), "µs"),
    "session-events-missing": plainValue(missing, "events"),
    "session-events-reported-lost": plainValue(counts.lost, "events"),
  };
}

function count(event: KernelEvent, counts: { opened: number; closed: number; lost: number }): void {
  if (event.kind === "session-opened") counts.opened++;
  else if (event.kind === "session-closed") counts.closed++;
  else if (event.kind === "events-lost") counts.lost += event.count ?? 0;
}

async function sampleDenied(gateway: BenchGateway, thread: LoadThread, watched: boolean): Promise<Sample> {
  const limit = { durationMs: 10_000, countMax: flowsPerRound };
  let logged = 0;
  let lost = 0;
  using stack = new DisposableStack();
  if (watched) {
    stack.use(
      new KernelWatch((event) => {
        if (event.kind === "packet-logged") logged++;
        else if (event.kind === "events-lost") lost += event.count ?? 0;
      }),
    );
  }
  const entries = gateway.flowEntries(({ worst }) => worst.deniedPort);
  const report = await thread.run({ kind: "new-flows", entries, limit });
  await untilQuiet(() => logged);
  return {
    "deny-record-rate": plainValue((report.count / report.wallNs) * 1e9, "records/s"),
    "deny-records-missing": plainValue(watched ? report.count - logged : 0, "records"),
    "deny-records-reported-lost": plainValue(lost, "records"),
  };
}

/**
 * 100 sessions of one policy among as many as the table may hold, ended by their mark; and then all the others, which
 * are of one policy too: first as a gateway does whose policies log nothing, then as one that is told of every end.
 */
async function measureEnding({ policy, rounds, say }: SuitePlan): Promise<readonly Measurement[]> {
  const tableMax = Number(readSysctl("net.netfilter.nf_conntrack_max") ?? 0);
  const total = Math.min(sessionsWanted, Math.floor(tableMax * tableShareMax));
  say(`ending ${endedCount} sessions among ${total}`);
  const marks = Array.from({ length: rounds }, (_, round) => firstEndedMark + round);
  const others = Array<number>(total - rounds * endedCount).fill(otherMark);
  addSessions([...others, ...marks.flatMap((mark) => Array<number>(endedCount).fill(mark))]);
  const values: number[] = [];
  for (const mark of marks) {
    const startMs = performance.now();
    const ended = await endSessions(new Set([mark]));
    values.push(performance.now() - startMs);
    if (ended !== endedCount) throw new Error(`${ended} sessions were ended instead of ${endedCount}`);
  }
  const quietly: number[] = [];
  const told: number[] = [];
  const missing: number[] = [];
  for (let round = 0; round < Math.min(rounds, endAllRoundsMax); round++) {
    if (round > 0) addSessions(others);
    say(`ending all of ${others.length} sessions, round ${round + 1}`);
    quietly.push(await endAll());
    addSessions(others);
    const counts = { opened: 0, closed: 0, lost: 0 };
    using _watch = new KernelWatch((event) => count(event, counts));
    told.push(await endAll());
    await untilQuiet(() => counts.closed);
    missing.push(others.length - counts.closed);
  }
  const common = { gateway: "merlon", policies: policy.ruleSet.policyCount, unit: "ms" };
  return [
    { ...common, subject: `end-sessions-among-${total}`, values },
    { ...common, subject: `end-all-of-${others.length}-sessions`, values: quietly },
    { ...common, subject: `end-all-of-${others.length}-logged-sessions`, values: told },
    { ...common, subject: "end-all-events-missing", values: missing, unit: "events" },
  ];
}

async function endAll(): Promise<number> {
  const startMs = performance.now();
  await endSessions(new Set([otherMark]));
  return performance.now() - startMs;
}

function plainValue(value: number, unit: string) {
  return { value, unit, disturbed: false };
}

/** Waits until the count has stood still for several pauses: one alone may end before the watch had its turn. */
async function untilQuiet(current: () => number): Promise<void> {
  let last = current();
  for (let quiet = 0; quiet < quietPauses; quiet++) {
    await pause(quietMs);
    if (last !== current()) quiet = 0;
    last = current();
  }
}
