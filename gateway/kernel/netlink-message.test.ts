// The writer and the readers of netlink messages: laws over random attribute trees, tables of broken messages.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KernelFailure } from "./kernel.ts";
import {
  AttributeTable,
  MessageWriter,
  readAttributes,
  readErrno,
  readErrorOffset,
  readErrorText,
  readMessages,
} from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";

function messagesIn(bytes: Uint8Array): NetlinkMessage[] {
  const found: NetlinkMessage[] = [];
  const copy = bytes.slice();
  readMessages(new DataView(copy.buffer), 0, copy.length, (message) => found.push(message));
  return found;
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

describe("what is written is read", () => {
  test("any messages with any attributes, in one datagram", () => {
    const attributes = fc.dictionary(fc.integer({ min: 1, max: 30 }).map(String), fc.uint8Array({ maxLength: 70 }));
    const message = fc.record({
      type: fc.nat(0xffff),
      flags: fc.nat(0xffff),
      sequence: fc.nat(0xffffffff),
      attributes,
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (wanted) => {
        const writer = new MessageWriter();
        for (const { type, flags, sequence, attributes: payload } of wanted) {
          writer.begin(type, flags, sequence).netfilterHeader(2, 77);
          for (const [number, bytes] of Object.entries(payload)) writer.attribute(Number(number), bytes);
        }
        const found = messagesIn(writer.take());
        expect(found).toHaveLength(wanted.length);
        for (const [index, { type, flags, sequence, attributes: payload }] of wanted.entries()) {
          const read = found[index] as NetlinkMessage;
          expect([read.type, read.flags, read.sequence]).toEqual([type, flags, sequence]);
          const table = new AttributeTable("test", 30);
          table.read(read.view, read.start + 4, read.end);
          for (let number = 0; number <= 30; number++) expect(table.bytes(number)).toEqual(payload[String(number)]);
        }
      }),
    );
  });

  test("numbers of every width and order, texts and nests", () => {
    const writer = new MessageWriter();
    writer.begin(1, 2, 3).attributeU8(1, 0xab).attributeU16be(2, 0xabcd).attributeU32be(3, 0x89abcdef);
    writer
      .attributeU32(4, 0x89abcdef)
      .attributeText(5, "mörlon")
      .nested(6, () => {
        writer.nested(7, () => writer.attributeU8(1, 9)).attributeU8(2, 8);
      });
    writer.attribute(8, fromHex("00000001 00000002")).attribute(9, fromHex("20010db8000000000000000000000001"));
    const message = messagesIn(writer.take())[0] as NetlinkMessage;
    const [outer, middle, inner] = [new AttributeTable("a", 9), new AttributeTable("b", 9), new AttributeTable("c", 9)];
    outer.read(message.view, message.start, message.end);
    expect(outer.u8(1)).toBe(0xab);
    expect(outer.u16be(2)).toBe(0xabcd);
    expect(outer.u32be(3)).toBe(0x89abcdef);
    expect(outer.u32(4)).toBe(0x89abcdef);
    expect(outer.text(5)).toBe("mörlon");
    expect(outer.u64be(8)).toBe(2 ** 32 + 2);
    expect(outer.bigU64be(8)).toBe(2n ** 32n + 2n);
    expect(outer.u128be(9)).toBe(0x20010db8000000000000000000000001n);
    expect(outer.readNested(6, middle)).toBe(true);
    expect(middle.readNested(7, inner)).toBe(true);
    expect(inner.u8(1)).toBe(9);
    expect(middle.u8(2)).toBe(8);
    expect(outer.readNested(7, inner)).toBe(false);
    expect([outer.u8(7), outer.u16be(7), outer.u32(7), outer.u64be(7), outer.text(7)]).toEqual(
      Array(5).fill(undefined),
    );
  });

  test("a taken writer starts afresh, without bytes of the message before", () => {
    const writer = new MessageWriter();
    writer.begin(1, 1, 1).attribute(1, new Uint8Array(900).fill(0xff));
    writer.take();
    const bytes = writer.begin(2, 0, 0).attributeU8(1, 1).take();
    expect(Buffer.from(bytes).toString("hex")).toBe("18000000020000000000000000000000" + "0500010001000000");
  });

  test("a request has a limit", () => {
    const writer = new MessageWriter().begin(1, 1, 1);
    expect(() => {
      for (let count = 0; count < 100; count++) writer.attribute(1, new Uint8Array(1_000));
    }).toThrow("more than 65536 bytes");
  });

  test("the last of two attributes with one number counts, as in the kernel", () => {
    const message = messagesIn(
      new MessageWriter().begin(1, 0, 0).attributeU8(1, 1).attributeU8(1, 2).take(),
    )[0] as NetlinkMessage;
    const table = new AttributeTable("test", 1);
    table.read(message.view, message.start, message.end);
    expect(table.u8(1)).toBe(2);
  });
});

describe("broken datagrams", () => {
  test.each([
    ["a header cut off", "14000000 0000 0000", "its header is cut off"],
    ["a length of nothing", "00000000 0000 0000 00000000 00000000", "it claims 0 bytes where 16 are left"],
    ["a length beyond the end", "15000000 0000 0000 00000000 00000000 ", "it claims 21 bytes where 16 are left"],
    ["a length that would wrap", "ffffffff 0000 0000 00000000 00000000", "it claims 4294967295 bytes"],
    ["bytes behind the last", "10000000 0000 0000 00000000 00000000 0100", "its header is cut off"],
  ])("%s", (_, hex, why) => {
    expect(() => messagesIn(fromHex(hex))).toThrow(KernelFailure);
    expect(() => messagesIn(fromHex(hex))).toThrow(why);
  });

  test.each([
    ["an attribute header cut off", "0800 0100 00000000 0400", "an attribute's header is cut off"],
    ["an attribute without room for its header", "0300 0100", "claims 3 bytes where 4 are left"],
    ["an attribute beyond the end", "0900 0100 00000000", "claims 9 bytes where 8 are left"],
  ])("%s", (_, hex, why) => {
    const bytes = fromHex(hex);
    expect(() => new AttributeTable("test", 3).read(new DataView(bytes.buffer), 0, bytes.length)).toThrow(why);
  });

  test("an attribute shorter than its type is refused when it is asked for", () => {
    const bytes = fromHex("0600 0100 0102 0000");
    const table = new AttributeTable("test message", 3);
    table.read(new DataView(bytes.buffer), 0, bytes.length);
    expect(table.u16be(1)).toBe(0x0102);
    expect(() => table.u32be(1)).toThrow("malformed test message: attribute 1 has 2 bytes where 4 are needed");
  });

  test("padding of the last attribute may be missing", () => {
    const bytes = fromHex("0500 0100 07");
    const table = new AttributeTable("test", 3);
    table.read(new DataView(bytes.buffer), 0, bytes.length);
    expect(table.u8(1)).toBe(7);
  });

  test("random datagrams give messages inside their bounds or a failure", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          for (const message of messagesIn(bytes)) {
            expect(message.start).toBeLessThanOrEqual(message.end);
            expect(message.end).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(KernelFailure);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("errors", () => {
  test.each([
    ["success", 2, "00000000", 0],
    ["EEXIST", 2, "efffffff", 17],
    ["the end of a dump", 3, "00000000", 0],
    ["the end of a dump without a body", 3, "", 0],
  ])("%s", (_, type, body, expected) => {
    const message = messagesIn(new MessageWriter().begin(type, 0, 1).raw(fromHex(body)).take())[0] as NetlinkMessage;
    expect(readErrno(message)).toBe(expected);
  });

  test("an error without a number is malformed", () => {
    const message = messagesIn(new MessageWriter().begin(2, 0, 1).take())[0] as NetlinkMessage;
    expect(() => readErrno(message)).toThrow("carries no error number");
  });

  test("the kernel's sentence", () => {
    const extendedAcknowledgement = 0x200;
    const write = (flags: number): NetlinkMessage =>
      messagesIn(
        new MessageWriter()
          .begin(2, flags, 1)
          .raw(new Uint8Array(20))
          .attributeText(1, "Nexthop has invalid gateway")
          .take(),
      )[0] as NetlinkMessage;
    expect(readErrorText(write(extendedAcknowledgement))).toBe("Nexthop has invalid gateway");
    expect(readErrorText(write(0))).toBe("");
  });

  test("the place of what the kernel did not take", () => {
    const writer = new MessageWriter().begin(2, 0x200, 1).raw(new Uint8Array(20));
    const [message] = messagesIn(writer.attributeU32(2, 48).take());
    expect(message === undefined ? 0 : readErrorOffset(message)).toBe(48);
    const [plain] = messagesIn(new MessageWriter().begin(2, 0, 1).raw(new Uint8Array(20)).take());
    expect(plain === undefined ? 0 : readErrorOffset(plain)).toBeUndefined();
  });
});

describe("a list of attributes", () => {
  const walk = (hex: string): readonly (readonly [number, string])[] => {
    const bytes = fromHex(hex);
    const view = new DataView(bytes.buffer);
    const found: (readonly [number, string])[] = [];
    readAttributes(view, 0, bytes.length, "test list", (type, start, end) => {
      found.push([type, Buffer.from(bytes.subarray(start, end)).toString("hex")]);
    });
    return found;
  };

  test("of one type, flags left out, padding passed over", () => {
    expect(walk("0500 0180 ab000000 0800 0180 01020304 0400 0100")).toEqual([
      [1, "ab"],
      [1, "01020304"],
      [1, ""],
    ]);
  });

  test.each([
    ["a header that is cut off", "0500"],
    ["more than there is", "0900 0100 01020304"],
    ["less than a header", "0300 0100"],
  ])("%s", (_, hex) => {
    expect(() => walk(hex)).toThrow("the kernel sent a malformed test list");
  });
});
