// Values in the kernel's registers and back.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NftType, NftValue } from "@merlon/compiler/nft/program.ts";
import {
  decrement,
  increment,
  layoutOf,
  readRange,
  readValue,
  typeNumber,
  typeOfNumber,
  typesOf,
  writeValue,
} from "./key-layout.ts";

const number = (value: number): NftValue => ({ kind: "number", value });
const text = (value: string): NftValue => ({ kind: "text", value });
const ipv4 = (value: number): NftValue => ({ kind: "addresses", range: { family: 4, first: value, last: value } });
const ipv6 = (value: bigint): NftValue => ({ kind: "addresses", range: { family: 6, first: value, last: value } });

function bytesOf(
  types: readonly NftType[],
  interval: boolean,
  values: readonly NftValue[],
  end: "first" | "last" = "first",
): string {
  const layout = layoutOf(types, interval);
  const view = new DataView(new ArrayBuffer(layout.lengthBytes));
  for (const [index, field] of layout.fields.entries()) writeValue(view, 0, field, values[index] ?? expect.fail(), end);
  return Buffer.from(view.buffer).toString("hex");
}

describe("bytes of a key", () => {
  test.each<[string, readonly NftType[], boolean, readonly NftValue[], string]>([
    ["an address", ["ipv4_addr"], false, [ipv4(0xc000_0201)], "c0000201"],
    ["an IPv6 address", ["ipv6_addr"], true, [ipv6(0x2001_0db8n << 96n)], "20010db8000000000000000000000000"],
    ["a mark as the machine has it", ["mark"], false, [number(0x10)], "10000000"],
    ["a mark among intervals", ["mark"], true, [number(0x10)], "00000010"],
    ["a word", ["word"], false, [number(0x10)], "00000010"],
    ["a word among intervals", ["word"], true, [number(0xffff_fffe)], "fffffffe"],
    ["a port", ["inet_service"], false, [number(80)], "0050"],
    ["a protocol", ["inet_proto"], false, [number(6)], "06"],
    ["an ICMP type", ["icmp_type"], false, [number(8)], "08"],
    ["an interface", ["ifname"], false, [text("eth0")], "65746830000000000000000000000000"],
    [
      "a concatenation",
      ["inet_proto", "inet_service", "mark"],
      false,
      [number(6), number(80), number(1)],
      "060000000050000001000000",
    ],
    [
      "two interfaces",
      ["ifname", "ifname"],
      false,
      [text("a"), text("é")],
      `61${"00".repeat(15)}c3a9${"00".repeat(14)}`,
    ],
  ])("%s", (_, types, interval, values, hex) => {
    expect(bytesOf(types, interval, values)).toBe(hex);
  });

  test("both ends of a range", () => {
    const range: NftValue = { kind: "numbers", first: 80, last: 90 };
    expect([bytesOf(["inet_service"], true, [range]), bytesOf(["inet_service"], true, [range], "last")]).toEqual([
      "0050",
      "005a",
    ]);
  });

  test("an interface whose name does not fit is a mistake of ours", () => {
    expect(() => bytesOf(["ifname"], false, [text("a".repeat(16))])).toThrow("longer than 15 bytes");
  });
});

describe("types by nft's numbers", () => {
  test.each<[readonly NftType[], number]>([
    [["ipv4_addr"], 7],
    [["mark"], 19],
    [["ifname", "ifname"], 41 * 64 + 41],
    [["ipv4_addr", "inet_service"], 7 * 64 + 13],
    [["mark", "mark", "mark", "mark"], ((19 * 64 + 19) * 64 + 19) * 64 + 19],
  ])("%j", (types, nftNumber) => {
    expect(layoutOf(types, false).nftNumber).toBe(nftNumber);
    expect(typesOf(nftNumber)).toEqual(types);
  });

  test.each([0, 9, 7 * 64 + 9, 0xffff_ff00])("%d is not ours", (nftNumber) => {
    expect(typesOf(nftNumber)).toBeUndefined();
  });

  test("a word looks like an address to nft, and has a number of its own for us", () => {
    expect(typesOf(layoutOf(["word"], false).nftNumber)).toEqual(["ipv4_addr"]);
    expect(typeOfNumber(typeNumber("word"))).toBe("word");
  });
});

const anyValueOf: Readonly<Record<NftType, fc.Arbitrary<NftValue>>> = {
  ipv4_addr: fc.nat(0xffff_ffff).map(ipv4),
  ipv6_addr: fc.bigInt(0n, (1n << 128n) - 1n).map(ipv6),
  inet_service: fc.nat(65_535).map(number),
  ifname: fc.stringMatching(/^[a-z0-9@.]{1,15}$/).map(text),
  mark: fc.nat(0xffff_ffff).map(number),
  inet_proto: fc.nat(255).map(number),
  icmp_type: fc.nat(255).map(number),
  word: fc.nat(0xffff_ffff).map(number),
};
const anyKey = fc
  .array(fc.constantFrom(...(Object.keys(anyValueOf) as NftType[])), { minLength: 1, maxLength: 4 })
  .chain((types) => fc.tuple(fc.constant(types), fc.tuple(...types.map((type) => anyValueOf[type])), fc.boolean()));

test("what is written is read", () => {
  fc.assert(
    fc.property(anyKey, ([types, values, interval]) => {
      const layout = layoutOf(types, interval);
      const view = new DataView(new ArrayBuffer(layout.lengthBytes));
      for (const [index, field] of layout.fields.entries()) writeValue(view, 0, field, values[index]!, "first");
      expect(layout.fields.map((field) => readValue(view, 0, field))).toEqual(values);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["no zero at the end", "61".repeat(16)],
  ["something behind the zero", `6100620000000000${"00".repeat(8)}`],
  ["a quote", `6122${"00".repeat(14)}`],
  ["no text", `ff${"00".repeat(15)}`],
])("the name of an interface with %s is not ours", (_, hex) => {
  const bytes = Buffer.from(hex, "hex");
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const [field] = layoutOf(["ifname"], false).fields;
  expect(field === undefined ? 0 : readRange(view, 0, view, 0, field)).toBeUndefined();
});

test.each([
  ["00", "01", true],
  ["00ff", "0100", true],
  ["00ffffff", "01000000", true],
  ["ff", "00", false],
  ["ffffffffffffffff", "0000000000000000", false],
])("one more than %s is %s", (before, after, fits) => {
  const bytes = Buffer.from(before, "hex");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  expect(increment(view, 0, bytes.length)).toBe(fits);
  expect(bytes.toString("hex")).toBe(after);
  decrement(view, 0, bytes.length);
  expect(bytes.toString("hex")).toBe(before);
});
