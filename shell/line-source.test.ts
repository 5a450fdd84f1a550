// Answers as lines: whole and made piece by piece, ended by their maker and by whoever reads.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowCount, shownText, textWidth } from "./cell-width.ts";
import { LineSource } from "./line-source.ts";

async function* inPieces(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

async function linesOf(source: LineSource): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await source.next(); line !== undefined; line = await source.next()) lines.push(line);
  return lines;
}

const quiet = () => new AbortController().signal;

test("a text has its lines, and knows how many", async () => {
  const source = new LineSource("a\n\nb\n", undefined, quiet());
  expect(source.total).toBe(3);
  expect(await linesOf(source)).toEqual(["a", "", "b"]);
});

test("law: however it is cut, an answer has the same lines", async () => {
  const unit = fc.constantFrom("a", "b", "\n", "ü", "🔥");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit, maxLength: 6 }), { maxLength: 8 }),
      fc.string({ unit }),
      async (pieces, text) => {
        const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
        const whole = start + pieces.join("");
        const expected = whole === "" ? [] : (whole.endsWith("\n") ? whole.slice(0, -1) : whole).split("\n");
        const source = new LineSource(start, inPieces(pieces), quiet());
        expect(source.total).toBeUndefined();
        expect(await linesOf(source)).toEqual(expected);
        let joined = "";
        for await (const piece of new LineSource(start, inPieces(pieces), quiet()).pieces()) joined += piece;
        expect(joined).toBe(expected.map((line) => `${line}\n`).join(""));
      },
    ),
    { numRuns: 200 },
  );
});

test("a piece may have very many lines", async () => {
  const piece = "x\n".repeat(300_000);
  expect(await linesOf(new LineSource("", inPieces([piece, piece]), quiet()))).toHaveLength(600_000);
});

test("a line without end is cut", async () => {
  const source = new LineSource("", inPieces(Array.from({ length: 50 }, () => "x".repeat(10_000))), quiet());
  const lines = await linesOf(source);
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.join("")).toHaveLength(500_000);
});

test("when it is ended nothing follows, even if its maker does not listen", async () => {
  const end = new AbortController();
  const source = new LineSource(
    "first\n",
    { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) },
    end.signal,
  );
  expect(await source.next()).toBe("first");
  const next = source.next();
  end.abort();
  expect(await next).toBeUndefined();
  await source.close();
});

describe("what is shown of a text", () => {
  test.each([
    ["plain", "plain"],
    ["a\tb\n\tc", "a       b\n        c"],
    ["a\u001b[2J\u0007\u009b", "a\ufffd[2J\ufffd\ufffd"],
    ["a\rb", "a\ufffdb"],
    ["\u202eevil", "\ufffdevil"],
    ["é語🔥\n", "é語🔥\n"],
  ])("%j", (text, expected) => {
    expect(shownText(text)).toBe(expected);
  });

  test.each([
    ["", 0],
    ["abc", 3],
    ["語", 2],
    ["🔥x", 3],
    ["e\u0301", 1],
  ])("%j takes %i cells", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test.each([
    ["", 10, 1],
    ["x".repeat(10), 10, 1],
    ["x".repeat(11), 10, 2],
    ["語".repeat(5), 10, 1],
    ["語".repeat(5), 9, 2],
  ])("%j at %i columns takes %i rows", (line, columns, rows) => {
    expect(rowCount(line, columns)).toBe(rows);
  });
});
