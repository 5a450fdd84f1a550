// Pipes and words of a typed line: how it is cut, and what the filters behind a pipe let through.

import { describe, expect, test } from "vitest";
import { applyPipes, splitPipes } from "./pipe.ts";
import { splitWords } from "./split-words.ts";

describe("words", () => {
  test.each([
    ["", []],
    ["   ", []],
    ["set a  b", ["set", "a", "b"]],
    ['set a "b c" d', ["set", "a", "b c", "d"]],
    [String.raw`x "a \"b\" \\"`, ["x", 'a "b" \\']],
    ['x ""', ["x", ""]],
    ['x a"b c"d', ["x", "ab cd"]],
  ])("%s", (line, expected) => {
    expect(splitWords(line)).toEqual(expected);
  });

  test("an open quote is refused", () => {
    expect(splitWords('set "a')).toBeUndefined();
  });
});

test.each([
  ["show", "show", []],
  ["show | compare", "show ", [["compare"]]],
  [
    "show x | display set | match y",
    "show x ",
    [
      ["display", "set"],
      ["match", "y"],
    ],
  ],
  ['annotate a "x | y"', 'annotate a "x | y"', []],
])("pipes of %s", (line, command, pipes) => {
  expect(splitPipes(line)).toEqual({ command, pipes });
});

test.each([
  [[["match", "B"]], true, "b one\nb two\n"],
  [[["except", "b"]], true, "a\n"],
  [[["match", "b"], ["count"]], true, "Count: 2 lines\n"],
  [[["no-more"]], true, "a\nb one\nb two\n"],
  [[["match"]], false, undefined],
  [[["frob"]], false, undefined],
  [[["match", "a", "b"]], false, undefined],
])("filters %j", (pipes, ok, text) => {
  const result = applyPipes({ ok: true, text: "a\nb one\nb two\n", diagnostics: [] }, pipes);
  expect(result.ok).toBe(ok);
  if (text !== undefined) expect(result.text).toBe(text);
});
