// What Tab, the space bar and `?` make of candidates.

import type { Candidate } from "@merlon/junos/complete.ts";
import { describe, expect, test } from "vitest";
import { commonBeginning, completionList, spaceStep, wordAt } from "./completion.ts";

const candidates = (...words: readonly string[]): readonly Candidate[] =>
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

describe("the space bar", () => {
  test.each<[words: readonly string[], typed: string, expected: unknown]>([
    [["security", "system"], "sy", { kind: "complete", word: "system" }],
    [["security", "system"], "s", { kind: "ambiguous", candidates: candidates("security", "system") }],
    [["security", "security-zone"], "security", { kind: "type" }],
    [["security"], "x", { kind: "type" }],
    [["security"], "", { kind: "type" }],
    // Where a new name may stand a short one is meant as it is.
    [["<zone-name>", "web", "west"], "w", { kind: "type" }],
    [["<zone-name>", "web"], "w", { kind: "type" }],
    [["version", "|"], "ver", { kind: "complete", word: "version" }],
    [[], "x", { kind: "type" }],
  ])("of %j after %j", (words, typed, expected) => {
    expect(spaceStep(candidates(...words), typed)).toEqual(expected);
  });
});

describe("the list", () => {
  test("is a table of words and help", () => {
    expect(completionList(candidates("from-zone", "global"))).toBe(
      "Possible completions:\n  from-zone            About from-zone\n  global               About global\n",
    );
  });

  test("says that the line may end, and that a pipe may follow", () => {
    const lines = completionList([...candidates("brief"), { word: "|", help: "Filter", final: false }]).split("\n");
    expect(lines).toEqual([
      "Possible completions:",
      "  <[Enter]>            Execute this command",
      "  brief                About brief",
      "  |                    Pipe through a command",
      "",
    ]);
  });

  test("begins with what may be typed freely, goes on by the alphabet, and marks what a word holds", () => {
    const list: readonly Candidate[] = [
      { word: "unit", help: "A unit", final: false, holds: "statements" },
      { word: "ge-0/0/10", help: "A port", final: false },
      { word: "ge-0/0/2", help: "A port", final: false },
      { word: "[", help: "A list", final: false },
      { word: "apply-groups", help: "Groups", final: false, holds: "values" },
      { word: "<name>", help: "A name", final: false },
    ];
    expect(completionList(list).split("\n")).toEqual([
      "Possible completions:",
      "  <name>               A name",
      "  [                    A list",
      "+ apply-groups         Groups",
      "  ge-0/0/2             A port",
      "  ge-0/0/10            A port",
      "> unit                 A unit",
      "",
    ]);
  });

  test("is bounded, and marks what is kept without effect", () => {
    const many = completionList(candidates(...Array.from({ length: 1_200 }, (_, index) => `word${index}`)));
    expect(many.split("\n")).toHaveLength(1_003);
    expect(many).toContain("... 200 more");
    expect(completionList([{ word: "x", help: "An x", final: true, kept: true }])).toContain("(kept without effect)");
  });
});
