// Counts in few characters, and how far from the count they may be.

import { expect, test } from "vitest";
import fc from "fast-check";
import { countText } from "./count-text.ts";

test.each([
  [0, "0"],
  [0.4, "0"],
  [999, "999"],
  [999.6, "1.0k"],
  [1_000, "1.0k"],
  [9_949, "9.9k"],
  [9_951, "10k"],
  [12_345, "12k"],
  [999_499, "999k"],
  [999_999, "1.0M"],
  [2_500_000_000, "2.5G"],
])("%d is %s", (count, text) => {
  expect(countText(count)).toBe(text);
});

test("law: six characters at most, and never far from the count", () => {
  const size: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9e17, noNaN: true }), (count) => {
      const text = countText(count);
      expect(text.length).toBeLessThanOrEqual(6);
      const [, digits = "", unit = ""] = /^([\d.]+)([kMGTP]?)$/.exec(text) ?? [];
      const value = Number(digits) * (size[unit] ?? Number.NaN);
      expect(Math.abs(value - count)).toBeLessThanOrEqual(Math.max(0.5, count * 0.051));
    }),
  );
});
