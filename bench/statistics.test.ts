// Medians and ratios, by tables of cases and by laws that hold for all of them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { median, medianRatio, quantile, spread } from "./statistics.ts";

describe("median", () => {
  test.each([
    [[3], 3],
    [[1, 2], 1.5],
    [[9, 1, 5], 5],
    [[1, 2, 3, 1_000], 2.5],
    [[100, 9, 20], 20],
    [[], Number.NaN],
  ])("of %j is %d", (values, expected) => expect(median(values)).toBe(expected));

  test("one disturbed round of five does not move it beyond its neighbours", () => {
    const values = fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.001, max: 1_000, noNaN: true }), (calm, disturbed) => {
        const found = median([...calm, disturbed]);
        expect(found).toBeGreaterThanOrEqual(Math.min(...calm));
        expect(found).toBeLessThanOrEqual(Math.max(...calm));
      }),
    );
  });
});

describe("quantile", () => {
  test.each([
    [0, 1],
    [0.25, 2],
    [0.5, 3],
    [0.9, 4.6],
    [1, 5],
  ])("at %d of one to five is %d", (share, expected) => expect(quantile([5, 3, 1, 2, 4], share)).toBeCloseTo(expected));

  test("never leaves the values and grows with the share", () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(values, share, share, (list, a, b) => {
        const [low, high] = [quantile(list, Math.min(a, b)), quantile(list, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high + 1e-6);
        expect(low).toBeGreaterThanOrEqual(Math.min(...list) - 1e-6);
        expect(high).toBeLessThanOrEqual(Math.max(...list) + 1e-6);
      }),
    );
  });
});

describe("ratio", () => {
  test("a machine that gets slower from round to round does not change it", () => {
    expect(medianRatio([100, 50, 25], [200, 100, 50])).toBe(0.5);
    expect(median([100, 50, 25]) / median([200, 80, 60])).not.toBe(0.5);
  });
  test("rounds must belong together", () =>
    expect(() => medianRatio([1, 2], [1])).toThrow("2 rounds cannot be held against 1"));
});

test("the spread is the middle half against the median", () => {
  expect(spread([1, 1, 1])).toBe(0);
  expect(spread([80, 90, 100, 110, 120])).toBeCloseTo(0.2);
});
