// Sets and elements as messages, and the same messages read: the kernel gives them back as they were sent, in an order of
// its own.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalTable, sameSet } from "@merlon/compiler/nft/canonical-table.ts";
import { packedSet } from "@merlon/compiler/nft/fixed-set.ts";
import { RowWriter, rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { NftElement, NftSet, NftType, NftValue } from "@merlon/compiler/nft/program.ts";
import { anySet } from "./arbitrary-nf-table.ts";
import { BatchWriter } from "./batch-writer.ts";
import { attributesOf, messagesIn } from "./captured-batch.ts";
import { AnonymousReader, ElementReader, RowReader } from "./read-elements.ts";
import { readSet } from "./read-set.ts";
import { shapeOf, writeElements, writeRows, writeSet } from "./write-set.ts";

const number = (value: number): NftValue => ({ kind: "number", value });
const numbers = (first: number, last: number): NftValue => ({ kind: "numbers", first, last });
const ipv4 = (first: number, last = first): NftValue => ({ kind: "addresses", range: { family: 4, first, last } });
const base: NftSet = { name: "s", key: ["mark"], interval: false, counter: false, elements: [] };

function written(set: NftSet, how: "add" | "delete" = "add") {
  const writer = new BatchWriter(1);
  const starts: number[] = [];
  writeElements(writer, shapeOf(set), set.elements, how, (first) => starts.push(first));
  return { messages: messagesIn(writer.chunks()), starts };
}

function readBack(set: NftSet) {
  const reader = new ElementReader({ ...set, elements: [] });
  for (const message of written(set).messages) reader.visit(message);
  return reader.result();
}

function head(set: NftSet, anonymous = false) {
  const writer = new BatchWriter(1);
  writeSet(writer, set, 1, anonymous);
  const [message] = messagesIn(writer.chunks());
  return message ?? expect.fail("no message");
}

describe("the head of a set", () => {
  // As nft 1.0.6 writes it for the same declaration, without an order of its own.
  test.each<[string, NftSet, string]>([
    [
      "an interval set",
      { ...base, key: ["ipv4_addr"], interval: true },
      "3:00000004 4:00000007 5:00000004 10:00000001 13:000402000000",
    ],
    [
      "a counting set",
      { ...base, counter: true },
      "3:00000000 4:00000013 5:00000004 10:00000001 13:000401000000 17:{1:636f756e74657200 2:{}}",
    ],
    [
      "a verdict map",
      { ...base, key: ["ifname", "ifname"], data: "verdict" },
      "3:00000008 4:00000a69 5:00000020 6:ffffff00 7:00000010 10:00000001 13:000400000000",
    ],
    [
      "a map of a fixed size",
      { ...base, data: ["mark"], size: 10 },
      "3:00000008 4:00000013 5:00000004 6:00000013 7:00000004 10:00000001 9:{1:0000000a} 13:000401000000010401000000",
    ],
    [
      "an interval in each field",
      { ...base, key: ["ipv4_addr", "inet_service"], interval: "each-field" },
      "3:00000084 4:000001cd 5:00000008 10:00000001 9:{2:{1:{1:00000004} 1:{1:00000002}}} 13:000400000000",
    ],
  ])("%s", (_, set, expected) => {
    expect(attributesOf(head(set))).toBe(`1:6d65726c6f6e00 2:7300 ${expected}`);
  });

  test("is read back, without its elements", () => {
    fc.assert(
      fc.property(anySet, (set) => {
        const found = readSet(head(set));
        expect(found.set).toEqual({ ...set, elements: [] });
        expect([found.table, found.anonymous]).toEqual(["merlon", false]);
      }),
    );
  });

  test("of a rule's own is anonymous and constant", () => {
    const message = head(base, true);
    expect(attributesOf(message)).toContain("3:00000003");
    expect(readSet(message).anonymous).toBe(true);
  });

  test("that is not ours is never written", () => {
    expect(() => head({ ...base, foreign: "timeout" })).toThrow("set s is not ours and cannot be written");
  });

  test.each<[string, (writer: BatchWriter) => void, string]>([
    ["a timeout", (writer) => writer.u32(3, 0x10).u32(4, 19).u32(5, 4), "key type 19 of 4 bytes, timeout"],
    ["a type of its own", (writer) => writer.u32(3, 0).u32(4, 9).u32(5, 6), "key type 9 of 6 bytes"],
    ["a length that its type has not", (writer) => writer.u32(3, 0).u32(4, 19).u32(5, 8), "key type 19 of 8 bytes"],
    ["objects", (writer) => writer.u32(3, 0x48).u32(4, 19).u32(5, 4).u32(15, 1), "key type 19 of 4 bytes, map, object"],
    [
      "another expression",
      (writer) => {
        const expression = writer.u32(3, 0).u32(4, 19).u32(5, 4).open(17);
        writer.text(1, "limit").close(expression);
      },
      "key type 19 of 4 bytes",
    ],
  ])("a set with %s is foreign", (_, fill, foreign) => {
    const writer = new BatchWriter(1).begin(0xa09, 0, 1).text(1, "merlon").text(2, "theirs");
    fill(writer);
    writer.end();
    expect(readSet(messagesIn(writer.chunks())[0]!).set).toMatchObject({ name: "theirs", elements: [], foreign });
  });

  test("the set of another family's table is none of ours", () => {
    const writer = new BatchWriter(1).begin(0xa09, 0, 2).text(1, "merlon").text(2, "theirs").u32(4, 19).u32(5, 4);
    writer.end();
    expect(readSet(messagesIn(writer.chunks())[0]!).table).toBe("");
  });
});

describe("elements", () => {
  const keyOf = (hex: string): string => `1:{1:${hex}}`;
  const endOf = (hex: string): string => `3:00000001 1:{1:${hex}}`;
  test.each<[string, Omit<NftSet, "name" | "counter">, readonly string[]]>([
    ["marks", { key: ["mark"], interval: false, elements: [{ key: [number(16)] }] }, [keyOf("10000000")]],
    [
      "a verdict",
      {
        key: ["mark"],
        data: "verdict",
        interval: false,
        elements: [{ key: [number(1)], data: { kind: "goto", chain: "c" } }],
      },
      [`${keyOf("01000000")} 2:{2:{1:fffffffc 2:6300}}`],
    ],
    [
      "words",
      {
        key: ["mark"],
        data: ["mark", "word"],
        interval: false,
        elements: [{ key: [number(1)], data: [number(2), number(3)] }],
      },
      [`${keyOf("01000000")} 2:{1:0200000000000003}`],
    ],
    [
      "whatever is left",
      { key: ["mark"], data: ["mark"], interval: false, elements: [{ key: "rest", data: [number(2)] }] },
      ["3:00000002 2:{1:02000000}"],
    ],
    [
      "an interval and its end",
      { key: ["ipv4_addr"], interval: true, elements: [{ key: [ipv4(0x0a00_0000, 0x0aff_ffff)] }] },
      [keyOf("0a000000"), endOf("0b000000")],
    ],
    [
      "an interval to the end of all addresses",
      { key: ["ipv4_addr"], interval: true, elements: [{ key: [ipv4(0xe000_0000, 0xffff_ffff)] }] },
      [keyOf("e0000000")],
    ],
    [
      "intervals side by side",
      { key: ["word"], interval: true, elements: [{ key: [numbers(1, 5)] }, { key: [numbers(6, 7)] }] },
      [keyOf("00000001"), endOf("00000006"), keyOf("00000006"), endOf("00000008")],
    ],
    [
      "two words as one number",
      { key: ["word", "word"], interval: "whole-key", elements: [{ key: [numbers(1, 2), numbers(5, 0xffff_ffff)] }] },
      [keyOf("0000000100000005"), endOf("0000000300000000")],
    ],
    [
      "a range in each field",
      {
        key: ["ipv4_addr", "inet_service"],
        interval: "each-field",
        elements: [{ key: [ipv4(1, 2), numbers(80, 90)] }],
      },
      ["1:{1:0000000100500000} 10:{1:00000002005a0000}"],
    ],
  ])("%s", (_, set, expected) => {
    const { messages } = written({ name: "s", counter: false, ...set });
    const [message] = messages;
    expect(message === undefined ? "" : attributesOf(message)).toBe(
      `1:6d65726c6f6e00 2:7300 3:{${expected.map((element) => `1:{${element}}`).join(" ")}}`,
    );
  });

  test("what is deleted needs no data", () => {
    const set: NftSet = { ...base, data: ["mark"], elements: [{ key: [number(1)], data: [number(2)] }] };
    const { messages } = written(set, "delete");
    expect(messages.map((message) => [message.type, attributesOf(message)])).toEqual([
      [0xa0e, "1:6d65726c6f6e00 2:7300 3:{1:{1:{1:01000000}}}"],
    ]);
  });

  test("what is written is read", () => {
    fc.assert(
      fc.property(anySet, (set) => {
        const found = readBack(set);
        expect(found.foreign).toBeUndefined();
        expect(sameSet({ ...set, ...found }, set)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("many elements go in several messages, each of which fits in 16 bits", () => {
    const elements = Array.from({ length: 10_000 }, (_, index): NftElement => ({ key: [number(index)] }));
    const { messages, starts } = written({ ...base, elements });
    expect(messages.length).toBeGreaterThan(2);
    expect(messages.every(({ start, end }) => end - start < 65_536)).toBe(true);
    expect(starts[0]).toBe(0);
    expect(starts.length).toBe(messages.length);
    expect(readBack({ ...base, elements }).elements).toEqual(elements);
  });

  test("an element of another shape than its set is a mistake of ours", () => {
    expect(() => written({ ...base, elements: [{ key: [number(1), number(2)] }] })).toThrow(
      "2 values where its set has 1",
    );
  });
});

describe("elements that Merlon never writes", () => {
  const foreignOf = (set: Partial<NftSet>, fill: (writer: BatchWriter) => void): string | undefined => {
    const writer = new BatchWriter(1).begin(0xa0c, 0, 1);
    const list = writer.open(3);
    const element = writer.open(1);
    fill(writer);
    writer.close(element).close(list).end();
    const reader = new ElementReader({ ...base, ...set });
    for (const message of messagesIn(writer.chunks())) reader.visit(message);
    return reader.result().foreign;
  };
  const key = (writer: BatchWriter, ...bytes: number[]): BatchWriter => {
    const start = writer.open(1);
    return writer.bytes(1, Uint8Array.from(bytes)).close(start);
  };

  test.each<[string, Partial<NftSet>, (writer: BatchWriter) => void, RegExp]>([
    [
      "a comment",
      {},
      (writer) => key(writer, 1, 0, 0, 0).bytes(6, Buffer.from("00056d696e6500", "hex")),
      /has the comment "mine"/,
    ],
    ["a timeout", {}, (writer) => key(writer, 1, 0, 0, 0).bytes(4, new Uint8Array(8)), /has a timeout/],
    ["an object", {}, (writer) => key(writer, 1, 0, 0, 0).text(9, "o"), /has an object/],
    ["an expression", {}, (writer) => key(writer, 1, 0, 0, 0).bytes(7, new Uint8Array(0)), /has an expression/],
    [
      "several expressions",
      { counter: true },
      (writer) => key(writer, 1, 0, 0, 0).bytes(11, new Uint8Array(0)),
      /has expressions/,
    ],
    ["no key", {}, (writer) => writer.u32(3, 0), /has no key/],
    ["a key of another length", {}, (writer) => key(writer, 1, 0), /has no key/],
    ["no data", { data: ["mark"] }, (writer) => key(writer, 1, 0, 0, 0), /leads to what Merlon never writes/],
    [
      "an interface's name that is none",
      { key: ["ifname"] },
      (writer) => key(writer, ...Array<number>(16).fill(97)),
      /a key that Merlon never writes/,
    ],
  ])("%s", (_, set, fill, expected) => {
    expect(foreignOf(set, fill)).toMatch(expected);
  });

  test("a counter is no part of a set that counts", () => {
    expect(
      foreignOf({ counter: true }, (writer) => key(writer, 1, 0, 0, 0).bytes(7, new Uint8Array(0))),
    ).toBeUndefined();
  });
});

describe("the set of a rule", () => {
  test("its keys are bytes, whatever the order they come in", () => {
    const set: NftSet = {
      ...base,
      key: ["inet_service"],
      interval: true,
      elements: [{ key: [numbers(80, 90)] }, { key: [number(22)] }],
    };
    const reader = new AnonymousReader(true, 2);
    for (const message of written(set).messages) reader.visit(message);
    const ranges = reader.result()?.ranges.map((pair) => pair.map((bytes) => Buffer.from(bytes).toString("hex")));
    expect(ranges).toEqual([
      ["0016", "0016"],
      ["0050", "005a"],
    ]);
  });

  test("data make it foreign", () => {
    const set: NftSet = { ...base, data: ["mark"], elements: [{ key: [number(1)], data: [number(1)] }] };
    const reader = new AnonymousReader(false, 4);
    for (const message of written(set).messages) reader.visit(message);
    expect(reader.result()).toBeUndefined();
  });
});

test("the canonical form of a set does not mind how it came", () => {
  fc.assert(
    fc.property(anySet, (set) => {
      const table = (sets: readonly NftSet[]) => canonicalTable({ family: "inet", name: "merlon", sets, chains: [] });
      expect(table([{ ...set, elements: set.elements.toReversed() }])).toEqual(table([set]));
    }),
    { numRuns: 50 },
  );
});

describe("rows", () => {
  const shapes: readonly (readonly [key: readonly NftType[], data: readonly NftType[], keyWords: number])[] = [
    [["ipv4_addr"], ["mark", "mark"], 1],
    [["ipv6_addr"], ["mark", "mark"], 4],
    [["mark", "word"], ["word"], 2],
    [["inet_proto", "inet_service"], ["mark", "mark", "word"], 2],
    [["inet_service"], [], 1],
    [["inet_proto"], ["word"], 1],
  ];

  const setOf = ([key, data, keyWords]: (typeof shapes)[number], keys: readonly number[], rest: boolean): NftSet => {
    const writer = new RowWriter(keyWords, data.length);
    for (const seed of keys) {
      for (let word = 0; word < keyWords; word++) {
        const type = key[word] ?? "word";
        writer.push(type === "inet_proto" ? seed & 0xff : type === "inet_service" ? seed & 0xffff : seed >>> word);
      }
      for (let word = 0; word < data.length; word++) writer.push((seed ^ 0x1234_5678) >>> word);
    }
    return packedSet("r", key, data, writer.rows(rest && data.length > 0 ? data.map((_, at) => at + 7) : undefined));
  };

  const writtenRows = (set: NftSet) => {
    const writer = new BatchWriter(1);
    const starts: number[] = [];
    writeRows(writer, shapeOf(set), rowsOf(set) ?? expect.fail("no rows"), (first) => starts.push(first));
    return { messages: messagesIn(writer.chunks()), starts };
  };

  const anyCase = fc.tuple(fc.constantFrom(...shapes), fc.uniqueArray(fc.nat(255), { maxLength: 40 }), fc.boolean());

  test("are read as the elements that they stand for, and back as rows", () => {
    fc.assert(
      fc.property(anyCase, ([shape, keys, rest]) => {
        const set = setOf(shape, keys, rest);
        const { data: _, ...plainHead } = set;
        const bare: NftSet = shape[1].length === 0 ? { ...plainHead, elements: [] } : { ...set, elements: [] };
        const [elements, rows] = [new ElementReader(bare), new RowReader(bare)];
        for (const message of writtenRows(set).messages) {
          elements.visit(message);
          rows.visit(message);
        }
        expect(elements.result().foreign).toBeUndefined();
        const found = rows.result() ?? expect.fail("no rows");
        expect(rowsOf(found)).toBeDefined();
        expect(sameSet({ ...found, elements: elements.result().elements }, found)).toBe(true);
        if (shape[1].length > 0) expect(sameSet(found, set)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("are written byte for byte as their elements", () => {
    fc.assert(
      fc.property(anyCase, ([shape, keys]) => {
        const set = setOf(shape, keys, false);
        const bytes = (messages: ReturnType<typeof messagesIn>) =>
          messages.map(({ view, start, end }) => Buffer.from(view.buffer, view.byteOffset + start, end - start));
        if (keys.length === 0 || shape[1].length === 0) return;
        expect(bytes(writtenRows(set).messages)).toEqual(bytes(written({ ...set, elements: set.elements }).messages));
      }),
      { numRuns: 100 },
    );
  });

  test("many rows take several messages, each of which says where it begins", () => {
    const set = setOf(
      shapes[0] ?? expect.fail("no shape"),
      Array.from({ length: 5_000 }, (_, at) => at),
      true,
    );
    const { messages, starts } = writtenRows(set);
    expect(messages.length).toBe(starts.length);
    expect(starts.length).toBeGreaterThan(2);
    for (const { start, end } of messages) expect(end - start).toBeLessThan(65_536);
    expect(starts.at(-1)).toBe(5_000);
  });

  test.each<[string, NftSet, boolean]>([
    ["numbers", base, true],
    ["names of devices", { ...base, key: ["ifname"] }, false],
    ["verdicts", { ...base, data: "verdict" }, false],
    ["intervals", { ...base, interval: true }, false],
    ["counters", { ...base, counter: true }, false],
    ["what is not ours", { ...base, foreign: "strange" }, false],
  ])("%s", (_, set, fits) => {
    expect(RowReader.fits(set)).toBe(fits);
  });

  test("an element that says more than a row can hold makes the whole set one of elements", () => {
    const counting: NftSet = { ...base, key: ["ipv4_addr"], interval: true, elements: [{ key: [ipv4(1, 9)] }] };
    const reader = new RowReader({ ...base, elements: [] });
    for (const message of written(counting).messages) reader.visit(message);
    // The end of an interval is flagged; as a row it would be a key of its own.
    expect(reader.result()).toBeUndefined();
  });
});
