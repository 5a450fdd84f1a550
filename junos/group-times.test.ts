// Times of groups: how they are written, when they hold, and when that changes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupTimes, parseGroupTime } from "./group-times.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { emptyTree } from "./tree.ts";

describe("how a time is written", () => {
  test.each<[string, string | undefined]>([
    ["02:00", "02:00:00"],
    ["2:00", "02:00:00"],
    ["23:59", "23:59:00"],
    ["00:00", "00:00:00"],
    ["2am", "02:00:00"],
    ["2PM", "14:00:00"],
    ["12am", "00:00:00"],
    ["12pm", "12:00:00"],
    ["2:30pm", "14:30:00"],
    ["2:30 pm", "14:30:00"],
    ["2026-12-24.18:00", "2026-12-24T18:00:00"],
    ["2026-12-24.6pm", "2026-12-24T18:00:00"],
    ["2028-02-29.00:00", "2028-02-29T00:00:00"],
    ["2027-02-29.00:00", undefined],
    ["2026-13-01.00:00", undefined],
    ["2026-00-01.00:00", undefined],
    ["2026-12-24", undefined],
    ["2026-12-24.", undefined],
    ["24:00", undefined],
    ["12:60", undefined],
    ["13pm", undefined],
    ["0am", undefined],
    ["14", undefined],
    ["noon", undefined],
    ["", undefined],
    ["12:00:00", undefined],
    ["-1:00", undefined],
  ])("%j", (text, expected) => {
    expect(parseGroupTime(text)?.toString()).toBe(expected);
  });
});

function stateAt(time: string, moment: string) {
  const { tree, diagnostics } = loadConfiguration(emptyTree, `set groups g when time ${time}`, {
    action: "set",
    source: "test",
  });
  expect(diagnostics).toEqual([]);
  return groupTimes(tree, Temporal.ZonedDateTime.from(`${moment}[Europe/Berlin]`));
}

describe("whether it is time, and when that changes", () => {
  test.each<[string, string, boolean, string | undefined]>([
    ["02:00 to 03:00", "2026-11-23T01:59", false, "2026-11-23T02:00"],
    ["02:00 to 03:00", "2026-11-23T02:00", true, "2026-11-23T03:00"],
    ["02:00 to 03:00", "2026-11-23T03:00", false, "2026-11-24T02:00"],
    ["22:00 to 06:00", "2026-11-23T23:00", true, "2026-11-24T06:00"],
    ["22:00 to 06:00", "2026-11-23T05:59", true, "2026-11-23T06:00"],
    ["22:00 to 06:00", "2026-11-23T12:00", false, "2026-11-23T22:00"],
    ["11am", "2026-11-23T10:00", false, "2026-11-23T11:00"],
    ["11am", "2026-11-23T11:00", true, "2026-11-24T00:00"],
    ["11am", "2026-11-24T00:00", false, "2026-11-24T11:00"],
    ["00:00", "2026-11-23T17:00", true, "2026-11-24T00:00"],
    ["08:00 to 08:00", "2026-11-23T07:59", true, "2026-11-23T08:00"],
    ["2026-12-24.18:00", "2026-12-24T17:59", false, "2026-12-24T18:00"],
    ["2026-12-24.18:00", "2026-12-24T18:00", true, undefined],
    ["2026-12-24.18:00", "2036-01-01T00:00", true, undefined],
    ["2026-12-24.18:00 to 2026-12-27.06:00", "2026-12-25T00:00", true, "2026-12-27T06:00"],
    ["2026-12-24.18:00 to 2026-12-27.06:00", "2026-12-27T06:00", false, undefined],
    ["2026-12-27.06:00 to 2026-12-24.18:00", "2026-12-25T00:00", false, "2026-12-27T06:00"],
    // 02:30 does not exist on this day: the time begins when the clock goes on.
    ["02:30 to 04:00", "2026-03-29T01:59", false, "2026-03-29T03:30"],
  ])("%s at %s: %s until %s", (time, at, met, next) => {
    const state = stateAt(time, at);
    expect([...(state?.met ?? [])]).toEqual(met ? ["g"] : []);
    expect(state?.nextChange?.toPlainDateTime().toString().slice(0, 16)).toBe(next);
  });

  test("no group asks for the time", () => {
    const lines = "set groups g system host-name x\nset groups off when time 02:00\ndeactivate groups off";
    const { tree } = loadConfiguration(emptyTree, lines, { action: "set", source: "test" });
    expect(groupTimes(tree, Temporal.ZonedDateTime.from("2026-11-23T02:30[UTC]"))).toBeUndefined();
  });

  test("law: nothing changes before the next change", () => {
    const hour = fc.integer({ min: 0, max: 23 }).map((value) => `${value}:15`);
    const window = fc.tuple(hour, fc.option(hour)).map(([start, end]) => (end === null ? start : `${start} to ${end}`));
    fc.assert(
      fc.property(window, fc.nat(24 * 60), fc.double({ min: 0, max: 0.999, noNaN: true }), (time, minutes, part) => {
        const now = Temporal.ZonedDateTime.from("2026-10-24T12:00[Europe/Berlin]").add({ minutes });
        const { tree } = loadConfiguration(emptyTree, `set groups g when time ${time}`, { action: "set", source: "t" });
        const state = groupTimes(tree, now);
        const lengthMs = (state?.nextChange?.epochMilliseconds ?? 0) - now.epochMilliseconds;
        expect(lengthMs).toBeGreaterThan(0);
        const between = now.add({ milliseconds: Math.floor(lengthMs * part) });
        expect(groupTimes(tree, between)?.met).toEqual(state?.met);
      }),
      { numRuns: 200 },
    );
  });
});

test.each([
  "groups {\n    g {\n        when {\n            time 22:00 to 06:00;\n        }\n    }\n}\n",
  "groups {\n    g {\n        when {\n            time 2026-12-24.18:00;\n        }\n    }\n}\n",
])("it is printed as it was written: %j", (text) => {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });
  expect(diagnostics).toEqual([]);
  expect(printTree(tree)).toBe(text);
});

test.each(["25:00", "soon", "2026-02-30.12:00"])("%s is refused where it stands", (time) => {
  const line = `set groups g when time ${time}`;
  const { diagnostics } = loadConfiguration(emptyTree, line, { action: "set", source: "test" });
  expect(diagnostics).toMatchObject([{ severity: "error", span: { line: 1, column: 24 } }]);
  expect(diagnostics[0]?.message).toContain("is not a time such as 22:00");
});
