// Random sets, elements and register instructions for laws over the kernel's messages: everything that our writer can
// write and the kernel takes.

import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { jsonText } from "@merlon/model/json-text.ts";
import type { NftElement, NftInstruction, NftLoad, NftSet, NftType, NftValue } from "@merlon/compiler/nft/program.ts";

const number = (value: number): NftValue => ({ kind: "number", value });
const pool = { word: 0xffff_ffff, port: 65_535, byte: 255 } as const;

function numbers(max: number): Arbitrary<number> {
  return fc.oneof(fc.nat(12), fc.nat(max), fc.constantFrom(0, max, max - 1));
}

/** A value of the type that is one point. */
export const anyPoint: Readonly<Record<NftType, Arbitrary<NftValue>>> = {
  ipv4_addr: numbers(pool.word).map((value) => ({
    kind: "addresses",
    range: { family: 4, first: value, last: value },
  })),
  ipv6_addr: fc
    .bigInt(0n, (1n << 128n) - 1n)
    .map((value) => ({ kind: "addresses", range: { family: 6, first: value, last: value } })),
  inet_service: numbers(pool.port).map(number),
  ifname: fc.stringMatching(/^[a-z0-9@.]{1,15}$/).map((value) => ({ kind: "text", value })),
  mark: numbers(pool.word).map(number),
  inet_proto: numbers(pool.byte).map(number),
  icmp_type: numbers(pool.byte).map(number),
  word: numbers(pool.word).map(number),
};

const types = Object.keys(anyPoint) as readonly NftType[];
const anyTypes = (count: number): Arbitrary<readonly NftType[]> =>
  fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: count });

type Data = NftSet["data"];
const anyData: Arbitrary<Data> = fc.oneof(
  fc.constant(undefined),
  fc.constant("verdict" as const),
  fc.array(fc.constantFrom<NftType>("mark", "word"), { minLength: 1, maxLength: 4 }),
);

function dataOf(data: Data): Arbitrary<NftElement["data"]> {
  if (data === undefined) return fc.constant(undefined);
  if (data !== "verdict") return fc.tuple(...data.map((type) => anyPoint[type]));
  return fc.oneof(
    fc
      .constantFrom("accept" as const, "drop" as const, "return" as const, "continue" as const)
      .map((kind) => ({ kind })),
    fc.constantFrom("jump" as const, "goto" as const).map((kind) => ({ kind, chain: "c" })),
  );
}

function elementOf(key: NftElement["key"], data: NftElement["data"]): NftElement {
  return data === undefined ? { key } : { key, data };
}

/** A hash set or map. */
const anyHash: Arbitrary<NftSet> = fc
  .tuple(anyTypes(4), anyData, fc.boolean(), fc.boolean())
  .chain(([key, data, counter, rest]) =>
    fc
      .uniqueArray(fc.tuple(fc.tuple(...key.map((type) => anyPoint[type])), dataOf(data)), {
        maxLength: 30,
        selector: ([values]) => jsonText(values),
      })
      .chain((pairs) =>
        dataOf(data).map((last): NftSet => {
          const elements = pairs.map(([values, leads]) => elementOf(values, leads));
          const all = rest && data !== undefined ? [...elements, elementOf("rest", last)] : elements;
          return base(key, data, false, all, { counter, ...(counter ? {} : { size: all.length + 3 }) });
        }),
      ),
  );

function base(
  key: readonly NftType[],
  data: Data,
  interval: NftSet["interval"],
  elements: readonly NftElement[],
  more: { readonly counter?: boolean; readonly size?: number } = {},
): NftSet {
  return { name: "s", key, ...(data === undefined ? {} : { data }), interval, counter: false, ...more, elements };
}

/** Intervals of one word that do not meet, between 0 and the largest number. */
const anyIntervals = fc.uniqueArray(numbers(pool.word), { maxLength: 20 }).map((ends) => {
  const inOrder = ends.toSorted((a, b) => a - b);
  return Array.from({ length: Math.floor(inOrder.length / 2) }, (_, index) => ({
    first: inOrder[index * 2] ?? 0,
    last: inOrder[index * 2 + 1] ?? 0,
  }));
});

const anyInterval: Arbitrary<NftSet> = fc
  .tuple(anyIntervals, fc.constantFrom<NftType>("ipv4_addr", "word", "mark"), anyData)
  .chain(([ranges, type, data]) =>
    fc.array(dataOf(data), { minLength: ranges.length, maxLength: ranges.length }).map((leads) =>
      base(
        [type],
        data,
        true,
        ranges.map((range, index) => {
          const value: NftValue =
            type === "ipv4_addr"
              ? { kind: "addresses", range: { family: 4, ...range } }
              : { kind: "numbers", ...range };
          return elementOf([value], leads[index]);
        }),
      ),
    ),
  );

/** Two words as one number: what the first word is below, the second may be anything. */
const anyWhole: Arbitrary<NftSet> = fc
  .tuple(
    anyIntervals,
    fc.array(fc.tuple(numbers(pool.word), numbers(pool.word)), { minLength: 10, maxLength: 10 }),
    anyData,
  )
  .chain(([ranges, seconds, data]) =>
    fc.array(dataOf(data), { minLength: ranges.length, maxLength: ranges.length }).map((leads) =>
      base(
        ["word", "word"],
        data,
        "whole-key",
        ranges.map(({ first, last }, index) => {
          const [from = 0, to = 0] = seconds[index] ?? [];
          const key: readonly NftValue[] = [
            { kind: "numbers", first, last },
            { kind: "numbers", first: from, last: to },
          ];
          return elementOf(key, leads[index]);
        }),
      ),
    ),
  );

/** Ranges in the second field, told apart by the first. */
const anyEachField: Arbitrary<NftSet> = fc.tuple(anyIntervals, anyData).chain(([ranges, data]) =>
  fc.array(dataOf(data), { minLength: ranges.length, maxLength: ranges.length }).map((leads) =>
    base(
      ["mark", "word"],
      data,
      "each-field",
      ranges.map((range, index) => elementOf([number(index), { kind: "numbers", ...range }], leads[index])),
    ),
  ),
);

/** Its chain `c` must be there, where it leads anywhere. */
export const anySet: Arbitrary<NftSet> = fc.oneof(anyHash, anyInterval, anyWhole, anyEachField);

const anyLoad: Arbitrary<NftLoad> = fc.oneof(
  fc
    .constantFrom("iifname" as const, "oifname" as const, "l4proto" as const, "nfproto" as const, "mark" as const)
    .map((key) => ({ kind: "meta" as const, key })),
  fc.constantFrom("state" as const, "mark" as const, "direction" as const).map((key) => ({ kind: "ct" as const, key })),
  fc
    .constantFrom("saddr" as const, "daddr" as const)
    .map((field) => ({ kind: "payload" as const, protocol: "ip" as const, field })),
  fc
    .constantFrom("sport" as const, "dport" as const, "type-code" as const)
    .map((field) => ({ kind: "payload" as const, protocol: "th" as const, field })),
  fc
    .constantFrom("type" as const, "code" as const)
    .map((field) => ({ kind: "payload" as const, protocol: "icmpv6" as const, field })),
);

/** Words that leave room for a value of four words behind them. */
const word = fc.integer({ min: 1, max: 12 });
const anyNumber = numbers(pool.word);

/**
 * Any instruction; those that look something up take it from the sets `plain`, `map` and `turn`. Linux refuses to read a
 * word that nothing was written to, so a program for the kernel fills the words first.
 */
export const anyInstruction: Arbitrary<NftInstruction> = fc.oneof(
  fc.record({ op: fc.constant("load" as const), expression: anyLoad, to: word }),
  fc.record({ op: fc.constant("lookup" as const), set: fc.constant("plain"), from: word }),
  fc.record({ op: fc.constant("lookup" as const), set: fc.constant("map"), from: word, to: word }),
  fc.record({ op: fc.constant("vmap" as const), map: fc.constant("turn"), from: word }),
  fc
    .record({ op: fc.constant("copy" as const), from: word, to: word, words: fc.integer({ min: 1, max: 4 }) })
    .filter(({ from, to, words }) => from === to || Math.abs(from - to) >= words),
  fc.record({ op: fc.constant("mask" as const), from: word, to: word, mask: anyNumber, network: fc.boolean() }),
  fc.record({ op: fc.constant("immediate" as const), value: anyNumber, to: word, network: fc.boolean() }),
  fc.record({
    op: fc.constant("compare" as const),
    from: word,
    operator: fc.constantFrom("==" as const, "!=" as const, "<" as const, ">" as const),
    value: anyNumber,
    network: fc.boolean(),
  }),
  fc.record({ op: fc.constant("swap" as const), from: word, to: word }),
  fc.record({ op: fc.constant("set-segment-size" as const), from: word }),
  fc.record({
    op: fc.constant("store" as const),
    target: fc.constantFrom("ct mark" as const, "meta mark" as const),
    from: word,
  }),
);
