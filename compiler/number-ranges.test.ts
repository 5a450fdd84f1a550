// Ranges of numbers against plain sets of numbers.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { mergeNumberRanges, subtractNumberRanges } from "./number-ranges.ts";

const anyRanges = fc.array(
  fc.tuple(fc.nat(20), fc.nat(20)).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) })),
  { maxLength: 6 },
);

function membersOf(ranges: readonly NumberRange[]): readonly number[] {
  const members = Array.from({ length: 21 }, (_, value) => value);
  return members.filter((value) => ranges.some(({ first, last }) => value >= first && value <= last));
}

function expectNormal(ranges: readonly NumberRange[]): void {
  for (const [index, { first, last }] of ranges.entries()) {
    expect(first).toBeLessThanOrEqual(last);
    expect(first).toBeGreaterThan((ranges[index - 1]?.last ?? -2) + 1);
  }
}

test("merged ranges have the same members and are normal", () => {
  fc.assert(
    fc.property(anyRanges, (ranges) => {
      const merged = mergeNumberRanges(ranges);
      expectNormal(merged);
      expect(membersOf(merged)).toEqual(membersOf(ranges));
    }),
  );
});

test("subtracted ranges lose exactly the others' members", () => {
  fc.assert(
    fc.property(anyRanges, anyRanges, (from, without) => {
      const left = subtractNumberRanges(from, without);
      expectNormal(left);
      const gone = new Set(membersOf(without));
      expect(membersOf(left)).toEqual(membersOf(from).filter((value) => !gone.has(value)));
    }),
  );
});

test.each([
  ["nothing", [], [], []],
  [
    "a hole in the middle",
    [{ first: 0, last: 65_535 }],
    [{ first: 22, last: 22 }],
    [
      { first: 0, last: 21 },
      { first: 23, last: 65_535 },
    ],
  ],
  ["everything", [{ first: 5, last: 9 }], [{ first: 0, last: 20 }], []],
])("%s", (_, from, without, left) => {
  expect(subtractNumberRanges(from, without)).toEqual(left);
});
