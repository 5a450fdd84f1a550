// A time in which nothing was recorded, because the gateway's process did not run while the kernel went on enforcing: one
// message for everybody who hears of sessions or of the gateway itself, and the words of its alarm.

import { timeText } from "./log-message.ts";
import type { LogMessage } from "./log-message.ts";

export interface LogGap {
  /** Milliseconds since 1970: the last instant of which it is known that what happened was recorded. */
  readonly fromMs: number;
  readonly toMs: number;
  /** False where the process ended without being told to. */
  readonly stopped: boolean;
  /**
   * Sessions of policies that log their begin which began in that time and still stand. Absent where the kernel could not
   * be asked; of those that ended again, and of refused packets, nobody knows.
   */
  readonly sessionCount?: number;
}

/** Of a message that is not about the gateway's own traffic: daemon; a stop that was asked for is a notice. */
const daemon = 3;
const severities = { killed: 4, stopped: 5 } as const;

export function gapMessage(gap: LogGap, atMs: number): LogMessage {
  const { fromMs, toMs, stopped, sessionCount } = gap;
  return {
    atMs,
    facility: daemon,
    severity: severities[stopped ? "stopped" : "killed"],
    program: "merlon",
    name: "MERLON_LOG_GAP",
    category: "session-gap",
    fields: [
      ["reason", stopped ? "stopped" : "killed"],
      ["start-time", timeText(fromMs)],
      ["end-time", timeText(toMs)],
      ["elapsed-time", Math.round((toMs - fromMs) / 1_000)],
      ...(sessionCount === undefined ? [] : ([["session-count", sessionCount]] as const)),
    ],
    sentence: gapSentence(gap),
  };
}

export function gapSentence({ fromMs, toMs, stopped, sessionCount }: LogGap): string {
  const why = stopped ? "the gateway was stopped" : "the gateway's process ended without being stopped";
  const known =
    sessionCount === undefined ? "" : `; ${sessionCount} sessions to be logged began in that time and still stand`;
  return `sessions and refused packets were not logged from ${timeText(fromMs)} to ${timeText(toMs)}: ${why}${known}`;
}
