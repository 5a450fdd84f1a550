// Shrinking by row: the text, what makes it fail, and what is left.

import { describe, expect, test } from "vitest";
import { shrinkText } from "./shrink-text.ts";

describe("shrinkText", () => {
  test.each<[name: string, text: string, fails: (text: string) => boolean, least: string]>([
    ["one character", "a long text with an x in it", (text) => text.includes("x"), "x"],
    ["two characters far apart", "{ many words and }", (text) => /\{.*\}/.test(text), "{}"],
    ["a length", "abcdefgh", ({ length }) => length >= 3, "fgh"],
    ["nothing can go", "ab", (text) => text === "ab", "ab"],
    ["everything can go", "ab", () => true, ""],
    ["an empty text", "", () => true, ""],
  ])("%s", (_, text, fails, least) => {
    expect(shrinkText(text, fails)).toBe(least);
  });

  test("a large text takes a bounded number of tries", () => {
    let tries = 0;
    const text = `${"word ".repeat(20_000)}x${" word".repeat(20_000)}`;
    const count = (candidate: string): boolean => {
      tries += 1;
      return candidate.includes("x");
    };
    expect(shrinkText(text, count, 300)).toContain("x");
    expect(tries).toBeLessThanOrEqual(300);
  });
});
