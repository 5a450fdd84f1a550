// Patterns by row, and that no pattern is slow.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWildcard, matchesPattern, patternOf } from "./wildcard.ts";

describe("patterns", () => {
  test.each<[pattern: string, names: string, others: string]>([
    ["*", "a ge-0/0/0 *", ""],
    ["ge-*", "ge- ge-0/0/0", "xe-0/0/0 ge"],
    ["*-0", "a-0 -0", "a-01"],
    ["a*b*c", "abc aXbYc abbcc", "ac acb abcd"],
    ["?", "a *", "ab"],
    ["[a-c]*", "a bx c", "d xa"],
    ["[!a-c]*", "d xa", "a bx"],
    ["[^a-c]*", "d xa", "a bx"],
    ["[xz]", "x z", "y"],
    ["ge-0/0/[0-3]", "ge-0/0/0 ge-0/0/3", "ge-0/0/4 ge-0/0/30"],
    ["[a-]", "a -", "b"],
    ["[a", "[a", "a"],
    ["a.c", "a.c", "abc"],
    ["", "", "a"],
  ])("%s", (pattern, names, others) => {
    for (const name of names.split(" ").filter((word) => word !== "")) expect(matchesPattern(pattern, name)).toBe(true);
    for (const name of others.split(" ").filter((word) => word !== ""))
      expect(matchesPattern(pattern, name)).toBe(false);
  });

  test("only a word between angle brackets is a wildcard", () => {
    for (const word of ["<*>", "<ge-*>", "<a b>"]) expect(isWildcard(word)).toBe(true);
    for (const word of ["", "*", "<>", "<a", "a>", "<a>b", "<a><b>", "<\u0007>", `<${"x".repeat(300)}>`])
      expect(isWildcard(word)).toBe(false);
    expect(patternOf("<ge-*>")).toBe("ge-*");
  });

  test("a name without special characters matches itself alone", () => {
    const plain = fc.string({ maxLength: 8 }).filter((text) => !/[*?[]/.test(text));
    fc.assert(fc.property(plain, plain, (a, b) => matchesPattern(a, b) === (a === b)));
    fc.assert(fc.property(plain, plain, plain, (a, b, c) => matchesPattern(`${a}*${c}`, `${a}${b}${c}`)));
  });

  test("no pattern is slow", () => {
    const start = performance.now();
    expect(matchesPattern("*a".repeat(100), `${"a".repeat(5000)}b`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
