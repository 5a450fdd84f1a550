// Patterns by row, a law against JavaScript's own matcher where both mean the same, and those that would make it hang.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./linear-pattern.ts";
import type { LinearPattern } from "./linear-pattern.ts";
import { patternLengthMax } from "./pattern-syntax.ts";

function pattern(text: string, ignoreCase = false): LinearPattern {
  const compiled = compilePattern(text, { ignoreCase });
  if ("error" in compiled) throw new Error(compiled.error);
  return compiled;
}

describe("matches", () => {
  test.each([
    ["", "anything", true],
    ["abc", "xabcx", true],
    ["abc", "ab", false],
    ["^abc", "xabc", false],
    ["^abc$", "abc", true],
    ["abc$", "abcx", false],
    ["^$", "", true],
    ["^$", "x", false],
    ["a|b$", "xb", true],
    ["(ab)+c", "ababc", true],
    ["a?b", "b", true],
    ["a{2}", "xaax", true],
    ["^a{2,3}$", "aaaa", false],
    ["^a{2,}$", "aaaa", true],
    ["a{x", "a{x", true],
    ["10.1", "1011", true],
    [String.raw`10\.1`, "1011", false],
    ["[a-c]", "b", true],
    ["[^a-c]", "abc", false],
    ["[]x]", "]", true],
    ["[a-]", "-", true],
    [String.raw`[\]]`, "]", true],
    ["[[:digit:]]+", "x7", true],
    ["[[:upper:]]", "x7", false],
    [String.raw`^\d+\s\w+$`, "12 ab_", true],
    [String.raw`\D`, "12", false],
    ["(?:a|b)c", "bc", true],
    [".", "🔥", true],
    ["^.$", "🔥", true],
    ["語+", "日本語", true],
    ["x*", "", true],
    ["(a|)b", "b", true],
    ["(^a|b$)", "b", true],
  ])("%s in %j: %s", (text, subject, expected) => {
    expect(pattern(text).test(subject)).toBe(expected);
  });

  test.each([
    ["WEB", "web", true],
    ["[a-z]", "Q", true],
    ["é", "É", true],
    ["^[^a]$", "A", true],
  ])("%s in %j without regard to case: %s", (text, subject, expected) => {
    expect(pattern(text, true).test(subject)).toBe(expected);
  });
});

test.each([
  ["(", "is not closed"],
  [")", "closes nothing"],
  ["[a", "is not closed"],
  ["*a", "repeats nothing"],
  ["a{3,2}", "ends before it begins"],
  ["a{256}", "more than 255"],
  ["[z-a]", "ends before it begins"],
  ["[[:nonsense:]]", "no class"],
  ["a\\", "escapes nothing"],
  [String.raw`(a)\1`, "not offered"],
  ["(?=a)", "not offered"],
  ["^*", "cannot be repeated"],
  ["a***", "means nothing"],
  ["(((a{255}){255}){2})", "too large"],
  ["(".repeat(40), "deeper than"],
  ["a".repeat(patternLengthMax + 1), "at most"],
])("%s is refused: %s", (text, reason) => {
  expect(compilePattern(text)).toEqual({ error: expect.stringContaining(reason) as string });
});

describe("laws", () => {
  const letters = fc.constantFrom("a", "b", "c");
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "^", "$"),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => a + b),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a}|${b})`),
      fc.tuple(tie("expression"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}")).map(([a, times]) => `(${a})${times}`),
    ),
  }));

  test("it finds what JavaScript finds", () => {
    fc.assert(
      fc.property(expression, fc.array(letters, { maxLength: 8 }), (text, subject) => {
        const whole = subject.join("");
        expect(pattern(text).test(whole)).toBe(new RegExp(text, "u").test(whole));
      }),
      { numRuns: 400 },
    );
  });

  test("whatever is typed, it is a pattern or a sentence", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from("ab()[]{}|*+?.^$\\-:1,é")) }),
        fc.string(),
        (text, subject) => {
          const compiled = compilePattern(text);
          if ("error" in compiled) expect(compiled.error).not.toBe("");
          else compiled.test(subject);
        },
      ),
      { numRuns: 400 },
    );
  });

  test.each(["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)(.*)(.*)(.*)x$", "(a?){200}a{200}$"])(
    "%s ends in time linear in the text",
    (text) => {
      const compiled = pattern(text, true);
      expect(compiled.test(`${"a".repeat(100_000)}!`)).toBe(false);
    },
  );

  test("many different characters do not fill the memory", () => {
    const compiled = pattern("x.{20}y");
    const text = Array.from({ length: 60_000 }, (_, index) => String.fromCodePoint(0x4e00 + (index % 20_000))).join(
      "x",
    );
    expect(compiled.test(text)).toBe(false);
    expect(compiled.test(`x${"a".repeat(20)}y`)).toBe(true);
  });
});

test.each<[pattern: string, rest: string, expected: number | undefined]>([
  ["^a", "ab", undefined],
  ["a", "ab", 1],
  ["b$", "ab", 2],
  ["^", "", undefined],
  ["$", "", 0],
  ["(^a|b)", "ab", 2],
])("in the rest of a text %j reaches in %j to %j", (text, rest, expected) => {
  const pattern = compilePattern(text);
  expect("error" in pattern ? pattern : pattern.reach(rest, { atStart: false })).toBe(expected);
});
