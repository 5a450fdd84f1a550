// Sorting of keys: as a person counts, and a total order for any names.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareKeys } from "./key-order.ts";

describe("order of keys", () => {
  test.each<[sorted: string[]]>([
    [["eth1", "eth2", "eth10"]],
    [["ge-0/0/0", "ge-0/0/9", "ge-0/0/10", "ge-1/0/0", "xe-0/0/0"]],
    [["0", "5", "10", "16385"]],
    [["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "192.168.0.0/24"]],
    [["a", "a1", "ab", "b"]],
    [["", "a"]],
  ])("%j", (sorted) => {
    expect(sorted.toReversed().toSorted((a, b) => compareKeys([a], [b]))).toEqual(sorted);
  });

  test("several keys count one after the other", () => {
    expect(compareKeys(["a", "10"], ["a", "9"])).toBeGreaterThan(0);
    expect(compareKeys(["a"], ["a", "1"])).toBeLessThan(0);
    expect(compareKeys(["a", "1"], ["a"])).toBeGreaterThan(0);
  });

  test("is a total order", () => {
    const name = fc.oneof(fc.string({ maxLength: 6 }), fc.stringMatching(/^[a-c0]{0,3}\d{0,3}$/));
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        const sign = (x: string, y: string): number => Math.sign(compareKeys([x], [y]));
        expect(sign(a, b) + sign(b, a)).toBe(0);
        expect(sign(a, b) === 0).toBe(a === b);
        if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
