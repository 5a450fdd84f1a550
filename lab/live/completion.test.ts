// What Tab types for the user and what it only shows.

import { describe, expect, test } from "vitest";
import { candidateLines, commonBeginning, wordAt } from "./completion.ts";
import type { Candidates } from "./completion.ts";

const candidates = (...words: readonly string[]): Candidates =>
  words.map((word) => ({ word, help: `About ${word}`, final: false }));

test.each([
  ["set secu", "secu"],
  ["set ", ""],
  ["", ""],
  ["show", "show"],
])("the word at the end of %j is %j", (before, word) => {
  expect(wordAt(before)).toBe(word);
});

describe("commonBeginning", () => {
  test.each([
    [["security"], "sec", { word: "security", whole: true }],
    [["security-zone", "security"], "sec", { word: "security", whole: false }],
    [["permit", "deny"], "", { word: "", whole: false }],
    [["permit", "policy"], "p", { word: "p", whole: false }],
    [[], "x", { word: "x", whole: false }],
    [["<zone-name>"], "we", { word: "we", whole: false }],
    [["|"], "", { word: "", whole: false }],
    [["hit-count", "|"], "", { word: "hit-count", whole: false }],
    [["web", "<zone-name>"], "w", { word: "web", whole: false }],
    [["Web"], "w", { word: "w", whole: false }],
  ])("of %j after %j is %j", (words, typed, expected) => {
    expect(commonBeginning(candidates(...words), typed)).toEqual(expected);
  });
});

describe("candidateLines", () => {
  test("are a table of words and help", () => {
    expect(candidateLines(candidates("from-zone", "global")).map(({ text }) => text)).toEqual([
      "from-zone   About from-zone",
      "global      About global",
    ]);
  });

  test("say so when there is nothing", () => {
    expect(candidateLines([])[0]?.kind).toBe("error");
  });

  test("are bounded and count the rest", () => {
    const lines = candidateLines(candidates(...Array.from({ length: 250 }, (_, index) => `word${index}`)));
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)?.text).toBe("and 50 more");
  });
});
