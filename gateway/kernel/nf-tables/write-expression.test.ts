// Instructions as the kernel's attributes, and back. The bytes are those of nft 1.0.6 (`nft --debug=mnl`), attributes in
// the order of their numbers where nft has them so.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BatchWriter } from "./batch-writer.ts";
import { attributesOf, messagesIn } from "./captured-batch.ts";
import type { Expression } from "./expression.ts";
import { readExpression } from "./read-expression.ts";
import { registerOf, writeExpression } from "./write-expression.ts";

function write(expression: Expression): BatchWriter {
  const writer = new BatchWriter(1).begin(1, 0, 1);
  writeExpression(writer, expression);
  writer.end();
  return writer;
}

function bytesOf(expression: Expression): string {
  const [message] = messagesIn(write(expression).chunks());
  return message === undefined ? "" : attributesOf(message);
}

/** Behind netlink's header, netfilter's and that of the list's element. */
const expressionStart = 16 + 4 + 4;

function readBack(expression: Expression): Expression {
  const [chunk] = write(expression).chunks();
  if (chunk === undefined) throw new Error("nothing was written");
  return readExpression(
    new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength),
    expressionStart,
    chunk.byteLength,
  );
}

const name = (word: string): string => Buffer.from(`${word}\0`).toString("hex");
const data = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

const shapes: readonly (readonly [Expression, string, string])[] = [
  [{ kind: "set-segment-size", from: 2 }, "exthdr", "7:0000000a 2:02 3:00000002 4:00000002 6:00000001"],
  [{ kind: "flow_offload", flowtable: "fast" }, "flow_offload", `1:${name("fast")}`],
  [{ kind: "meta", key: 6, to: 0 }, "meta", "2:00000006 1:00000001"],
  [{ kind: "ct", key: 3, to: 4 }, "ct", "2:00000003 1:00000002"],
  [{ kind: "set-meta", key: 3, from: 0 }, "meta", "2:00000003 3:00000001"],
  [{ kind: "set-ct", key: 3, from: 9 }, "ct", "2:00000003 4:00000011"],
  [{ kind: "payload", base: 2, offset: 2, length: 2, to: 1 }, "payload", "1:00000009 2:00000002 3:00000002 4:00000002"],
  [{ kind: "cmp", operator: 0, from: 0, data: data(0, 22) }, "cmp", "1:00000001 2:00000000 3:{1:0016}"],
  [
    { kind: "range", negated: true, from: 0, first: data(0, 1), last: data(0, 9) },
    "range",
    "1:00000001 2:00000001 3:{1:0001} 4:{1:0009}",
  ],
  [
    { kind: "bitwise", from: 0, to: 0, mask: data(6, 0, 0, 0) },
    "bitwise",
    "1:00000001 2:00000001 3:00000004 4:{1:06000000} 5:{1:00000000}",
  ],
  [
    { kind: "byteorder", from: 0, to: 0, length: 4 },
    "byteorder",
    "1:00000001 2:00000001 3:00000001 4:00000004 5:00000004",
  ],
  [{ kind: "immediate", to: 0, data: data(16, 0, 0, 0) }, "immediate", "1:00000001 2:{1:10000000}"],
  [{ kind: "verdict", verdict: { kind: "drop" } }, "immediate", "1:00000000 2:{2:{1:00000000}}"],
  [{ kind: "verdict", verdict: { kind: "goto", chain: "c" } }, "immediate", "1:00000000 2:{2:{1:fffffffc 2:6300}}"],
  [{ kind: "verdict", verdict: { kind: "continue" } }, "immediate", "1:00000000 2:{2:{1:ffffffff}}"],
  [{ kind: "lookup", set: "s", from: 0, negated: false }, "lookup", "1:7300 2:00000001"],
  [{ kind: "lookup", set: "s", from: 0, negated: true }, "lookup", "1:7300 2:00000001 5:00000001"],
  [{ kind: "lookup", set: "m", from: 1, to: 2, negated: false }, "lookup", "1:6d00 2:00000009 3:0000000a"],
  [{ kind: "lookup", set: "v", from: 0, to: "verdict", negated: false }, "lookup", "1:7600 2:00000001 3:00000000"],
  [{ kind: "counter" }, "counter", ""],
  [
    { kind: "log", group: 5, prefix: "deny", snapLength: 128, queueThreshold: 64 },
    "log",
    "2:64656e7900 1:0005 3:00000080 4:0040",
  ],
  [{ kind: "reject", type: 2, code: 3 }, "reject", "1:00000002 2:03"],
  [{ kind: "object", type: 7, name: "t" }, "objref", "1:00000007 2:7400"],
];

describe("one instruction", () => {
  test.each(shapes)("%j", (expression, word, fields) => {
    expect(bytesOf(expression)).toBe(`1:{1:${name(word)} 2:{${fields}}}`);
    expect(readBack(expression)).toEqual(expression);
  });

  test("a set that has no name yet is found by its number", () => {
    const expression: Expression = { kind: "lookup", set: "__set%d", setId: 3, from: 0, negated: false };
    expect(bytesOf(expression)).toContain("4:00000003");
  });

  test("a foreign one is never written", () => {
    expect(() => write({ kind: "foreign", text: "limit" })).toThrow("a foreign instruction cannot be written: limit");
  });
});

test("words are named as the kernel names them", () => {
  expect(Array.from({ length: 16 }, (_, word) => registerOf(word))).toEqual([
    1, 9, 10, 11, 2, 13, 14, 15, 3, 17, 18, 19, 4, 21, 22, 23,
  ]);
  for (let word = 0; word < 16; word++) {
    const expression: Expression = { kind: "meta", key: 3, to: word };
    expect(readBack(expression)).toEqual(expression);
  }
});

describe("instructions that are not ours", () => {
  const raw = (word: string, fill: (writer: BatchWriter) => void): Expression => {
    const writer = new BatchWriter(1).begin(1, 0, 1);
    const element = writer.open(1);
    writer.text(1, word);
    const fields = writer.open(2);
    fill(writer);
    writer.close(fields).close(element).end();
    const [chunk] = writer.chunks();
    return readExpression(new DataView(chunk!.buffer, 0, chunk!.byteLength), expressionStart, chunk!.byteLength);
  };

  test.each<[string, string, (writer: BatchWriter) => void]>([
    ["an unknown name", "quota", (writer) => writer.u32(1, 5)],
    ["a ct of the answering direction", "ct", (writer) => writer.u32(2, 19).u32(1, 1).u8(3, 1)],
    ["meta without a register", "meta", (writer) => writer.u32(2, 3)],
    ["a payload that is written", "payload", (writer) => writer.u32(5, 1).u32(2, 1).u32(3, 0).u32(4, 4)],
    ["a shift", "bitwise", (writer) => writer.u32(1, 1).u32(2, 1).u32(3, 4).u32(6, 1)],
    ["a cmp without data", "cmp", (writer) => writer.u32(1, 1).u32(2, 0)],
    ["bytes swapped by twos", "byteorder", (writer) => writer.u32(1, 1).u32(2, 1).u32(3, 1).u32(4, 4).u32(5, 2)],
    ["a log by syslog", "log", (writer) => writer.u32(5, 4)],
    ["a log with flags", "log", (writer) => writer.u16(1, 5).u32(6, 1)],
    ["an object out of a map", "objref", (writer) => writer.u32(3, 1).text(4, "m")],
    ["a lookup without a set", "lookup", (writer) => writer.u32(2, 1)],
    ["no fields at all", "immediate", () => undefined],
  ])("%s", (_, word, fill) => {
    expect(raw(word, fill)).toMatchObject({ kind: "foreign", text: expect.stringMatching(new RegExp(`^${word} `)) });
  });

  test("a verdict that Merlon never gives", () => {
    const found = raw("immediate", (writer) => {
      const value = writer.u32(1, 0).open(2);
      const verdict = writer.open(2);
      writer.u32(1, 3).close(verdict).close(value);
    });
    expect(found.kind).toBe("foreign");
  });
});

test("what is cut off is a failure, whatever it is", () => {
  fc.assert(
    fc.property(fc.constantFrom(...shapes.map(([expression]) => expression)), fc.nat(80), (expression, cut) => {
      const [chunk] = write(expression).chunks();
      const end = Math.max(expressionStart, chunk!.byteLength - cut);
      const view = new DataView(chunk!.buffer, 0, end);
      try {
        readExpression(view, expressionStart, end);
      } catch (error) {
        expect(error).toMatchObject({ name: "KernelFailure" });
      }
    }),
  );
});
