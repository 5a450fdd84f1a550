// The candidates as the live view lists them.

import { describe, expect, test } from "vitest";
import { candidateLines } from "./completion.ts";
import type { Candidates } from "./completion.ts";

const candidates = (...words: readonly string[]): Candidates =>
  words.map((word) => ({ word, help: `About ${word}`, final: false }));

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
