// Tells at a start from when to when nothing was recorded, and keeps the mark by which the next start can tell. The first
// start of all has nothing to tell.

import { appendFile, stat } from "node:fs/promises";
import type { Gateway } from "../gateway.ts";
import { Repeater } from "../repeater.ts";
import { RecordingMark } from "../store/recording-mark.ts";
import { gapMessage, gapSentence } from "./log-gap.ts";
import type { LogGap } from "./log-gap.ts";
import { logLine } from "./log-message.ts";
import type { LogRouter } from "./log-router.ts";
import { recordedSinceMs } from "./session-interest.ts";
import { flowLogForm } from "./syslog-line.ts";

/**
 * After kill -9 the gap seems to begin so much earlier at most, and no earlier than the last line of the flow log. What waited
 * in queues then is from the moment before it.
 */
export const markEveryMs = 2_000;

const alarm = "log.gap";

/** What a gap is told to. */
export interface GapListeners {
  readonly gateway: Gateway;
  readonly router: Pick<LogRouter, "write">;
  readonly onError: (error: unknown) => void;
}

/** Nobody waits for it: sessions are counted one by one. Its end is a clean stop. */
export async function followGaps(listeners: GapListeners): Promise<AsyncDisposable> {
  const { gateway, onError } = listeners;
  const mark = new RecordingMark(gateway.store.recordingPath);
  const sinceMs = recordedSinceMs(gateway.rules) ?? gateway.nowMs();
  let gap: LogGap | undefined;
  await keep(gateway, async () => {
    gap = await findGap(mark, gateway.store.flowLogPath, sinceMs);
  });
  const stop = new AbortController();
  const marks = new DisposableStack();
  const moveOn = () => keep(gateway, () => mark.moveOn(gateway.nowMs()));
  const begun = (async () => {
    if (gap !== undefined) await tell(gap, listeners, stop.signal).catch(onError);
    // Until it is told it goes on, also for a process that does not live to tell it.
    await keep(gateway, () => mark.write("recording", gateway.nowMs()));
    if (!stop.signal.aborted) marks.use(new Repeater(moveOn, () => markEveryMs));
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await begun;
      marks[Symbol.dispose]();
      await keep(gateway, () => mark.write("stopped", gateway.nowMs()));
    },
  };
}

/** Lines that the process before has written are younger than its mark; this one may have written some already. */
async function findGap(mark: RecordingMark, flowLogPath: string, toMs: number): Promise<LogGap | undefined> {
  const until = await mark.read();
  if (until === undefined) return undefined;
  const { mtimeMs } = (await stat(flowLogPath).catch(() => undefined)) ?? { mtimeMs: 0 };
  const lastLineMs = mtimeMs < toMs ? mtimeMs : 0;
  return { fromMs: Math.min(toMs, Math.max(until.atMs, lastLineMs)), toMs, stopped: until.stopped };
}

async function tell(found: LogGap, { gateway, router }: GapListeners, signal: AbortSignal): Promise<void> {
  const sessionCount = await countSessions(gateway, found, signal);
  const gap = { ...found, ...(sessionCount === undefined ? {} : { sessionCount }) };
  const message = gapMessage(gap, gateway.nowMs());
  router.write(message);
  if (!gap.stopped) {
    gateway.alarms.raise(alarm, "minor", gapSentence(gap));
    for (const source of ["sessions", "packets"] as const)
      gateway.events.publish({ kind: "lost", source, count: null });
  }
  // Beside what `LogFile` appends to it: one line, and no reason to rotate.
  await appendFile(gateway.store.flowLogPath, `${logLine(message, gateway.hostName, flowLogForm)}\n`, { mode: 0o600 });
}

/** Undefined where the kernel does not answer, or the gateway is stopped meanwhile. */
async function countSessions(
  { kernel, rules }: Gateway,
  { fromMs, toMs }: LogGap,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!rules.recordsAny) return 0;
  let count = 0;
  try {
    for await (const sessions of kernel.dumpSessions()) {
      if (signal.aborted) return undefined;
      for (const { mark, startedNs } of sessions) {
        const startedMs = Number((startedNs ?? 0n) / 1_000_000n);
        if (startedMs > fromMs && startedMs <= toMs && rules.permitOf(mark)?.log.sessionInit === true) count++;
      }
    }
  } catch {
    return undefined;
  }
  return count;
}

/** The mark is read or written, or an alarm says that it is not. */
async function keep(gateway: Gateway, work: () => Promise<void>): Promise<void> {
  let trouble: string | undefined;
  try {
    await work();
  } catch (error) {
    trouble = `a start cannot tell rightly from when to when nothing was logged: ${String(error)}`;
  }
  gateway.alarms.set("log.mark", "minor", trouble);
}
