// Advice for mistyped words: near ones are found, far ones are not offered.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, editDistance, nearestWord } from "./suggest.ts";

const words = ["system", "security", "interfaces", "routing-options", "applications", "mtu", "to", "unit"];

describe("nearest word", () => {
  test.each<[wrong: string, right: string | undefined]>([
    ["secrity", "security"],
    ["securtiy", "security"],
    ["interface", "interfaces"],
    ["aplicatoins", "applications"],
    ["routing_options", "routing-options"],
    ["mut", "mtu"],
    ["units", "unit"],
    ["snmp", undefined],
    ["nat", undefined],
    ["x", undefined],
    ["", undefined],
    ["completely-different", undefined],
  ])("%s → %s", (wrong, right) => {
    expect(nearestWord(wrong, words)).toBe(right);
  });

  test("the sentence", () => {
    expect(didYouMean("zonse", ["zones"])).toBe('did you mean "zones"?');
    expect(didYouMean("zonse", [])).toBeUndefined();
  });

  test("a very long word costs nothing", () => {
    const start = performance.now();
    nearestWord(
      "x".repeat(60_000),
      Array.from({ length: 20_000 }, (_, at) => `name-${at}`),
    );
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe("edit distance", () => {
  test.each<[a: string, b: string, distance: number]>([
    ["", "", 0],
    ["a", "", 1],
    ["abc", "abc", 0],
    ["abc", "acb", 1],
    ["abc", "ab", 1],
    ["abc", "xbc", 1],
    ["kitten", "sitting", 3],
  ])("%s, %s", (a, b, distance) => {
    expect(editDistance(a, b, 10)).toBe(distance);
  });

  test("is symmetric, zero only for equal words, and stops at its limit", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 5 }), (a, b, limit) => {
        expect(editDistance(a, b, 99)).toBe(editDistance(b, a, 99));
        expect(editDistance(a, b, 99) === 0).toBe(a === b);
        expect(editDistance(a, b, limit)).toBe(Math.min(limit, editDistance(a, b, 99)));
      }),
    );
  });
});
