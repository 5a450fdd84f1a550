// Schedulers at given moments: windows of the week, nights, dates, days that are longer or shorter, and the law that
// nothing changes before the next change.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configurationOf } from "./testing/compile-text.ts";
import { scheduleState } from "./active-schedulers.ts";

function stateAt(lines: readonly string[], moment: string) {
  const text = lines.map((line) => `set schedulers scheduler s ${line}\n`).join("");
  return scheduleState(configurationOf(text), Temporal.ZonedDateTime.from(moment));
}

const berlin = (time: string) => `${time}[Europe/Berlin]`;
/** 2026-11-23 is a Monday. */
const work = ["daily start-time 08:00 stop-time 17:00", "saturday exclude", "sunday exclude"];

describe("whether it is time, and when that changes", () => {
  test.each<[string, readonly string[], string, boolean, string | undefined]>([
    ["in a window", work, "2026-11-23T12:00", true, "2026-11-23T17:00"],
    ["at its first moment", work, "2026-11-23T08:00", true, "2026-11-23T17:00"],
    ["just before", work, "2026-11-23T07:59:59.999", false, "2026-11-23T08:00"],
    ["at its last moment", work, "2026-11-23T17:00", false, "2026-11-24T08:00"],
    ["over a weekend that is excluded", work, "2026-11-27T17:00", false, "2026-11-30T08:00"],
    ["a day of its own", ["daily exclude", "monday all-day"], "2026-11-23T00:00", true, "2026-11-24T00:00"],
    ["before it", ["daily exclude", "monday all-day"], "2026-11-22T23:59", false, "2026-11-23T00:00"],
    ["only named days", ["friday start-time 10 stop-time 11"], "2026-11-23T10:30", false, "2026-11-27T10:00"],
    ["all day, every day", ["daily all-day"], "2026-11-23T10:30", true, undefined],
    ["nothing said about times", ["description x"], "2026-11-23T10:30", false, undefined],
    ["excluded for ever", ["daily exclude"], "2026-11-23T10:30", false, undefined],
    [
      "two windows",
      ["daily start-time 08 stop-time 09", "daily start-time 10 stop-time 11"],
      "2026-11-23T09:30",
      false,
      "2026-11-23T10:00",
    ],
    [
      "windows that meet",
      ["daily start-time 08 stop-time 09", "daily start-time 09 stop-time 11"],
      "2026-11-23T08:30",
      true,
      "2026-11-23T11:00",
    ],
    [
      "a night, before midnight",
      ["daily start-time 22:00 stop-time 06:00"],
      "2026-11-23T23:00",
      true,
      "2026-11-24T06:00",
    ],
    [
      "a night, after midnight",
      ["daily start-time 22:00 stop-time 06:00"],
      "2026-11-24T05:00",
      true,
      "2026-11-24T06:00",
    ],
    [
      "Friday's night into an excluded Saturday",
      ["daily start-time 22:00 stop-time 06:00", "saturday exclude"],
      "2026-11-28T03:00",
      true,
      "2026-11-28T06:00",
    ],
    [
      "in a span of dates",
      ["start-date 2026-11-01.00:00 stop-date 2026-11-24.12:00"],
      "2026-11-23T12:00",
      true,
      "2026-11-24T12:00",
    ],
    [
      "before the span",
      ["start-date 2026-11-25.08:30 stop-date 2026-12-24.12:00"],
      "2026-11-23T12:00",
      false,
      "2026-11-25T08:30",
    ],
    [
      "after the span",
      ["start-date 2025-11-01.00:00 stop-date 2025-11-24.12:00"],
      "2026-11-23T12:00",
      false,
      undefined,
    ],
    [
      "every year, over New Year",
      ["start-date 12-24.00:00 stop-date 01-06.00:00"],
      "2027-01-02T00:00",
      true,
      "2027-01-06T00:00",
    ],
    [
      "the 29th of February of a year without one",
      ["start-date 02-29.00:00 stop-date 03-01.00:00"],
      "2027-02-28T12:00",
      false,
      undefined,
    ],
    [
      "dates and times",
      [...work, "start-date 2026-11-23.12:00 stop-date 2027-01-01.00:00"],
      "2026-11-23T09:00",
      false,
      "2026-11-23T12:00",
    ],
    [
      "dates and times, both",
      [...work, "start-date 2026-11-23.12:00 stop-date 2027-01-01.00:00"],
      "2026-11-23T13:00",
      true,
      "2026-11-23T17:00",
    ],
  ])("%s", (_, lines, at, active, next) => {
    const state = stateAt(lines, berlin(at));
    expect([...state.active]).toEqual(active ? ["s"] : []);
    const expected = next === undefined ? undefined : Temporal.ZonedDateTime.from(berlin(next)).toString();
    expect(state.nextChange?.toString()).toBe(expected);
  });
});

describe("days that are longer or shorter (Berlin, 2026-03-29 and 2026-10-25)", () => {
  test.each<[string, readonly string[], string, string]>([
    [
      "a window begins in the hour that is left out",
      ["daily start-time 02:30 stop-time 04:00"],
      "2026-03-29T00:00+01:00",
      "2026-03-29T03:30+02:00",
    ],
    [
      "a window ends in it",
      ["daily start-time 01:00 stop-time 02:30"],
      "2026-03-29T01:30+01:00",
      "2026-03-29T03:30+02:00",
    ],
    ["a day of 23 hours", ["sunday all-day"], "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"],
    ["a day of 25 hours", ["sunday all-day"], "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"],
    [
      "an hour that comes twice counts once, the first time",
      ["daily start-time 02:30 stop-time 05:00"],
      "2026-10-25T01:00+02:00",
      "2026-10-25T02:30+02:00",
    ],
  ])("%s", (_, lines, at, next) => {
    expect(stateAt(lines, berlin(at)).nextChange?.toInstant().toString()).toBe(Temporal.Instant.from(next).toString());
  });

  test("the second time of the hour that comes twice is still in the window", () => {
    const lines = ["daily start-time 02:30 stop-time 05:00"];
    expect(stateAt(lines, berlin("2026-10-25T02:10+01:00")).active.size).toBe(1);
  });
});

test("a scheduler per name, and the earliest change of all", () => {
  const text = ["a daily start-time 08 stop-time 12", "b daily start-time 10 stop-time 11", "c daily all-day"]
    .map((line) => `set schedulers scheduler ${line}\n`)
    .join("");
  const state = scheduleState(configurationOf(text), Temporal.ZonedDateTime.from("2026-11-23T10:30[UTC]"));
  expect([...state.active]).toEqual(["a", "b", "c"]);
  expect(state.nextChange?.toString()).toBe("2026-11-23T11:00:00+00:00[UTC]");
});

test("law: nothing changes before the next change, and then something does", () => {
  const hour = fc.integer({ min: 0, max: 23 }).map((value) => String(value).padStart(2, "0"));
  const window = fc.tuple(hour, hour).map(([start, stop]) => `start-time ${start}:00 stop-time ${stop}:30`);
  const dayOf = fc.constantFrom("daily", "monday", "sunday", "saturday");
  const line = fc.tuple(dayOf, fc.oneof(window, fc.constantFrom("all-day", "exclude"))).map((parts) => parts.join(" "));
  const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 4, selector: (text) => text.split(" ")[0] ?? "" });
  const start = Temporal.ZonedDateTime.from(berlin("2026-10-20T00:00"));
  fc.assert(
    fc.property(lines, fc.nat(14 * 24 * 60), fc.nat(1_000_000), (rules, minutes, part) => {
      const now = start.add({ minutes });
      const { active, nextChange } = stateAt(rules, now.toString());
      if (nextChange === undefined) return;
      const lengthMs = nextChange.epochMilliseconds - now.epochMilliseconds;
      expect(lengthMs).toBeGreaterThan(0);
      const between = now.add({ milliseconds: Math.floor((lengthMs * part) / 1_000_001) });
      expect([...stateAt(rules, between.toString()).active]).toEqual([...active]);
      expect([...stateAt(rules, nextChange.toString()).active]).not.toEqual([...active]);
    }),
    { numRuns: 300 },
  );
});
