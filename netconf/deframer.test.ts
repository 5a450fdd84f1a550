// Bytes → messages: both framings cut anywhere, what is no framing, and the limits.

import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteBudget, Deframer, FramingError, MessageTooBig } from "./deframer.ts";
import type { DeframerLimits, Framing } from "./deframer.ts";
import { frame } from "./frame.ts";

const framings: readonly Framing[] = ["end-of-message", "chunked"];

function pushAll(deframer: Deframer, bytes: Uint8Array): readonly string[] {
  return [...deframer.push(bytes)].map((message) => message.toString());
}

function read(text: string, framing: Framing, limits?: DeframerLimits): readonly string[] {
  const deframer = new Deframer(limits);
  if (framing === "chunked") deframer.framing = framing;
  return pushAll(deframer, Buffer.from(text));
}

function framed(messages: readonly string[], framing: Framing): Buffer {
  return Buffer.concat(messages.flatMap((message) => [...frame(message, framing)]));
}

/** ASCII text that no mark can be read into, as the printer makes it. */
const message = fc
  .string({ unit: fc.constantFrom("<", "a", "]", "\n", "#", "&gt;", "1"), minLength: 1, maxLength: 60 })
  .filter((text) => text.trim() !== "" && !text.endsWith("]"));

describe.each(framings)("%s", (framing) => {
  test("what was framed is read again, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (messages, cuts) => {
          const bytes = framed(messages, framing);
          const deframer = new Deframer();
          deframer.framing = framing;
          const found: string[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const length = cuts[turn % cuts.length] ?? 1;
            found.push(...pushAll(deframer, bytes.subarray(at, at + length)));
            at += length;
          }
          expect(found).toEqual(messages);
          expect(deframer.isInside).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("any bytes give messages or one of two errors, and no more is kept than was sent", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (parts) => {
        const budget = new ByteBudget(1 << 20);
        const deframer = new Deframer({ messageBytesMax: 256, budget });
        deframer.framing = framing;
        try {
          for (const part of parts) for (const one of deframer.push(part)) expect(one.length).toBeLessThanOrEqual(256);
        } catch (error) {
          expect(error instanceof FramingError || error instanceof MessageTooBig).toBe(true);
        }
        deframer.end();
        expect(budget.take(1 << 20)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("a message that is too long is refused before it is kept", () => {
    const text = framed(["x".repeat(300)], framing).toString();
    expect(() => read(text, framing, { messageBytesMax: 256 })).toThrow(MessageTooBig);
    expect(read(text, framing, { messageBytesMax: 300 })).toEqual(["x".repeat(300)]);
  });

  test("what all messages hold together has an end, and is given back", () => {
    const budget = new ByteBudget(139_000);
    const [first, second] = [new Deframer({ budget }), new Deframer({ budget })];
    for (const one of [first, second]) one.framing = framing;
    const begun = framed(["x".repeat(80_000)], framing).subarray(0, 70_000);
    expect(pushAll(first, begun)).toEqual([]);
    expect(() => pushAll(second, begun)).toThrow(/together/);
    first.end();
    second.end();
    expect(budget.take(139_000)).toBe(true);
  });
});

test("one byte at a time costs no more than the message", () => {
  const deframer = new Deframer();
  const started = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 200_000; i++) pushAll(deframer, Buffer.from("x"));
  expect(process.memoryUsage().arrayBuffers - started).toBeLessThan(32 * 1024 * 1024);
  expect(pushAll(deframer, Buffer.from("]]>]]>"))[0]?.length).toBe(200_000);
});

test.each([
  ["\n#5\nhello\n##\n", ["hello"]],
  ["\n#2\nhe\n#3\nllo\n##\n", ["hello"]],
  ["\n#1\na\n##\n\n#1\nb\n##\n", ["a", "b"]],
  // A peer ends its hello with a line end behind the mark.
  ["\n\n#1\na\n##\n", ["a"]],
])("%j is read in chunks", (text, messages) => {
  expect(read(text, "chunked")).toEqual(messages);
});

test.each([
  "<rpc/>]]>]]>",
  "\n#\nx",
  "\n#0\n",
  "\n#01\nx",
  "\n#-1\nx",
  "\n#1 \nx",
  "\n#a\nx",
  "\n#5000000000\nx",
  "\n#42949672950\nx",
  "\n##\n",
  "\n#1\nab\n##\n",
  "\n#1\na\n\n#1\nb",
  "\r\n#1\na",
])("%j is no framing", (text) => {
  expect(() => read(text, "chunked")).toThrow(FramingError);
});

test.each([
  ["a]]>]]>b]]>]]>", ["a", "b"]],
  ["a]]>]]]>]]>", ["a]]>]"]],
  ["]]>]]>]]>]]>", ["", ""]],
])("%j is read to its marks", (text, messages) => {
  expect(read(text, "end-of-message")).toEqual(messages);
});

test("the framing changes between two messages of one piece", () => {
  const deframer = new Deframer();
  const found: string[] = [];
  for (const one of deframer.push(Buffer.from("<hello/>]]>]]>\n\n#3\n<a>\n##\n"))) {
    found.push(one.toString());
    deframer.framing = "chunked";
  }
  expect(found).toEqual(["<hello/>", "<a>"]);
});

test("a chunk that says more than may come is refused at its header", () => {
  expect(() => read("\n#4294967295\n", "chunked")).toThrow(MessageTooBig);
});
