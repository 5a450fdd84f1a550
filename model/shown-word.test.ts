// What a message shows of a word, by row: nothing that a terminal obeys, and never a page of text.

import { expect, test } from "vitest";
import { shownWord } from "./shown-word.ts";

test.each<[word: string, shown: string]>([
  ["web", '"web"'],
  ["", '""'],
  ["two words", '"two words"'],
  ["\u001b[31mred", '"\\u001b[31mred"'],
  ["a\nb", '"a\\u000ab"'],
  ["\u009b1m", '"\\u009b1m"'],
  ["left\u202eright", '"left\\u202eright"'],
  ["x".repeat(81), `"${"x".repeat(80)}…"`],
])("%j", (word, shown) => {
  expect(shownWord(word)).toBe(shown);
});
