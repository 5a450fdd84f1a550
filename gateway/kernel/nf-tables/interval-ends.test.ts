// Pairs of beginnings and ends, in whatever order the kernel gives them.

import fc from "fast-check";
import { expect, test } from "vitest";
import { IntervalEnds } from "./interval-ends.ts";

interface End {
  readonly key: number;
  readonly closes: boolean;
  readonly data: string;
}

function pair(ends: readonly End[]): readonly (readonly [number, number, string])[] {
  const gathered = new IntervalEnds<string>(4);
  const view = new DataView(new ArrayBuffer(8));
  for (const { key, closes, data } of ends) {
    view.setUint32(4, key);
    gathered.add(view, 4, closes, data);
  }
  const found: [number, number, string][] = [];
  gathered.forEach((firstView, first, lastView, last, data) => {
    found.push([firstView.getUint32(first), lastView.getUint32(last), data]);
  });
  return found;
}

const begin = (key: number, data = ""): End => ({ key, closes: false, data });
const end = (key: number): End => ({ key, closes: true, data: "" });

test.each<[string, readonly End[], readonly (readonly [number, number, string])[]]>([
  ["nothing", [], []],
  ["one", [begin(5, "a"), end(8)], [[5, 7, "a"]]],
  ["the end of nothing, as nft puts it first", [end(0), begin(5), end(8)], [[5, 7, ""]]],
  [
    "backwards",
    [end(8), begin(5), end(4), begin(1)],
    [
      [1, 3, ""],
      [5, 7, ""],
    ],
  ],
  ["to the last key", [begin(0xffff_ff00, "z")], [[0xffff_ff00, 0xffff_ffff, "z"]]],
  ["from the first key to the last", [begin(0)], [[0, 0xffff_ffff, ""]]],
  [
    "side by side, with an end between",
    [begin(1, "a"), begin(6, "b"), end(6), end(9)],
    [
      [1, 5, "a"],
      [6, 8, "b"],
    ],
  ],
  [
    "side by side, as nft has it",
    [begin(1, "a"), begin(6, "b"), end(9)],
    [
      [1, 5, "a"],
      [6, 8, "b"],
    ],
  ],
  ["two ends", [begin(1), end(3), end(7)], [[1, 2, ""]]],
])("%s", (_, ends, expected) => {
  expect(pair(ends)).toEqual(expected);
});

test("any intervals come back from any order", () => {
  const anyEnds = fc.uniqueArray(fc.nat(0xffff_fffe), { minLength: 2, maxLength: 200 });
  fc.assert(
    fc.property(anyEnds, fc.infiniteStream(fc.nat()), (keys, stream) => {
      const inOrder = keys.toSorted((a, b) => a - b).slice(0, keys.length - (keys.length % 2));
      const intervals = Array.from(
        { length: inOrder.length / 2 },
        (_, index) => [inOrder[index * 2]!, inOrder[index * 2 + 1]!] as const,
      );
      const ends = intervals.flatMap(([first, last], index) => [begin(first, String(index)), end(last + 1)]);
      const mixed = ends
        .map((each) => ({ each, order: stream.next().value as number }))
        .toSorted((a, b) => a.order - b.order);
      expect(pair(mixed.map(({ each }) => each))).toEqual(
        intervals.map(([first, last], index) => [first, last, String(index)]),
      );
    }),
    { numRuns: 50 },
  );
});

test("keys of eight bytes are one number", () => {
  const ends = new IntervalEnds<undefined>(8);
  const view = new DataView(new ArrayBuffer(8));
  for (const [key, closes] of [
    [0x0000_0003_0000_0000n, true],
    [0x0000_0001_0000_0005n, false],
  ] as const) {
    view.setBigUint64(0, key);
    ends.add(view, 0, closes, undefined);
  }
  const found: bigint[] = [];
  ends.forEach((firstView, first, lastView, last) =>
    found.push(firstView.getBigUint64(first), lastView.getBigUint64(last)),
  );
  expect(found).toEqual([0x0000_0001_0000_0005n, 0x0000_0002_ffff_ffffn]);
});
