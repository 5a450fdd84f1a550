// The times of `commit at`, row by row: what is understood as which moment, and what is refused with which sentence.

import { expect, test } from "vitest";
import { formatUtc, parseCommitTime } from "./commit-time.ts";

const nowMs = Date.UTC(2026, 10, 22, 6, 30, 15);

test.each([
  ["reboot", "reboot"],
  ["06:31", "2026-11-22 06:31:00 UTC"],
  ["06:30:16", "2026-11-22 06:30:16 UTC"],
  ["23:59:59", "2026-11-22 23:59:59 UTC"],
  ["2026-11-23 00:00", "2026-11-23 00:00:00 UTC"],
  ["2027-02-28   12:00:01", "2027-02-28 12:00:01 UTC"],
  ["2027-11-23 06:30:15", "2027-11-23 06:30:15 UTC"],
  ["06:30:15", "error: 2026-11-22 06:30:15 UTC is over; it is 2026-11-22 06:30:15 UTC"],
  ["06:30", "error: 2026-11-22 06:30:00 UTC is over; it is 2026-11-22 06:30:15 UTC"],
  ["2026-11-21 23:00", "error: 2026-11-21 23:00:00 UTC is over; it is 2026-11-22 06:30:15 UTC"],
  ["2028-01-01 00:00", "error: 2028-01-01 00:00:00 UTC is more than a year ahead"],
  ["2027-02-29 12:00", "error: there is no 2027-02-29 12:00:00"],
  ["24:00", "error: there is no 2026-11-22 24:00:00"],
  ["12:60", "error: there is no 2026-11-22 12:60:00"],
  ["tomorrow", 'error: "tomorrow" is not a time to commit at: hh:mm[:ss], "yyyy-mm-dd hh:mm[:ss]" or reboot'],
  ["7:00", 'error: "7:00" is not a time to commit at: hh:mm[:ss], "yyyy-mm-dd hh:mm[:ss]" or reboot'],
  ["", 'error: "" is not a time to commit at: hh:mm[:ss], "yyyy-mm-dd hh:mm[:ss]" or reboot'],
])("%s", (text, expected) => {
  const when = parseCommitTime(text, nowMs);
  const shown = typeof when === "string" ? `error: ${when}` : when.kind === "reboot" ? "reboot" : formatUtc(when.atMs);
  expect(shown).toBe(expected);
});
