// Rules as the kernel's instructions and back. The texts in the first table are what `nft --debug=netlink` 1.0.6 shows for
// the same rule, in our notation.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalRule, canonicalTable } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { printRule } from "@merlon/compiler/nft/print-statement.ts";
import type { NftExpression, NftRule, NftStatement, NftValue } from "@merlon/compiler/nft/program.ts";
import {
  accept,
  ctMark,
  drop,
  equals,
  goTo,
  iifname,
  inRanges,
  inState,
  l4proto,
  nfproto,
  number,
  payload,
  pkttype,
  setMark,
  text,
} from "@merlon/compiler/nft/statements.ts";
import { anyIr } from "@merlon/compiler/testing/arbitrary-ir.ts";
import { anyInstruction } from "./arbitrary-nf-table.ts";
import { printExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { liftRule } from "./lift-rule.ts";
import type { AnonymousContent } from "./lift-rule.ts";
import { layoutOf, writeValue } from "./key-layout.ts";
import { lowerRule } from "./lower-statement.ts";
import type { AnonymousSet } from "./lower-statement.ts";

function lower(rule: NftRule, intervalSets: readonly string[] = []) {
  let id = 0;
  return lowerRule(rule, { nextSetId: () => ++id, isInterval: (name) => intervalSets.includes(name) });
}

/** What the kernel would give back: sets without names get some. */
function kept({ expressions, sets }: ReturnType<typeof lowerRule>) {
  const named = expressions.map((expression): Expression => {
    if (expression.kind !== "lookup" || expression.setId === undefined) return expression;
    const { setId, ...rest } = expression;
    return { ...rest, set: `__set${setId}` };
  });
  const anonymous = new Map(sets.map((each) => [`__set${each.id}`, contentOf(each)]));
  return { expressions: named, anonymous };
}

function contentOf({ set }: AnonymousSet): AnonymousContent {
  const layout = layoutOf(set.key, set.interval !== false);
  const bytes = (value: NftValue, end: "first" | "last") => {
    const view = new DataView(new ArrayBuffer(layout.lengthBytes));
    for (const field of layout.fields) writeValue(view, 0, field, value, end);
    return new Uint8Array(view.buffer);
  };
  const values = set.elements.flatMap(({ key }) => (key === "rest" ? [] : key));
  return {
    interval: set.interval !== false,
    ranges: values.map((value) => [bytes(value, "first"), bytes(value, "last")]),
  };
}

function roundTrip(statements: readonly NftStatement[], intervalSets: readonly string[] = []): readonly NftStatement[] {
  const { expressions, anonymous } = kept(lower({ statements }, intervalSets));
  return liftRule(expressions, anonymous);
}

const ipv4 = (first: number, last = first): NftValue => ({ kind: "addresses", range: { family: 4, first, last } });
const ipv6 = (first: bigint, last = first): NftValue => ({ kind: "addresses", range: { family: 6, first, last } });
const doc6 = 0x2001_0db8n << 96n;
const not = (statement: NftStatement): NftStatement =>
  statement.kind === "match" ? { ...statement, negated: true } : statement;
const source = payload("ip", "saddr");
const masked: NftExpression = { kind: "masked-address", field: "saddr", mask: 0xff00_00ff };
const lookup = (set: string, negated: boolean, ...key: NftExpression[]): NftStatement => ({
  kind: "lookup",
  key,
  set,
  negated,
});
const reject = (how: "tcp-reset" | "port-unreachable" | "admin-prohibited"): NftStatement => ({
  kind: "reject",
  with: how,
});

const isIpv4 = ["[ meta load 15 => word 0 ]", "[ cmp word 0 == 0x02 ]"];
const isIpv6 = ["[ meta load 15 => word 0 ]", "[ cmp word 0 == 0x0a ]"];
const isTcp = ["[ meta load 16 => word 0 ]", "[ cmp word 0 == 0x06 ]"];
const loadSource = "[ payload load 4b @ header 1 + 12 => word 0 ]";

const shapes: readonly (readonly [string, readonly NftStatement[], readonly string[]])[] = [
  [
    "states",
    [inState("established", "related")],
    ["[ ct load 0 => word 0 ]", "[ bitwise word 0 = word 0 & 0x06000000 ]", "[ cmp word 0 != 0x00000000 ]"],
  ],
  [
    "a state",
    [inState("invalid")],
    ["[ ct load 0 => word 0 ]", "[ bitwise word 0 = word 0 & 0x01000000 ]", "[ cmp word 0 != 0x00000000 ]"],
  ],
  ["not a state", [not(inState("new"))], ["[ ct load 0 => word 0 ]", "[ cmp word 0 != 0x08000000 ]"]],
  [
    "none of two states",
    [not(inState("new", "untracked"))],
    ["[ ct load 0 => word 0 ]", "[ bitwise word 0 = word 0 & 0x48000000 ]", "[ cmp word 0 == 0x00000000 ]"],
  ],
  [
    "an interface",
    [equals(iifname, text("lo"))],
    ["[ meta load 6 => word 0 ]", `[ cmp word 0 == 0x6c6f${"00".repeat(14)} ]`],
  ],
  ["an address", [equals(source, ipv4(0x0a00_0001))], [...isIpv4, loadSource, "[ cmp word 0 == 0x0a000001 ]"]],
  [
    "a prefix of whole bytes",
    [equals(source, ipv4(0x0a00_0000, 0x0aff_ffff))],
    [...isIpv4, "[ payload load 1b @ header 1 + 12 => word 0 ]", "[ cmp word 0 == 0x0a ]"],
  ],
  [
    "another prefix",
    [equals(source, ipv4(0x0a00_0000, 0x0a7f_ffff))],
    [...isIpv4, loadSource, "[ bitwise word 0 = word 0 & 0xff800000 ]", "[ cmp word 0 == 0x0a000000 ]"],
  ],
  [
    "a range",
    [equals(source, ipv4(0x0a00_0001, 0x0a00_0009))],
    [...isIpv4, loadSource, "[ cmp word 0 >= 0x0a000001 ]", "[ cmp word 0 <= 0x0a000009 ]"],
  ],
  [
    "not a range",
    [not(equals(source, ipv4(0x0a00_0001, 0x0a00_0009)))],
    [...isIpv4, loadSource, "[ range word 0 != 0x0a000001-0x0a000009 ]"],
  ],
  [
    "an IPv6 prefix",
    [equals(payload("ip6", "saddr"), ipv6(doc6, doc6 + (1n << 96n) - 1n))],
    [...isIpv6, "[ payload load 4b @ header 1 + 8 => word 0 ]", "[ cmp word 0 == 0x20010db8 ]"],
  ],
  [
    "an IPv6 address",
    [equals(payload("ip6", "daddr"), ipv6(doc6 + 5n))],
    [
      ...isIpv6,
      "[ payload load 16b @ header 1 + 24 => word 0 ]",
      "[ cmp word 0 == 0x20010db8000000000000000000000005 ]",
    ],
  ],
  [
    "a mask with holes",
    [equals(masked, ipv4(0x0a00_0001))],
    [...isIpv4, loadSource, "[ bitwise word 0 = word 0 & 0xff0000ff ]", "[ cmp word 0 == 0x0a000001 ]"],
  ],
  [
    "a port",
    [equals(payload("tcp", "dport"), number(22))],
    [...isTcp, "[ payload load 2b @ header 2 + 2 => word 0 ]", "[ cmp word 0 == 0x0016 ]"],
  ],
  [
    "ports",
    [
      inRanges(payload("tcp", "dport"), [
        { first: 22, last: 22 },
        { first: 80, last: 90 },
      ]),
    ],
    [...isTcp, "[ payload load 2b @ header 2 + 2 => word 0 ]", "[ lookup word 0 in __set%d ]"],
  ],
  [
    "a port of any protocol",
    [equals(payload("th", "dport"), number(22))],
    ["[ payload load 2b @ header 2 + 2 => word 0 ]", "[ cmp word 0 == 0x0016 ]"],
  ],
  [
    "protocols",
    [inRanges(l4proto, [{ first: 47, last: 50 }])],
    ["[ meta load 16 => word 0 ]", "[ cmp word 0 >= 0x2f ]", "[ cmp word 0 <= 0x32 ]"],
  ],
  [
    "ICMP",
    [equals(payload("icmp", "type"), number(8)), inRanges(payload("icmp", "code"), [{ first: 0, last: 3 }])],
    [
      ...isIpv4,
      "[ meta load 16 => word 0 ]",
      "[ cmp word 0 == 0x01 ]",
      "[ payload load 1b @ header 2 + 0 => word 0 ]",
      "[ cmp word 0 == 0x08 ]",
      "[ payload load 1b @ header 2 + 1 => word 0 ]",
      "[ cmp word 0 >= 0x00 ]",
      "[ cmp word 0 <= 0x03 ]",
    ],
  ],
  [
    "what is asked for is not asked again",
    [
      equals(payload("tcp", "sport"), number(1)),
      equals(source, ipv4(1)),
      equals(payload("ip", "daddr"), ipv4(2)),
      equals(payload("tcp", "dport"), number(2)),
    ],
    [
      ...isTcp,
      "[ payload load 2b @ header 2 + 0 => word 0 ]",
      "[ cmp word 0 == 0x0001 ]",
      ...isIpv4,
      loadSource,
      "[ cmp word 0 == 0x00000001 ]",
      "[ payload load 4b @ header 1 + 16 => word 0 ]",
      "[ cmp word 0 == 0x00000002 ]",
      "[ payload load 2b @ header 2 + 2 => word 0 ]",
      "[ cmp word 0 == 0x0002 ]",
    ],
  ],
  ["an IP version by itself", [equals(nfproto, text("ipv6")), drop], [...isIpv6, "[ drop ]"]],
  ["a kind of packet", [equals(pkttype, text("host"))], ["[ meta load 19 => word 0 ]", "[ cmp word 0 == 0x00 ]"]],
  ["a mark", [equals(ctMark, number(5))], ["[ ct load 3 => word 0 ]", "[ cmp word 0 == 0x05000000 ]"]],
  [
    "marks",
    [inRanges(ctMark, [{ first: 5, last: 10 }])],
    [
      "[ ct load 3 => word 0 ]",
      "[ byteorder word 0 = word 0, 4 bytes ]",
      "[ cmp word 0 >= 0x00000005 ]",
      "[ cmp word 0 <= 0x0000000a ]",
    ],
  ],
  [
    "marks in pieces",
    [
      inRanges(ctMark, [
        { first: 5, last: 10 },
        { first: 12, last: 12 },
      ]),
    ],
    ["[ ct load 3 => word 0 ]", "[ byteorder word 0 = word 0, 4 bytes ]", "[ lookup word 0 in __set%d ]"],
  ],
  ["a lookup", [lookup("hits", false, ctMark)], ["[ ct load 3 => word 0 ]", "[ lookup word 0 in hits ]"]],
  ["a lookup that must fail", [lookup("a", true, source)], [...isIpv4, loadSource, "[ lookup word 0 not in a ]"]],
  [
    "a lookup of two",
    [lookup("pip", false, source, payload("tcp", "dport"))],
    [...isIpv4, ...isTcp, loadSource, "[ payload load 2b @ header 2 + 2 => word 1 ]", "[ lookup word 0 in pip ]"],
  ],
  [
    "a verdict map",
    [{ kind: "vmap", key: [iifname, { kind: "meta", key: "oifname" }], map: "pairs" }],
    ["[ meta load 6 => word 0 ]", "[ meta load 7 => word 4 ]", "[ lookup word 0 in pairs => verdict ]"],
  ],
  [
    "a mark set",
    [setMark(0x10), goTo("c")],
    ["[ immediate word 0 = 0x10000000 ]", "[ ct set 3 with word 0 ]", "[ goto c ]"],
  ],
  [
    "a mark copied",
    [{ kind: "set-mark", target: "meta", value: "ct mark" }],
    ["[ ct load 3 => word 0 ]", "[ meta set 3 with word 0 ]"],
  ],
  [
    "a mark copied back",
    [{ kind: "set-mark", target: "ct", value: "meta mark" }],
    ["[ meta load 3 => word 0 ]", "[ ct set 3 with word 0 ]"],
  ],
  ["a reset", [equals(l4proto, number(6)), reject("tcp-reset")], [...isTcp, "[ reject type 1 code 0 ]"]],
  ["a refusal", [reject("port-unreachable")], ["[ reject type 2 code 1 ]"]],
  ["another refusal", [reject("admin-prohibited")], ["[ reject type 2 code 3 ]"]],
  [
    "a log",
    [{ kind: "log", group: 5, prefix: "deny", snapLength: 128, queueThreshold: 64 }],
    ['[ log group 5 prefix "deny" ]'],
  ],
  ["a counter", [{ kind: "counter" }, accept], ["[ counter ]", "[ accept ]"]],
  ["a timeout", [{ kind: "set-timeout", timeout: "tcp_300" }], ["[ object type 7 tcp_300 ]"]],
  [
    "registers",
    [
      equals(nfproto, text("ipv4")),
      {
        kind: "instructions",
        list: [
          { op: "load", expression: { kind: "payload", protocol: "ip", field: "saddr" }, to: 1 },
          { op: "lookup", set: "m", from: 1, to: 2 },
          { op: "vmap", map: "t", from: 3 },
        ],
      },
      { kind: "counter" },
    ],
    [
      ...isIpv4,
      "[ payload load 4b @ header 1 + 12 => word 1 ]",
      "[ lookup word 1 in m => word 2 ]",
      "[ lookup word 3 in t => verdict ]",
      "[ counter ]",
    ],
  ],
];

describe("statements", () => {
  test.each(shapes)("%s", (_, statements, expected) => {
    const { expressions } = lower({ statements });
    expect(expressions.map(printExpression)).toEqual(expected);
    expect(canonicalRule({ statements: roundTrip(statements) })).toEqual(canonicalRule({ statements }));
  });

  test("a mark is looked up big-endian where its set has intervals", () => {
    const statements = [lookup("ranges", false, source, ctMark)];
    expect(lower({ statements }, ["ranges"]).expressions.map(printExpression)).toContain(
      "[ byteorder word 1 = word 1, 4 bytes ]",
    );
    expect(roundTrip(statements, ["ranges"])).toEqual(statements);
  });

  test("a foreign statement is never written", () => {
    expect(() => lower({ statements: [{ kind: "foreign", text: "limit" }] })).toThrow(
      "a foreign statement cannot be written: limit",
    );
  });
});

describe("laws", () => {
  test("every rule of a random policy comes back", () => {
    fc.assert(
      fc.property(anyIr, (ir) => {
        const table = canonicalTable(lowerTable(ir, 1));
        for (const rule of table.chains.flatMap(({ rules }) => rules)) {
          const back = canonicalRule({ ...rule, statements: roundTrip(rule.statements) });
          expect(printRule(back)).toBe(printRule(rule));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("every list of register instructions comes back", () => {
    fc.assert(
      fc.property(fc.array(anyInstruction, { minLength: 1, maxLength: 20 }), (list) => {
        const statements: readonly NftStatement[] = [{ kind: "instructions", list }, { kind: "counter" }];
        expect(canonicalRule({ statements: roundTrip(statements) })).toEqual(canonicalRule({ statements }));
      }),
    );
  });
});

const words = (...texts: readonly Expression[]) => printRule({ statements: liftRule(texts, new Map()) });
const meta = (key: number, to = 0): Expression => ({ kind: "meta", key, to });
const load = (base: number, offset: number, length: number): Expression => ({
  kind: "payload",
  base,
  offset,
  length,
  to: 0,
});
const compare = (operator: number, ...data: number[]): Expression => ({
  kind: "cmp",
  operator,
  from: 0,
  data: Uint8Array.from(data),
});
const four = [meta(15), compare(0, 2)];
const tcp = [meta(16), compare(0, 6)];
const icmp = [...four, meta(16), compare(0, 1)];

describe("what nft writes otherwise than we do", () => {
  test.each<[string, readonly Expression[], string]>([
    ["two ports at once", [...tcp, load(2, 0, 4), compare(0, 0, 1, 0, 2)], "tcp sport 1 tcp dport 2"],
    ["type and code at once", [...icmp, load(2, 0, 2), compare(0, 8, 3)], "icmp type 8 icmp code 3"],
    [
      "two addresses at once",
      [...four, load(1, 12, 8), compare(0, 10, 0, 0, 1, 10, 0, 0, 2)],
      "ip saddr 10.0.0.1 ip daddr 10.0.0.2",
    ],
    [
      "a condition that a later one implies",
      [...four, ...tcp, load(2, 2, 2), compare(0, 0, 1), load(1, 12, 4), compare(0, 1, 1, 1, 1)],
      "tcp dport 1 ip saddr 1.1.1.1",
    ],
  ])("%s", (_, expressions, expected) => {
    expect(words(...expressions)).toBe(expected);
  });
});

describe("what nobody of ours writes is foreign", () => {
  const foreign: Expression = { kind: "foreign", text: "limit 00" };
  test.each<[string, readonly Expression[], RegExp]>([
    ["an instruction", [foreign, { kind: "verdict", verdict: { kind: "drop" } }], /^<\[ limit 00 \]> drop$/],
    [
      "an address that nobody asked the version of",
      [load(1, 12, 4), compare(0, 1, 1, 1, 1)],
      /^<.*payload load.*> <.*cmp.*>$/,
    ],
    ["another field", [...four, load(1, 8, 1), compare(0, 64)], /^meta nfproto ipv4 <.*> <.*>$/],
    ["half a port", [...tcp, load(2, 3, 1), compare(0, 1)], /^meta l4proto 6 <.*> <.*>$/],
    ["an unknown meta key", [meta(99), compare(0, 1)], /^<.*meta load 99.*> <.*>$/],
    ["smaller than", [meta(16), compare(2, 6)], /^<.*meta load 16.*cmp word 0 < 0x06.*>$/],
    ["a lower bound alone", [meta(16), compare(5, 6)], /^<.*>=.*>$/],
    ["a state of no name", [{ kind: "ct", key: 0, to: 0 }, compare(0, 128, 0, 0, 0)], /^<.*>$/],
    ["two states as one", [{ kind: "ct", key: 0, to: 0 }, compare(0, 6, 0, 0, 0)], /^<.*>$/],
    ["a part of a name", [meta(6), compare(0, 101, 116, 104)], /^<.*>$/],
    [
      "a lookup that leads into a register",
      [meta(3), { kind: "lookup", set: "m", from: 0, to: 0, negated: false }],
      /^<.*lookup.*>$/,
    ],
    [
      "a value for something else than a mark",
      [
        { kind: "immediate", to: 0, data: Uint8Array.of(1, 0, 0, 0) },
        { kind: "set-meta", key: 2, from: 0 },
      ],
      /^<.*immediate.*> <.*meta set 2.*>$/,
    ],
    ["a counter's name", [{ kind: "object", type: 1, name: "mine" }], /^<\[ object type 1 mine \]>$/],
    ["a refusal of another kind", [{ kind: "reject", type: 0, code: 3 }], /^<\[ reject type 0 code 3 \]>$/],
    [
      "a prefix that nft could not write",
      [{ kind: "log", group: 1, prefix: 'a"b', snapLength: 0, queueThreshold: 0 }],
      /^<\[ log .*>$/,
    ],
    ["a load alone", [meta(3)], /^<.*meta load 3.*>$/],
  ])("%s", (_, expressions, expected) => {
    expect(words(...expressions)).toMatch(expected);
  });

  test("a set of the rule's own that holds more than keys", () => {
    const expressions = [meta(3), { kind: "lookup", set: "__map1", from: 0, negated: false }] as const;
    expect(printRule({ statements: liftRule(expressions, new Map([["__map1", undefined]])) })).toMatch(
      /^<.*__map1.*>$/,
    );
  });

  test("nothing at all is lost: any instructions give statements, and never an exception", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 16 });
    const any: fc.Arbitrary<Expression> = fc.oneof(
      fc.record({ kind: fc.constantFrom("meta" as const, "ct" as const), key: fc.nat(20), to: fc.nat(5) }),
      fc.record({ kind: fc.constantFrom("set-meta" as const, "set-ct" as const), key: fc.nat(5), from: fc.nat(3) }),
      fc.record({
        kind: fc.constant("payload" as const),
        base: fc.nat(3),
        offset: fc.nat(25),
        length: fc.integer({ min: 1, max: 16 }),
        to: fc.nat(2),
      }),
      fc.record({ kind: fc.constant("cmp" as const), operator: fc.nat(6), from: fc.nat(2), data: bytes }),
      fc.record({ kind: fc.constant("bitwise" as const), from: fc.nat(2), to: fc.nat(2), mask: bytes }),
      fc.record({
        kind: fc.constant("byteorder" as const),
        from: fc.nat(2),
        to: fc.nat(2),
        length: fc.constantFrom(2, 4, 8),
      }),
      fc.record({ kind: fc.constant("immediate" as const), to: fc.nat(2), data: bytes }),
      fc.record({
        kind: fc.constant("lookup" as const),
        set: fc.constantFrom("a", "__set1"),
        from: fc.nat(2),
        negated: fc.boolean(),
      }),
      fc.constant<Expression>({ kind: "counter" }),
      fc.constant<Expression>(foreign),
    );
    const anonymous = new Map([
      ["__set1", { interval: false, ranges: [[Uint8Array.of(6), Uint8Array.of(6)] as const] }],
    ]);
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (expressions) => {
        const statements = liftRule(expressions, anonymous);
        if (expressions.length > 0) expect(statements.length).toBeGreaterThan(0);
        const foreignCount = statements.filter(({ kind }) => kind === "foreign").length;
        if (expressions.some(({ kind }) => kind === "foreign")) expect(foreignCount).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([0, 16, -1, 1.5])("word %d is not for instructions", (to) => {
  const statements: readonly NftStatement[] = [{ kind: "instructions", list: [{ op: "immediate", value: 1, to }] }];
  expect(() => lower({ statements })).toThrow("the words are 1 to 15");
});
