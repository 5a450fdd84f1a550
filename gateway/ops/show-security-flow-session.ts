// `show security flow session`: the sessions that pass the gateway now, with the policy that let each pass; all of them,
// those that a filter takes, or their numbers alone. A large table is shown while it is read.

import { integer, zoneName } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import type { RuleEntry } from "../log/rule-book.ts";
import { operation } from "./operation.ts";
import type { Input, Parameter } from "./operation.ts";
import { field, reply } from "./reply.ts";
import { SessionFacts } from "./session-facts.ts";
import type { SessionSummary } from "./session-facts.ts";
import { sessionFilter, sessionParameters } from "./session-filter.ts";
import type { SessionFilter } from "./session-filter.ts";
import { sessionExtensiveText, sessionReply, sessionText } from "./session-text.ts";

/** Forms that are made as a whole list at most this many, some 300 MB of memory as XML; each says how many are left out. */
const listedCountMax = 20_000;

export interface SessionList {
  readonly level: "brief" | "extensive" | "summary";
  readonly sessions: readonly SessionSummary[];
  readonly totalCount: number;
  readonly multicastCount: number;
  /** Of those that are counted, how many take the kernel's fast path now. */
  readonly offloadedCount: number;
  /** Since the gateway's network is there, whatever was asked for. */
  readonly failedCount: number;
  /** Sessions that the kernel would keep; undefined where it does not say. */
  readonly maximumCount?: number;
}

const count32 = integer(1, 0xffff_ffff);
const seconds = integer(1, 100_000);

const thresholds: readonly Parameter[] = [
  { word: "duration-more-than", help: "Only sessions older than so many seconds", type: seconds },
  { word: "duration-less-than", help: "Only sessions younger than so many seconds", type: seconds },
  { word: "timeout-more-than", help: "Only sessions with more seconds left", type: seconds },
  { word: "timeout-less-than", help: "Only sessions with fewer seconds left", type: seconds },
  { word: "packets-more-than", help: "Only sessions with more packets", type: count32 },
  { word: "packets-less-than", help: "Only sessions with fewer packets", type: count32 },
  { word: "bytes-more-than", help: "Only sessions with more bytes", type: count32 },
  { word: "bytes-less-than", help: "Only sessions with fewer bytes", type: count32 },
];

export const showSecurityFlowSession = operation<SessionList>({
  command: "show security flow session",
  help: "Show the sessions that pass the gateway",
  parameters: [
    ...sessionParameters,
    { word: "from-zone", help: "Only from this zone", type: zoneName },
    { word: "to-zone", help: "Only to this zone", type: zoneName },
    { word: "policy-id", help: "Only of the policy with this index", type: count32 },
    ...thresholds,
    { word: "count", help: "Show so many sessions", type: count32 },
    { word: "brief", help: "Three lines for each session (the default)", group: "level" },
    { word: "extensive", help: "All that is known of each session", group: "level" },
    { word: "summary", help: "Only how many there are", group: "level" },
  ],
  run: (gateway, input) => collect(gateway, input, everySession(gateway, input)),
  text: sessionListText,
  stream,
  rpc: { name: "get-flow-session-information", reply: sessionListReply },
});

/** Which sessions are shown: those that a policy permits, or has permitted, and that the parameters name. */
function everySession(gateway: Gateway, input: Input): SessionFilter {
  const named = sessionFilter(gateway, input);
  const { "from-zone": fromZone, "to-zone": toZone, "policy-id": policyId } = input;
  const within = (word: string, value: number | undefined): boolean => {
    const { [`${word}-more-than`]: more, [`${word}-less-than`]: less } = input;
    if (more === undefined && less === undefined) return true;
    return value !== undefined && value > ((more as number) ?? -1) && value < ((less as number) ?? Infinity);
  };
  const nowMs = gateway.nowMs();
  return (session, rule) =>
    (fromZone === undefined || rule.fromZone === fromZone) &&
    (toZone === undefined || rule.toZone === toZone) &&
    (policyId === undefined || (session.mark & 0xff_ffff) === policyId) &&
    within("duration", durationSecondsOf(session, nowMs)) &&
    within("timeout", session.timeoutSeconds) &&
    within("packets", (session.packetsOriginal ?? 0) + (session.packetsReply ?? 0)) &&
    within("bytes", (session.bytesOriginal ?? 0) + (session.bytesReply ?? 0)) &&
    named(session, rule);
}

function durationSecondsOf({ startedNs }: KernelSession, nowMs: number): number | undefined {
  return startedNs === undefined ? undefined : (nowMs - Number(startedNs / 1_000_000n)) / 1000;
}

type Found = readonly (readonly [KernelSession, RuleEntry])[];

async function* batches(gateway: Gateway, wanted: SessionFilter): AsyncGenerator<Found> {
  for await (const batch of gateway.kernel.dumpSessions()) {
    yield batch.flatMap((session) => {
      const rule = gateway.rules.find(session.mark);
      return rule?.action === "permit" && wanted(session, rule) ? [[session, rule] as const] : [];
    });
  }
}

export async function collect(gateway: Gateway, input: Input, wanted: SessionFilter): Promise<SessionList> {
  const facts = await SessionFacts.read(gateway);
  const level = levelOf(input);
  const listedMax = level === "summary" ? 0 : Math.min(listedCountMax, (input["count"] as number) ?? listedCountMax);
  const sessions: SessionSummary[] = [];
  let [totalCount, multicastCount, offloadedCount] = [0, 0, 0];
  for await (const found of batches(gateway, wanted)) {
    totalCount += found.length;
    for (const [session, rule] of found) {
      if (isMulticast(session)) multicastCount++;
      if (session.offloaded === true) offloadedCount++;
      if (sessions.length < listedMax) sessions.push(facts.of(session, rule));
    }
  }
  const maximum = Number(await gateway.kernel.readSysctl("net.netfilter.nf_conntrack_max"));
  const shown = input["count"] === undefined ? totalCount : Math.min(totalCount, input["count"] as number);
  return {
    level,
    sessions,
    totalCount: level === "summary" ? totalCount : shown,
    multicastCount,
    offloadedCount,
    failedCount: await gateway.kernel.readSessionFailures(),
    ...(Number.isNaN(maximum) ? {} : { maximumCount: maximum }),
  };
}

async function* stream(gateway: Gateway, input: Input, _: unknown, signal: AbortSignal): AsyncGenerator<string> {
  const wanted = everySession(gateway, input);
  const level = levelOf(input);
  if (level === "summary") return yield sessionListText(await collect(gateway, input, wanted));
  const facts = await SessionFacts.read(gateway);
  const print = level === "extensive" ? sessionExtensiveText : sessionText;
  const shownMax = (input["count"] as number | undefined) ?? Infinity;
  let shown = 0;
  for await (const found of batches(gateway, wanted)) {
    if (signal.aborted) return;
    const taken = found.slice(0, shownMax - shown);
    shown += taken.length;
    if (taken.length > 0) yield taken.map(([session, rule]) => print(facts.of(session, rule))).join("");
    if (shown >= shownMax) break;
  }
  yield `Total sessions: ${shown}\n`;
}

function levelOf(input: Input): SessionList["level"] {
  if (input["summary"] === true) return "summary";
  return input["extensive"] === true ? "extensive" : "brief";
}

function isMulticast({ original: { destination } }: KernelSession): boolean {
  return destination.family === 4 ? destination.value >>> 28 === 0xe : destination.value >> 120n === 0xffn;
}

export function sessionListText(list: SessionList): string {
  if (list.level === "summary") return summaryText(list);
  const print = list.level === "extensive" ? sessionExtensiveText : sessionText;
  const more = list.totalCount - list.sessions.length;
  const rest = more > 0 ? `${more} more sessions are not listed; name fewer with a filter\n` : "";
  return `${list.sessions.map(print).join("")}${rest}Total sessions: ${list.totalCount}\n`;
}

function summaryText({ totalCount, multicastCount, offloadedCount, failedCount, maximumCount }: SessionList): string {
  return [
    `Unicast-sessions: ${totalCount - multicastCount}`,
    `Multicast-sessions: ${multicastCount}`,
    `Services-offload-sessions: ${offloadedCount}`,
    `Failed-sessions: ${failedCount}`,
    `Sessions-in-drop-flow: 0`,
    `Sessions-in-use: ${totalCount}`,
    `  Valid sessions: ${totalCount}`,
    `  Pending sessions: 0`,
    `  Invalidated sessions: 0`,
    `  Sessions in other states: 0`,
    `Maximum-sessions: ${maximumCount ?? "unknown"}\n`,
  ].join("\n");
}

export function sessionListReply({
  level,
  sessions,
  totalCount,
  multicastCount,
  offloadedCount,
  failedCount,
  maximumCount,
}: SessionList): XmlElement {
  if (level === "summary") {
    return reply(
      "flow-session-summary-information",
      "junos-flow",
      field("active-unicast-sessions", totalCount - multicastCount),
      field("active-multicast-sessions", multicastCount),
      field("active-services-offload-sessions", offloadedCount),
      field("failed-sessions", failedCount),
      field("active-session-drop-flow", 0),
      field("active-sessions", totalCount),
      field("active-session-valid", totalCount),
      field("active-session-pending", 0),
      field("active-session-invalidated", 0),
      field("active-session-other", 0),
      field("max-sessions", maximumCount),
    );
  }
  return reply(
    "flow-session-information",
    "junos-flow",
    sessions.map(sessionReply),
    totalCount > sessions.length && field("sessions-not-listed", totalCount - sessions.length),
    field("displayed-session-valid", totalCount),
    field("displayed-session-pending", 0),
    field("displayed-session-invalidated", 0),
    field("displayed-session-other", 0),
    field("displayed-session-count", totalCount),
  );
}
