// The bits by which the kernel may filter a search for several marks: never one session too few. And the blocks by which
// it ends them: exactly those of the marks.

import fc from "fast-check";
import { expect, test } from "vitest";
import { blocksWorthWalk, markBlocks, sharedBits } from "./conntrack-table.ts";

test.each([
  [[], { mark: 0, mask: 0xffffff }],
  [[17], { mark: 17, mask: 0xffffff }],
  [[0xffffff], { mark: 0xffffff, mask: 0xffffff }],
  [[16, 17], { mark: 16, mask: 0xfffffe }],
  [[1, 0xfffffe], { mark: 0, mask: 0 }],
])("%j", (marks, expected) => {
  expect(sharedBits(new Set(marks))).toEqual(expected);
});

test("every mark passes the filter, whatever its upper eight bits", () => {
  const mark = fc.nat(0xffffff);
  fc.assert(
    fc.property(fc.uniqueArray(mark, { minLength: 1, maxLength: 20 }), fc.nat(255), (marks, upper) => {
      const filter = sharedBits(new Set(marks));
      for (const one of marks) expect((((upper << 24) | one) & filter.mask) >>> 0).toBe(filter.mark);
    }),
  );
});

const all = 0xff_ffff;
test.each([
  ["none", [], []],
  ["one", [17], [[17, all]]],
  ["a pair that shares its upper bits", [17, 16], [[16, all - 1]]],
  [
    "neighbours that do not",
    [17, 18],
    [
      [17, all],
      [18, all],
    ],
  ],
  [
    "the largest first",
    [3, 4, 5, 6, 7, 9],
    [
      [4, all - 3],
      [3, all],
      [9, all],
    ],
  ],
  ["the highest", [all - 1, all], [[all - 1, all - 1]]],
])("blocks of marks: %s", (_, marks, expected) => {
  expect(markBlocks(new Set(marks))).toEqual(expected.map(([mark, mask]) => ({ mark, mask })));
});

test("a thousand marks in a row are few blocks", () => {
  const marks = new Set(Array.from({ length: 1_000 }, (_, index) => 4_321 + index));
  expect(markBlocks(marks).length).toBeLessThan(20);
});

test("blocks hold exactly the marks, each of them once", () => {
  const near = fc.integer({ min: 0, max: 63 });
  const far = fc.nat(all);
  fc.assert(
    fc.property(fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: near }, far), { maxLength: 60 }), (marks) => {
      const blocks = markBlocks(new Set(marks));
      const heldBy = (mark: number) => blocks.filter((block) => (mark & block.mask) === block.mark).length;
      for (const mark of [...marks, ...Array.from({ length: 70 }, (_, index) => index)]) {
        expect(heldBy(mark)).toBe(marks.includes(mark) ? 1 : 0);
      }
      const sizes = blocks.map(({ mask }) => all - mask + 1);
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(marks.length);
      for (const { mask } of blocks) expect(mask).toBeGreaterThan(0);
    }),
  );
});

test.each([
  ["all of one mark", [17], Array<number>(100).fill(17), [17]],
  ["the upper bits of a mark are no part of it", [17], [0x0500_0011, 0xff00_0011], [17]],
  ["few of one mark beside many of another", [17, 20], [...Array<number>(99).fill(20), 17], [20]],
  ["two marks that share sessions", [17, 20], [17, 20, 17, 20], [17, 20]],
  ["many marks in a row", [16, 17, 18, 19], [16, 17, 18, 19], [16]],
  [
    "a hundred scattered marks",
    Array.from({ length: 100 }, (_, index) => 2 * index),
    Array.from({ length: 100 }, (_, index) => 2 * index),
    [],
  ],
  ["none", [17], [], []],
])("worth a walk: %s", (_, marks, sample, expected) => {
  const worth = blocksWorthWalk(markBlocks(new Set(marks)), sample).map(({ mark }) => mark);
  expect(worth.toSorted((a, b) => a - b)).toEqual(expected);
});
