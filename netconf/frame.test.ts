// Messages → bytes: exactly these bytes, in pieces of a bounded size.

import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import type { Framing } from "./deframer.ts";
import { frame } from "./frame.ts";

const bytesOf = (message: string, framing: Framing): string => Buffer.concat([...frame(message, framing)]).toString();

test.each<readonly [string, Framing, string]>([
  ["<a/>", "end-of-message", "<a/>]]>]]>"],
  ["<a/>", "chunked", "\n#4\n<a/>\n##\n"],
  ["<a>\n</a>\n", "chunked", "\n#9\n<a>\n</a>\n\n##\n"],
])("%j in %s", (message, framing, bytes) => {
  expect(bytesOf(message, framing)).toBe(bytes);
});

test.each<Framing>(["end-of-message", "chunked"])(
  "a long message in %s is cut, and nothing of it is lost",
  (framing) => {
    const message = `<a>${"0123456789".repeat(10_000)}</a>`;
    const pieces = [...frame(message, framing)];
    expect(pieces.length).toBeGreaterThan(6);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(16 * 1024 + 8);
    const text = Buffer.concat(pieces).toString();
    expect(text.replaceAll(/\n#\d+\n|\n##\n|]]>]]>/g, "")).toBe(message);
  },
);

test("pieces are made one at a time, as they are taken", () => {
  const pieces = frame("x".repeat(50_000), "chunked");
  expect(Buffer.from(pieces.next().value ?? []).toString("latin1", 0, 8)).toBe("\n#16384\n");
  expect(pieces.return().done).toBe(true);
});
