// The generator must give the same sequence in every run and on every machine, and numbers within what was asked for.

import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";

test("the sequence depends on the seed alone", () => {
  const draw = (seed: number) => Array.from({ length: 5 }, () => seededRandom(seed)).map((random) => random.below(1e6));
  expect(new Set(draw(7)).size).toBe(1);
  const random = seededRandom(7);
  expect(Array.from({ length: 5 }, () => random.below(100))).toEqual([1, 6, 97, 69, 52]);
  expect(seededRandom(8).below(1e6)).not.toBe(seededRandom(7).below(1e6));
});

test("numbers are spread over their whole range", () => {
  const random = seededRandom(1);
  const counts = new Map<number, number>();
  for (let n = 0; n < 10_000; n++) {
    const value = random.below(10);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test("a chance comes as often as it says", () => {
  const random = seededRandom(2);
  const hits = Array.from({ length: 10_000 }, () => random.chance(0.05)).filter(Boolean).length;
  expect(Math.abs(hits - 500)).toBeLessThan(80);
});

test("one of a list is picked, of an empty one none", () => {
  const random = seededRandom(3);
  expect(["a", "b", "c"]).toContain(random.pick(["a", "b", "c"]));
  expect(() => random.pick([])).toThrow("nothing to pick from");
});
