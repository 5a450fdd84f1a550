// Keys as terminals send them, whole and in pieces.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyDecoder } from "./key.ts";
import type { Key } from "./key.ts";

function decode(...chunks: readonly (string | Uint8Array)[]): readonly Key[] {
  const decoder = new KeyDecoder();
  const keys = chunks.flatMap((chunk) => decoder.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk));
  return [...keys, ...decoder.flush()];
}

const named = (name: string) => ({ kind: "named", name });
const text = (words: string) => ({ kind: "text", text: words });

describe("one key", () => {
  test.each([
    ["\r", "enter"],
    ["\n", "enter"],
    ["\t", "tab"],
    ["\u007f", "backspace"],
    ["\b", "backspace"],
    ["\u0003", "interrupt"],
    ["\u0004", "end-of-input"],
    ["\u0001", "home"],
    ["\u0005", "end"],
    ["\u0015", "erase-to-start"],
    ["\u000b", "erase-to-end"],
    ["\u0017", "erase-word"],
    ["\u000c", "redraw"],
    ["\u001b[A", "up"],
    ["\u001bOB", "down"],
    ["\u001b[C", "right"],
    ["\u001b[D", "left"],
    ["\u001b[H", "home"],
    ["\u001b[4~", "end"],
    ["\u001b[3~", "delete"],
    ["\u001b[5~", "page-up"],
    ["\u001b[6~", "page-down"],
    ["\u001b[1;5C", "word-right"],
    ["\u001bb", "word-left"],
    ["\u001b\u007f", "erase-word"],
    ["\u001b", "escape"],
  ])("%j is %s", (bytes, name) => {
    expect(decode(bytes)).toEqual([named(name)]);
  });

  test.each([["\u001b[15~"], ["\u001b[<0;10;10M"], ["\u001b[1;2A"], ["\u001bOP"], ["\u0000"], ["\u001b[I"]])(
    "%j means nothing and leaves nothing behind",
    (bytes) => {
      expect(decode(bytes, "a")).toEqual([text("a")]);
    },
  );
});

describe("several keys", () => {
  test("in one piece come in order", () => {
    expect(decode("set\u001b[D\u007fx\r")).toEqual([
      text("set"),
      named("left"),
      named("backspace"),
      text("x"),
      named("enter"),
    ]);
  });

  test("Escape and a letter close together are both", () => {
    expect(decode("\u001bx")).toEqual([named("escape"), text("x")]);
    expect(decode("\u001b", "x")).toEqual([named("escape"), text("x")]);
    expect(decode("\u001b\u001b[A")).toEqual([named("escape"), named("up")]);
  });

  test("characters of several bytes may be cut anywhere", () => {
    const bytes = Buffer.from("é語🔥");
    const pieces = [...bytes].map((byte) => Uint8Array.from([byte]));
    expect(
      decode(...pieces)
        .map((key) => (key.kind === "text" ? key.text : "?"))
        .join(""),
    ).toBe("é語🔥");
  });

  test("an endless sequence is given up", () => {
    expect(decode(`\u001b[${"1;".repeat(50)}`).length).toBeGreaterThan(0);
  });
});

describe("a paste", () => {
  test("is one key, line ends, tabs and escapes included", () => {
    expect(decode("\u001b[200~set a\r\nset b\t\u001b[A\u001b[201~x")).toEqual([
      { kind: "paste", text: "set a\r\nset b\t\u001b[A" },
      text("x"),
    ]);
  });

  test("may arrive in any pieces", () => {
    const bytes = Buffer.from("a\u001b[200~set one\nset two\u001b[201~b");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }), (sizes) => {
        const decoder = new KeyDecoder();
        const keys: Key[] = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          keys.push(...decoder.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(keys).toEqual([text("a"), { kind: "paste", text: "set one\nset two" }, text("b")]);
      }),
    );
  });

  test("that never ends stays bounded", () => {
    const decoder = new KeyDecoder();
    decoder.push(Buffer.from("\u001b[200~"));
    for (let count = 0; count < 30; count++) decoder.push(Buffer.alloc(100_000, "x"));
    const [key] = decoder.push(Buffer.from("\u001b[201~"));
    expect(key?.kind === "paste" && key.text.length).toBe(1_000_000);
  });
});

test("no bytes make the decoder stop or throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 }), (chunks) => {
      const decoder = new KeyDecoder();
      for (const chunk of chunks) decoder.push(chunk);
      decoder.flush();
    }),
    { numRuns: 500 },
  );
});
