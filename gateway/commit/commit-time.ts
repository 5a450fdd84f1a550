// The time of `commit at`: `hh:mm[:ss]` today, `yyyy-mm-dd hh:mm[:ss]`, or `reboot`. Times are UTC, as everywhere in this
// gateway's answers; as on the original a time must lie in the future.

import type { ScheduledCommit } from "../store/revision.ts";

/** A commit cannot wait longer than this. */
export const scheduleAheadMsMax = 366 * 24 * 3600 * 1000;

/** The moment, or one sentence that says why the words are none. */
export function parseCommitTime(text: string, nowMs: number): ScheduledCommit["when"] | string {
  if (text === "reboot") return { kind: "reboot" };
  const match = /^(?:(\d{4}-\d{2}-\d{2})\s+)?(\d{2}:\d{2})(?::(\d{2}))?$/.exec(text.trim());
  const usage = 'hh:mm[:ss], "yyyy-mm-dd hh:mm[:ss]" or reboot';
  if (match === null) return `"${text.slice(0, 64)}" is not a time to commit at: ${usage}`;
  const [, day = new Date(nowMs).toISOString().slice(0, 10), minute = "", second = "00"] = match;
  const moment = `${day}T${minute}:${second}.000Z`;
  const atMs = Date.parse(moment);
  // The second check refuses days that the calendar does not have.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString() !== moment) return `there is no ${day} ${minute}:${second}`;
  if (atMs <= nowMs) return `${formatUtc(atMs)} is over; it is ${formatUtc(nowMs)}`;
  if (atMs - nowMs > scheduleAheadMsMax) return `${formatUtc(atMs)} is more than a year ahead`;
  return { kind: "time", atMs };
}

export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
