// Pipes and words of a typed line: how it is cut, and what the filters behind a pipe let through.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { said } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import { applyPipes, splitPipes } from "./pipe.ts";
import { splitWords } from "@merlon/shell/line-parts.ts";

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

const text = "a\nb one\nb two\n";

describe("filters", () => {
  test.each<[pipes: string[][], expected: string]>([
    [[["match", "B"]], "b one\nb two\n"],
    [[["match", "^b.*o$"]], "b two\n"],
    [[["except", "b"]], "a\n"],
    [[["match", "b"], ["count"]], "Count: 2 lines\n"],
    [[["count"]], "Count: 3 lines\n"],
    [[["no-more"]], text],
    [[["hold"]], text],
    [[["find", "one"]], "b one\nb two\n"],
    [[["find", "nothing"]], ""],
    [[["last", "2"]], "b one\nb two\n"],
    [[["last"]], text],
    [
      [
        ["last", "2"],
        ["except", "two"],
      ],
      "b one\n",
    ],
    [[["trim", "2"]], "\none\ntwo\n"],
    [[["trim", "2"], ["match", "o"], ["count"]], "Count: 2 lines\n"],
    [[["count"], ["last", "1"], ["match", "3"]], "Count: 3 lines\n"],
  ])("%j", (pipes, expected) => {
    expect(applyPipes(said(text), pipes)).toMatchObject({ ok: true, text: expected });
  });

  test.each<[pipes: string[][], reason: string]>([
    [[["match"]], "not understood"],
    [[["match", ""]], "not understood"],
    [[["match", "("]], "is not closed"],
    [[["find", "a**b***"]], "means nothing"],
    [[["frob"]], "not understood"],
    [[["match", "a", "b"]], "not understood"],
    [[["count", "5"]], "not understood"],
    [[["last", "0"]], "1 to 10000"],
    [[["last", "many"]], "1 to 10000"],
    [[["trim"]], "1 to 1000"],
  ])("%j is refused: %s", (pipes, reason) => {
    const { ok, text: said } = applyPipes({ ok: true, text, diagnostics: [] }, pipes);
    expect(ok).toBe(false);
    expect(said).toContain(reason);
  });
});

async function whole(answer: CommandAnswer): Promise<string> {
  let found = answer.text;
  for await (const piece of answer.more ?? []) found += piece;
  return found;
}

async function* inPieces(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

const pipes = fc.array(
  fc.constantFrom<string[]>(
    ["match", "a"],
    ["except", "b"],
    ["find", "b"],
    ["last", "2"],
    ["trim", "1"],
    ["count"],
    ["hold"],
  ),
  { maxLength: 4 },
);
const linesOfText = fc.array(fc.string({ unit: fc.constantFrom("a", "b", " ", "ü"), maxLength: 4 }), { maxLength: 8 });

test("law: however an answer is cut into pieces, the filters leave the same", async () => {
  await fc.assert(
    fc.asyncProperty(linesOfText, fc.array(fc.nat(12), { maxLength: 6 }), pipes, async (lines, cuts, filters) => {
      const full = lines.map((line) => `${line}\n`).join("");
      const ends = [...cuts.map((cut) => Math.min(cut, full.length)), full.length].toSorted((a, b) => a - b);
      const pieces = ends.map((end, index) => full.slice(ends[index - 1] ?? 0, end));
      const streamed = applyPipes({ ...said(""), more: inPieces(pieces) }, filters);
      expect(await whole(streamed)).toBe(await whole(applyPipes(said(full), filters)));
    }),
    { numRuns: 200 },
  );
});

test("an answer without end is filtered as it comes, in bounded memory", async () => {
  let made = 0;
  async function* endless(): AsyncGenerator<string> {
    for (;;) yield `${"x".repeat(1_000)} ${++made}\n`;
  }
  const { more } = applyPipes({ ...said(""), more: endless() }, [["match", "000$"]]);
  const found: string[] = [];
  for await (const piece of more ?? []) {
    found.push(piece.slice(-6).trim());
    if (found.length === 5) break;
  }
  expect(found).toEqual(["1000", "2000", "3000", "4000", "5000"]);
  const long = applyPipes({ ...said(""), more: inPieces(Array.from({ length: 300 }, () => "y".repeat(10_000))) }, [
    ["count"],
  ]);
  expect(await whole(long)).toMatch(/^Count: \d+ lines\n$/);
});
