// Packet checks as the kernel's attributes, and back to the instructions of the compiler. The bytes are those of nft 1.0.6
// (`nft --debug=mnl`) in the order of our writer.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalRule } from "@merlon/compiler/nft/canonical-table.ts";
import type { OriginalField } from "@merlon/compiler/nft/packet-check.ts";
import type { NftInstruction } from "@merlon/compiler/nft/program.ts";
import { attributesOf, messagesIn } from "./captured-batch.ts";
import { readBack, writeAlone } from "./lone-expression.ts";
import type { Expression } from "./expression.ts";
import { liftRule } from "./lift-rule.ts";
import { lowerRule } from "./lower-statement.ts";

const second = { count: 200, unitSeconds: 1, burst: 50 } as const;

test.each<[expression: Expression, name: string, attributes: string]>([
  [
    { kind: "exthdr", of: 0, type: 43, offset: 0, length: 1, present: true, to: 1 },
    "exthdr",
    "1:00000009 2:2b 3:00000000 4:00000001 5:00000001 6:00000000",
  ],
  [{ kind: "fib", result: 2, flags: 1, to: 1 }, "fib", "1:00000009 2:00000002 3:00000001"],
  [
    { kind: "limit", ...second, over: false },
    "limit",
    "1:00000000000000c8 2:0000000000000001 3:00000032 4:00000000 5:00000000",
  ],
  [{ kind: "fib", result: 3, flags: 1, to: 1 }, "fib", "1:00000009 2:00000003 3:00000001"],
  [{ kind: "fib", result: 3, flags: 10, to: 1 }, "fib", "1:00000009 2:00000003 3:0000000a"],
  [
    { kind: "numgen", random: true, first: 1_024, count: 62_464, to: 10 },
    "numgen",
    "1:00000012 2:0000f400 3:00000001 4:00000400",
  ],
  [
    { kind: "numgen", random: false, first: 0, count: 4, to: 1 },
    "numgen",
    "1:00000009 2:00000004 3:00000000 4:00000000",
  ],
  [
    { kind: "byteorder", from: 10, to: 10, length: 2 },
    "byteorder",
    "1:00000012 2:00000012 3:00000001 4:00000002 5:00000002",
  ],
  [{ kind: "notrack" }, "notrack", ""],
  [{ kind: "ct-original", key: 20, to: 3 }, "ct", "1:0000000b 2:00000014 3:00"],
  [{ kind: "synproxy", segmentSize: 1_460 }, "synproxy", "1:05b4 3:00000001"],
])("%j is written as %s %s", (expression, name, attributes) => {
  const [message] = messagesIn(writeAlone(expression).chunks());
  const text = message === undefined ? "" : attributesOf(message);
  expect(text).toContain(Buffer.from(`${name}\0`).toString("hex"));
  expect(text).toContain(attributes);
  expect(readBack(expression)).toEqual(expression);
});

describe("what Merlon never writes is foreign", () => {
  test.each<[why: string, expression: Expression]>([
    ["another result", { kind: "fib", result: 1, flags: 1, to: 1 }],
    ["the type for the device that it leaves by", { kind: "fib", result: 3, flags: 18, to: 1 }],
    ["by the destination", { kind: "fib", result: 2, flags: 2, to: 1 }],
    ["an option of TCP", { kind: "exthdr", of: 1, type: 2, offset: 0, length: 1, present: true, to: 1 }],
  ])("%s", (_, expression) => {
    expect(readBack(expression).kind).toBe("foreign");
  });

  test.each<[why: string, expression: Expression]>([
    ["an inverted limit", { kind: "limit", ...second, over: true }],
    ["a rare option", { kind: "exthdr", of: 2, type: 148, offset: 0, length: 1, present: true, to: 1 }],
    ["bytes of an option", { kind: "exthdr", of: 2, type: 7, offset: 0, length: 4, present: false, to: 1 }],
    ["the bytes of the first direction", { kind: "ct-original", key: 15, to: 1 }],
    ["eight bytes of a header", { kind: "exthdr", of: 0, type: 0, offset: 0, length: 8, present: false, to: 1 }],
    ["into word 0", { kind: "fib", result: 2, flags: 1, to: 0 }],
  ])("%s in a rule", (_, expression) => {
    expect(liftRule([expression], new Map()).map(({ kind }) => kind)).toEqual(["foreign"]);
  });
});

const word = fc.integer({ min: 1, max: 15 });
const length = fc.constantFrom<1 | 2 | 4>(1, 2, 4);
const byte = fc.nat(255);
const count = fc.integer({ min: 1, max: 0xffff_ffff });
const rate = fc.record({ count, unitSeconds: fc.constantFrom(1, 60, 86_400), burst: count });
const load = fc.oneof(
  fc.record({
    kind: fc.constant("bytes" as const),
    header: fc.constantFrom<"network" | "transport">("network", "transport"),
    offset: fc.nat(60),
    length,
  }),
  fc.record({ kind: fc.constant("has-extension" as const), header: byte }),
  fc.record({ kind: fc.constant("extension" as const), header: byte, offset: fc.nat(40), length }),
  fc.record({ kind: fc.constant("has-ip-option" as const), option: fc.constantFrom<7 | 131 | 137>(7, 131, 137) }),
  fc.constant({ kind: "route-back" as const }),
  fc.constant({ kind: "source-type" as const }),
  fc.constant({ kind: "destination-type" as const }),
  fc.constant({ kind: "packet-length" as const }),
  fc.record({
    kind: fc.constant("original" as const),
    field: fc.constantFrom<OriginalField>("ip saddr", "ip daddr", "ip6 saddr", "ip6 daddr", "sport", "dport"),
  }),
);
const measure = fc.option(fc.oneof(rate, fc.record({ sessions: count })), { nil: undefined });
const instruction: fc.Arbitrary<NftInstruction> = fc.oneof(
  fc.record({ op: fc.constant("load" as const), expression: load, to: word }),
  rate.map((one) => ({ op: "limit" as const, ...one })),
  fc
    .tuple(fc.constantFrom("a", "meter_b"), word, fc.boolean(), fc.option(word, { nil: undefined }), measure)
    .map(([set, from, refresh, data, over]) => ({
      op: "meter" as const,
      set,
      from,
      refresh,
      ...(data === undefined ? {} : { data }),
      ...(over === undefined ? {} : { over }),
    })),
  fc.constantFrom<NftInstruction>({ op: "notrack" }, { op: "synproxy", segmentSize: 1_460 }),
  fc.record({
    op: fc.constant("lookup" as const),
    set: fc.constant("s"),
    from: word,
    negated: fc.constant(true as const),
  }),
);

test("every list of packet checks comes back from the kernel's attributes", () => {
  const property = fc.property(fc.array(instruction, { minLength: 1, maxLength: 6 }), (list) => {
    const rule = { statements: [{ kind: "instructions" as const, list }] };
    const { expressions } = lowerRule(rule, { nextSetId: () => 1, isInterval: () => false });
    const back = liftRule(expressions.map(readBack), new Map());
    expect(canonicalRule({ statements: back })).toEqual(canonicalRule(rule));
  });
  fc.assert(property, { numRuns: 300 });
});
