// Messages and attributes as the kernel wants them, in as many chunks as it takes.

import { expect, test } from "vitest";
import { BatchWriter } from "./batch-writer.ts";
import { attributesOf, messagesIn } from "./captured-batch.ts";

test("a message has netlink's header, netfilter's header and aligned attributes", () => {
  const writer = new BatchWriter(7);
  writer.begin(0xa09, 0x601, 1, 10).u8(1, 0xab).u16(2, 0x1234).u32(3, 0x01020304);
  writer
    .text(4, "merlon")
    .bytes(5, Uint8Array.of(1, 2, 3, 4, 5))
    .end();
  const [chunk] = writer.chunks();
  expect(Buffer.from(chunk ?? []).toString("hex")).toBe(
    [
      "44000000090a01060700000000000000", // length, type, flags, sequence, port
      "0100000a", // family, version, resource
      "05000100ab000000",
      "0600020012340000",
      "0800030001020304",
      "0b0004006d65726c6f6e0000",
      "090005000102030405000000",
    ].join(""),
  );
});

test("messages are numbered one after the other, past the end of 32 bits", () => {
  const writer = new BatchWriter(0xffff_ffff);
  for (let count = 0; count < 3; count++) writer.begin(1, 0, 0).end();
  expect(messagesIn(writer.chunks()).map(({ sequence }) => sequence)).toEqual([0xffff_ffff, 0, 1]);
  expect(writer.nextSequence).toBe(2);
});

test("nested attributes know their lengths, empty ones too", () => {
  const writer = new BatchWriter(1);
  writer.begin(1, 0, 0);
  const outer = writer.open(4);
  writer.u32(1, 2);
  const inner = writer.open(2);
  writer.text(1, "a").close(inner).close(writer.open(3)).close(outer).end();
  const [message] = messagesIn(writer.chunks());
  expect(message === undefined ? "" : attributesOf(message)).toBe("4:{1:00000002 2:{1:6100} 3:{}}");
});

test("what was rewound is as if it had not been written", () => {
  const writer = new BatchWriter(1);
  writer.begin(1, 0, 0).u32(1, 5);
  const before = writer.position;
  writer.u32(2, 0xffff_ffff).text(3, "gone").rewind(before);
  writer.u8(4, 1).end();
  const [message] = messagesIn(writer.chunks());
  expect(message === undefined ? "" : attributesOf(message)).toBe("1:00000005 4:01");
});

test("room for a value is zero and is filled in place", () => {
  const writer = new BatchWriter(1);
  writer.begin(1, 0, 0);
  const at = writer.reserve(1, 6);
  writer.memory.setUint16(at + 2, 0xbeef);
  writer.end();
  const [message] = messagesIn(writer.chunks());
  expect(message === undefined ? "" : attributesOf(message)).toBe("1:0000beef0000");
});

test("a flag is added to the last message only", () => {
  const writer = new BatchWriter(1);
  writer.begin(1, 0x1, 0).end();
  writer.begin(1, 0x1, 0).end();
  writer.addFlag(0x4);
  expect(messagesIn(writer.chunks()).map(({ flags }) => flags)).toEqual([1, 5]);
});

test("many messages go into several chunks, none of them across two", () => {
  const writer = new BatchWriter(1);
  const value = new Uint8Array(50_000).fill(7);
  for (let count = 0; count < 200; count++) writer.begin(1, 0, 0).bytes(1, value).end();
  const chunks = writer.chunks();
  expect(chunks.length).toBeGreaterThan(2);
  expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(writer.lengthBytes);
  const messages = messagesIn(chunks);
  expect(messages).toHaveLength(200);
  expect(messages.every(({ start, end }) => end - start === 4 + 4 + value.length)).toBe(true);
});

test("a list that 16 bits cannot measure and a name that no object may have are mistakes of ours", () => {
  const writer = new BatchWriter(1).begin(1, 0, 0);
  const list = writer.open(1);
  writer.bytes(1, new Uint8Array(65_530)).u32(1, 1);
  expect(() => writer.close(list)).toThrow("a netlink attribute of 65548 bytes was built");
  expect(() => writer.text(1, "x".repeat(256))).toThrow("a name of more than 255 bytes");
  expect(() => new BatchWriter(1).begin(1, 0, 0).text(1, "ü".repeat(128))).toThrow("a name of more than 255 bytes");
});
