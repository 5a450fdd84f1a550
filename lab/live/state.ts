// What the live view knows, as plain data, and how each thing that happens changes it. Pure: times come with the events.
// Every list here is bounded, so that the view may stand open for weeks.

import type { GatewayEvent } from "@merlon/gateway/api.ts";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import type { SessionSummary, Wing } from "@merlon/gateway/ops/session-facts.ts";
import type { Observation } from "../matrix.ts";
import type { Verdict } from "../probes/probe.ts";
import type { Family, ServiceName } from "../topology.ts";
import { emptyLine } from "@merlon/shell/line-editor.ts";
import type { EditedLine } from "@merlon/shell/line-editor.ts";
import { wrapText } from "./span.ts";

export interface CellService {
  readonly verdicts: Readonly<Partial<Record<Family, Verdict>>>;
  /** When the verdict of a family last became another one; absent before the first change. */
  readonly changedAtMs?: number;
}

export interface Change {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly service: ServiceName;
  readonly verdict: Verdict;
}

/** Equal denials in one line: a denied program tries again and again. */
export interface Denial {
  readonly record: FlowRecord;
  readonly count: number;
  /** Since when it goes on without a pause of `denialPauseMs`. */
  readonly sinceMs: number;
  readonly lastAtMs: number;
}

/** The sessions of one policy between two zones. */
export interface SessionGroup {
  readonly policy: string;
  readonly fromZone: string;
  readonly toZone: string;
  readonly count: number;
  readonly bytes: number;
}

export interface LiveState {
  readonly hostName: string;
  readonly revision: number;
  readonly startToEnforcingMs: number;
  readonly startedAtMs: number;
  readonly lostCount: number;
  /** An alarm was raised since the output was last cleared. */
  readonly alarmed: boolean;
  /** By `cellKey`. */
  readonly cells: ReadonlyMap<string, CellService>;
  readonly lastChange: Change | undefined;
  /** By who, whom, what and the policy, in no order. */
  readonly denials: ReadonlyMap<string, Denial>;
  readonly sessionCount: number;
  readonly sessionGroups: readonly SessionGroup[];
  readonly prompt: EditedLine;
  /** A command is with the gateway. */
  readonly busy: boolean;
  readonly output: readonly OutputLine[];
  /** Lines of output below the visible part. */
  readonly scroll: number;
  readonly nowMs: number;
}

export interface OutputLine {
  readonly kind: "command" | "text" | "error" | "added" | "removed";
  readonly text: string;
}

const denialsMax = 2_000;
/** What is denied again after so long a pause is news again. */
export const denialPauseMs = 10_000;
const outputLinesMax = 5_000;

export function initialState(
  gateway: Pick<LiveState, "hostName" | "revision" | "startToEnforcingMs" | "startedAtMs">,
  nowMs: number,
): LiveState {
  return {
    ...gateway,
    lostCount: 0,
    alarmed: false,
    cells: new Map(),
    lastChange: undefined,
    denials: new Map(),
    sessionCount: 0,
    sessionGroups: [],
    prompt: emptyLine,
    busy: false,
    output: [],
    scroll: 0,
    nowMs,
  };
}

export function cellKey(from: string, to: string, service: ServiceName): string {
  return `${from} ${to} ${service}`;
}

/** New results of probes. */
export function withObservations(state: LiveState, observations: readonly Observation[], atMs: number): LiveState {
  const cells = new Map(state.cells);
  let { lastChange } = state;
  for (const { from, to, service, family, verdict } of observations) {
    const key = cellKey(from, to, service);
    const cell = cells.get(key) ?? { verdicts: {} };
    const before = cell.verdicts[family];
    if (before === verdict) continue;
    const changed = before === undefined ? {} : { changedAtMs: atMs };
    cells.set(key, { ...cell, verdicts: { ...cell.verdicts, [family]: verdict }, ...changed });
    if (before !== undefined) lastChange = { atMs, from, to, service, verdict };
  }
  return { ...state, cells, lastChange, nowMs: atMs };
}

export function withEvent(state: LiveState, event: GatewayEvent, nowMs: number): LiveState {
  switch (event.kind) {
    case "flow":
      return event.record.kind === "session-deny"
        ? { ...state, denials: addDenial(state.denials, event.record) }
        : state;
    case "committed":
      return { ...state, revision: event.revision, nowMs };
    case "lost":
      return { ...state, lostCount: state.lostCount + (event.count ?? 1), nowMs };
    case "alarm":
      return { ...withOutput(state, [{ kind: "error", text: `alarm: ${event.message}` }]), alarmed: true, nowMs };
    case "alarm-cleared":
      return { ...withOutput(state, [{ kind: "text", text: `alarm is over: ${event.message}` }]), nowMs };
  }
}

/** What the view needs of a session. */
type ShownSession = Pick<SessionSummary, "policy" | "fromZone" | "toZone"> & {
  readonly [Way in "in" | "out"]: Pick<Wing, "packets" | "bytes">;
};

export function withSessions(state: LiveState, sessions: readonly ShownSession[], totalCount: number): LiveState {
  const groups = Map.groupBy(sessions, ({ policy, fromZone, toZone }) => `${policy} ${fromZone} ${toZone}`);
  const sessionGroups = [...groups.values()].flatMap((group): SessionGroup[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { policy, fromZone, toZone } = first;
    const bytes = group.reduce((sum, session) => sum + session.in.bytes + session.out.bytes, 0);
    return [{ policy, fromZone, toZone, count: group.length, bytes }];
  });
  return { ...state, sessionCount: totalCount, sessionGroups: sessionGroups.toSorted((a, b) => b.count - a.count) };
}

/** A command goes to the gateway. */
export function withCommand(state: LiveState, line: string): LiveState {
  return { ...withOutput(state, [{ kind: "command", text: line }]), busy: true };
}

/** The gateway's answer, wrapped to `columns`; of one that is longer than `rows` the beginning is shown. */
export function withAnswer(
  state: LiveState,
  answer: { readonly text: string; readonly ok: boolean },
  { columns, rows }: { readonly columns: number; readonly rows: number },
): LiveState {
  const lines = answer.text === "" ? [] : answer.text.replace(/\n$/, "").split("\n");
  const output = lines.flatMap((line) =>
    wrapText(line, columns).map((text): OutputLine => ({ kind: kindOfLine(line, answer.ok), text })),
  );
  // The line of the command stands above its answer.
  return scrolled({ ...withOutput(state, output), busy: false }, Math.max(0, output.length + 1 - rows));
}

export function withOutput(state: LiveState, lines: readonly OutputLine[]): LiveState {
  return { ...state, output: [...state.output, ...lines].slice(-outputLinesMax), scroll: 0 };
}

export function withoutOutput(state: LiveState): LiveState {
  return { ...state, output: [], scroll: 0, alarmed: false };
}

/** Moves the visible part of the output by `lines` towards its beginning. */
export function scrolled(state: LiveState, lines: number): LiveState {
  return { ...state, scroll: Math.max(0, Math.min(state.output.length - 1, state.scroll + lines)) };
}

function addDenial(denials: ReadonlyMap<string, Denial>, record: FlowRecord): ReadonlyMap<string, Denial> {
  const { source, destination, protocol, destinationPort, policy } = record;
  const key = [source, destination, protocol, destinationPort, policy.name].join(" ");
  const known = denials.get(key);
  const goesOn = known !== undefined && record.atMs - known.lastAtMs < denialPauseMs;
  const next = new Map(denials);
  // Deleted and set again, so that the first entry of the map is the one that was quiet for longest.
  next.delete(key);
  next.set(key, {
    record,
    count: goesOn ? known.count + 1 : 1,
    sinceMs: goesOn ? known.sinceMs : record.atMs,
    lastAtMs: record.atMs,
  });
  for (const oldest of next.keys()) {
    if (next.size <= denialsMax) break;
    next.delete(oldest);
  }
  return next;
}

/** What is being denied now: what began last stands first, so that a change of policy shows at the top. */
export function currentDenials(state: LiveState): readonly Denial[] {
  return [...state.denials.values()]
    .filter(({ lastAtMs }) => state.nowMs - lastAtMs < denialPauseMs)
    .toSorted((a, b) => b.sinceMs - a.sinceMs);
}

function kindOfLine(line: string, ok: boolean): OutputLine["kind"] {
  if (/^(?:.*: )?(error|warning): /.test(line)) return "error";
  // What `show | compare` prints, in patch style.
  if (line.startsWith("+ ")) return "added";
  if (line.startsWith("- ")) return "removed";
  return ok ? "text" : "error";
}
