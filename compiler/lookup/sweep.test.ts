// Classes must tell apart exactly what the sets tell apart.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeNumberRanges } from "../number-ranges.ts";
import { sweep } from "./sweep.ts";

const next = (value: number) => value + 1;
const range = fc.tuple(fc.nat(40), fc.nat(12)).map(([first, more]) => ({ first, last: first + more }));
const sets = fc.array(fc.array(range, { maxLength: 4 }).map(mergeNumberRanges), { maxLength: 7 });

function holds(set: readonly { first: number; last: number }[], value: number): boolean {
  return set.some(({ first, last }) => first <= value && value <= last);
}

test("an example: what overlaps becomes three classes, what does not becomes none", () => {
  const made = sweep(
    [[{ first: 0, last: 9 }], [{ first: 5, last: 20 }], [{ first: 30, last: 31 }], [{ first: 30, last: 31 }]],
    next,
    7,
  );
  expect(made.intervals).toEqual([
    { first: 0, last: 4, class: 7 },
    { first: 5, last: 9, class: 8 },
    { first: 10, last: 20, class: 9 },
    { first: 30, last: 31, class: 10 },
  ]);
  expect(made.classesOf).toEqual([[7, 8], [8, 9], [10], [10]]);
  expect(made.count).toBe(4);
});

describe("laws", () => {
  test("two values are of one class exactly when they are in the same sets", () => {
    fc.assert(
      fc.property(sets, (all) => {
        const { intervals } = sweep(all, next, 1);
        const classOf = (value: number) => intervals.find((it) => holds([it], value))?.class ?? 0;
        const seen = new Map<number, string>();
        for (let value = 0; value < 60; value++) {
          const inside = all.flatMap((set, index) => (holds(set, value) ? [index] : [])).join(" ");
          expect(classOf(value) === 0).toBe(inside === "");
          expect(seen.get(classOf(value)) ?? inside).toBe(inside);
          seen.set(classOf(value), inside);
        }
        expect(new Set(seen.values()).size).toBe(seen.size);
      }),
    );
  });

  test("a set is the union of its classes", () => {
    fc.assert(
      fc.property(sets, (all) => {
        const { intervals, classesOf, count } = sweep(all, next, 1);
        for (const [index, set] of all.entries()) {
          const own = new Set(classesOf[index]);
          expect(mergeNumberRanges(intervals.filter((it) => own.has(it.class)))).toEqual(set);
        }
        expect(new Set(intervals.map((it) => it.class)).size).toBe(count);
      }),
    );
  });

  test("intervals are sorted, and no two neighbours that touch are of one class", () => {
    fc.assert(
      fc.property(sets, (all) => {
        const { intervals } = sweep(all, next, 1);
        for (const [index, { first, class: number }] of intervals.entries()) {
          const before = intervals[index - 1];
          if (before === undefined) continue;
          expect(before.last).toBeLessThan(first);
          if (before.last + 1 === first) expect(before.class).not.toBe(number);
        }
      }),
    );
  });

  test("is the same for the numbers of IPv6", () => {
    fc.assert(
      fc.property(sets, (all) => {
        const wide = all.map((set) => set.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) })));
        const made = sweep(wide, (value) => value + 1n, 1);
        const plain = sweep(all, next, 1);
        expect(made.intervals.map(({ first, last, class: it }) => [Number(first), Number(last), it])).toEqual(
          plain.intervals.map(({ first, last, class: it }) => [first, last, it]),
        );
      }),
    );
  });
});
