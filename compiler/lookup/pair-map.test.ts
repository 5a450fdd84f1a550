// The map of cells against a map of texts.

import fc from "fast-check";
import { expect, test } from "vitest";
import { PairMap } from "./pair-map.ts";

const key = fc.oneof(fc.nat(20), fc.constantFrom(0, 1, 2 ** 26, 2 ** 31, 2 ** 32 - 2));

test("holds what was set last, and iterates in the order of first setting", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, key, fc.nat(9)), { maxLength: 400 }), (steps) => {
      const [pairs, expected] = [new PairMap(), new Map<string, number>()];
      for (const [a, b, value] of steps) {
        pairs.set(a, b, value);
        expected.set(`${a} ${b}`, value);
      }
      expect(pairs.size).toBe(expected.size);
      const seen: [string, number][] = [];
      pairs.forEach((a, b, value) => seen.push([`${a} ${b}`, value]));
      expect(seen).toEqual([...expected]);
      for (const [a, b] of steps) {
        expect(pairs.get(a, b)).toBe(expected.get(`${a} ${b}`));
        expect(pairs.has(a, b)).toBe(true);
      }
      expect(pairs.has(2 ** 32 - 2, 21)).toBe(expected.has(`${2 ** 32 - 2} 21`));
    }),
    { numRuns: 100 },
  );
});

test("what was never set is 0", () => {
  expect(new PairMap().get(3, 4)).toBe(0);
  expect(new PairMap().has(3, 4)).toBe(false);
});
