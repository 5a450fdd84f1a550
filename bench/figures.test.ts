// What is worse than before, and what only looks so.

import { expect, test } from "vitest";
import { compareRows } from "./figures.ts";

test.each<[string, number | string | undefined, number | string, string | undefined]>([
  ["the same", 1000, 1000, ""],
  ["better", 1000, 200, ""],
  ["a little worse", 1000, 1500, ""],
  ["worse", 1000, 1501, "worse"],
  ["worse, and too short to say so", 10, 60, ""],
  ["worse from nothing", 0, 51, "worse"],
  ["a figure that was not there", undefined, 900, undefined],
  ["a word", "fast", "slow", undefined],
])("%s", (_, before, after, worse) => {
  const old = before === undefined ? { policies: 1 } : { policies: 1, "load ms": before };
  const [row] = compareRows([{ policies: 2, "load ms": 1 }, old], [{ policies: 1, "load ms": after }]);
  expect(row).toMatchObject({ policies: 1, figure: "load ms", before: before ?? "", after });
  expect(row?.["worse"]).toBe(worse);
});

test("every figure of every size stands in a row of its own", () => {
  const rows = [1, 2].map((policies) => ({ policies, "load ms": 5, "peak MB": 7 }));
  expect(compareRows([], rows).map(({ policies, figure }) => `${policies} ${figure}`)).toEqual([
    "1 load ms",
    "1 peak MB",
    "2 load ms",
    "2 peak MB",
  ]);
});
