// Register instructions and the sets that serve them: how they print, when they mean the same, what they refer to, and
// what a kernel in memory does with them.

import { describe, expect, test } from "vitest";
import { applyCommands } from "./apply-commands.ts";
import { canonicalRule, sameTable } from "./canonical-table.ts";
import { firstValue } from "./first-value.ts";
import { printElement, printRule, printStatement } from "./print-statement.ts";
import { printSet } from "./print.ts";
import type { NftCommand, NftInstruction, NftSet, NftTable } from "./program.ts";
import { referencesOfRules } from "./references.ts";
import { number, payload } from "./statements.ts";

const base: NftSet = { name: "s", key: ["mark"], interval: false, counter: false, elements: [] };
const rule = (...list: NftInstruction[]) => ({ statements: [{ kind: "instructions" as const, list }] });

test.each<[NftInstruction, string]>([
  [{ op: "load", expression: { kind: "payload", protocol: "ip", field: "saddr" }, to: 1 }, "[ load ip saddr dreg 1 ]"],
  [
    { op: "load", expression: { kind: "payload", protocol: "th", field: "type-code" }, to: 1 },
    "[ load @th,0,16 dreg 1 ]",
  ],
  [{ op: "load", expression: { kind: "ct", key: "mark" }, to: 4 }, "[ load ct mark dreg 4 ]"],
  [{ op: "lookup", set: "src_g1", from: 1, to: 2 }, "[ lookup reg 1 set src_g1 dreg 2 ]"],
  [{ op: "lookup", set: "hits", from: 1 }, "[ lookup reg 1 set hits ]"],
  [{ op: "vmap", map: "act", from: 3 }, "[ vmap reg 3 map act ]"],
  [{ op: "copy", from: 1, to: 5, words: 4 }, "[ copy reg 1 dreg 5 words 4 ]"],
  [{ op: "mask", from: 1, to: 2, mask: 0xffff }, "[ mask reg 1 dreg 2 0xffff ]"],
  [{ op: "immediate", value: 5, to: 2, network: true }, "[ immediate 5 network dreg 2 ]"],
  [{ op: "compare", from: 1, operator: "<", value: 5 }, "[ compare reg 1 < 5 ]"],
  [{ op: "swap", from: 1, to: 2 }, "[ swap reg 1 dreg 2 ]"],
  [{ op: "store", target: "ct mark", from: 2 }, "[ store ct mark reg 2 ]"],
])("%j prints as %s", (instruction, text) => {
  expect(printStatement({ kind: "instructions", list: [instruction] })).toBe(text);
});

describe("the same", () => {
  test.each<[string, NftInstruction, NftInstruction]>([
    [
      "a mask of ones and a copy",
      { op: "mask", from: 1, to: 2, mask: 0xffff_ffff },
      { op: "copy", from: 1, to: 2, words: 1 },
    ],
    [
      "a number in either order",
      { op: "immediate", value: 0x0102_0304, to: 1, network: true },
      { op: "immediate", value: 0x0403_0201, to: 1 },
    ],
    [
      "a mask in either order",
      { op: "mask", from: 1, to: 1, mask: 0xff, network: true },
      { op: "mask", from: 1, to: 1, mask: 0xff00_0000 },
    ],
    [
      "a comparison in either order",
      { op: "compare", from: 1, operator: "==", value: 1, network: true },
      { op: "compare", from: 1, operator: "==", value: 0x0100_0000 },
    ],
    [
      "a comparison by size, which has one order",
      { op: "compare", from: 1, operator: "<", value: 1, network: true },
      { op: "compare", from: 1, operator: "<", value: 1 },
    ],
    [
      "the first bytes of a transport header by two names",
      { op: "load", expression: { kind: "payload", protocol: "th", field: "type-code" }, to: 1 },
      { op: "load", expression: { kind: "payload", protocol: "udp", field: "sport" }, to: 1 },
    ],
    [
      "a byte of ICMP by two names",
      { op: "load", expression: { kind: "payload", protocol: "icmpv6", field: "type" }, to: 1 },
      { op: "load", expression: { kind: "payload", protocol: "icmp", field: "type" }, to: 1 },
    ],
  ])("%s", (_, a, b) => {
    expect(printRule(canonicalRule(rule(a)))).toBe(printRule(canonicalRule(rule(b))));
  });

  test("one list or two", () => {
    const [a, b]: NftInstruction[] = [
      { op: "swap", from: 1, to: 2 },
      { op: "swap", from: 2, to: 3 },
    ];
    const two = { statements: [...rule(a!).statements, ...rule(b!).statements] };
    expect(canonicalRule(two)).toEqual(canonicalRule(rule(a!, b!)));
  });
});

test("what instructions refer to", () => {
  const { sets, chains, unknown } = referencesOfRules([
    rule(
      { op: "lookup", set: "a", from: 1 },
      { op: "lookup", set: "b", from: 1, to: 2 },
      { op: "vmap", map: "c", from: 2 },
    ),
  ]);
  expect([[...sets], [...chains], unknown]).toEqual([["a", "b", "c"], [], false]);
});

test.each<[Partial<NftSet>, string]>([
  [
    { data: ["word", "mark"], key: ["ipv4_addr"], interval: true },
    "map s { type ipv4_addr : word . mark flags interval }",
  ],
  [{ size: 10 }, "set s { type mark size 10 }"],
  [{ key: ["word", "word"], interval: "whole-key" }, "set s { type word . word flags interval <whole key> }"],
  [{ key: ["mark", "inet_service"], interval: "each-field" }, "set s { type mark . inet_service flags interval }"],
])("the head of %j", (head, text) => {
  expect(
    printSet({ ...base, ...head })
      .map((line) => line.trim())
      .join(" "),
  ).toBe(text);
});

test("heads that differ make different sets", () => {
  const heads: Partial<NftSet>[] = [
    {},
    { size: 1 },
    { size: 2 },
    { data: ["mark"] },
    { data: ["mark", "mark"] },
    { data: ["word"] },
    { interval: true },
    { key: ["word"] },
  ];
  const table = (head: Partial<NftSet>): NftTable => ({
    family: "inet",
    name: "merlon",
    sets: [{ ...base, ...head }],
    chains: [],
  });
  for (const [i, a] of heads.entries()) {
    for (const [j, b] of heads.entries()) expect(sameTable(table(a), table(b))).toBe(i === j);
  }
});

test("the catch-all has no first value", () => {
  expect(firstValue({ key: "rest" })).toBeUndefined();
  expect(firstValue({ key: [number(1), number(2)] })).toEqual(number(1));
  expect(printElement({ key: "rest", data: { kind: "continue" } })).toBe("* : continue");
});

describe("in memory", () => {
  const start: readonly NftCommand[] = [
    { kind: "add-table" },
    { kind: "add-set", set: { ...base, size: 2, elements: [{ key: [number(1)] }] } },
  ];

  test("a set takes what it has room for", () => {
    const add = (...values: number[]): NftCommand => ({
      kind: "add-elements",
      set: "s",
      elements: values.map((value) => ({ key: [number(value)] })),
    });
    expect(applyCommands(undefined, [...start, add(2)])?.sets[0]?.elements).toHaveLength(2);
    expect(() => applyCommands(undefined, [...start, add(2, 3)])).toThrow("set s is full");
  });

  test("a set that instructions use stays", () => {
    const used: readonly NftCommand[] = [
      ...start,
      { kind: "add-chain", chain: { name: "c", rules: [] } },
      { kind: "add-rules", chain: "c", rules: [rule({ op: "lookup", set: "s", from: 1 })] },
    ];
    expect(() => applyCommands(undefined, [...used, { kind: "delete-set", name: "s" }])).toThrow("set s is used by 1");
    const absent = rule({ op: "vmap", map: "absent", from: 1 });
    expect(() => applyCommands(undefined, [...used, { kind: "add-rules", chain: "c", rules: [absent] }])).toThrow(
      "there is no set absent",
    );
  });

  test("a catch-all fits every key", () => {
    const map: NftSet = {
      ...base,
      name: "m",
      key: ["mark", "mark"],
      data: ["mark"],
      elements: [{ key: "rest", data: [number(1)] }],
    };
    expect(
      applyCommands(undefined, [{ kind: "add-table" }, { kind: "add-set", set: map }])?.sets[0]?.elements,
    ).toHaveLength(1);
  });
});

test("ports of any protocol are nft's own words", () => {
  expect(
    printStatement({
      kind: "match",
      left: payload("th", "dport"),
      negated: false,
      right: { kind: "value", value: number(53) },
    }),
  ).toBe("th dport 53");
});
