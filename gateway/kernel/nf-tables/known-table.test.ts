// What a transaction leaves known, command by command. Whether that is true of the kernel is asked in the story.

import { beforeEach, describe, expect, test } from "vitest";
import { PackedSet } from "@merlon/compiler/nft/packed-set.ts";
import type { NftChain, NftCommand, NftElement, NftRule, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";
import { setMark } from "@merlon/compiler/nft/statements.ts";
import { knownTable, noteRead, noteWritten } from "./known-table.ts";

const element = (value: number): NftElement => ({ key: [{ kind: "number", value }] });
const setOf = (name: string, count: number): NftSet => ({
  name,
  key: ["mark"],
  interval: false,
  counter: false,
  elements: Array.from({ length: count }, (_, value) => element(value)),
});
const rules: readonly NftRule[] = [{ statements: [setMark(1)] }];
const small = setOf("small", 3);
const large = setOf("large", 1000);
const rows = new PackedSet(
  { name: "rows", key: ["mark"] },
  { count: 1, keyWords: 1, dataWords: 0, words: Uint32Array.of(1) },
);
const chain: NftChain = { name: "chain", rules };
const table: NftTable = { family: "inet", name: "merlon", sets: [small, large, rows], chains: [chain] };

/** What is known, by its names. */
function names(generation: number): Readonly<Record<string, readonly string[]>> {
  const { sets, chains, writtenSets, writtenChains, changedSets } = knownTable(generation);
  const all = { sets, chains, writtenSets, writtenChains, changedSets };
  const found = Object.entries(all).map(([word, map]) => [word, [...map.keys()].toSorted()] as const);
  return Object.fromEntries(found.filter(([, list]) => list.length > 0));
}

const everything = { sets: ["large", "rows", "small"], chains: ["chain"] };

beforeEach(() => noteRead(table, 5));

describe("at which generation", () => {
  test("only at the one that was read, or that our transaction led to", () => {
    expect(names(5)).toEqual(everything);
    expect(names(4)).toEqual({});
    expect(names(6)).toEqual({});
    noteWritten([], 5, 6);
    expect(names(6)).toEqual(everything);
    expect(names(5)).toEqual({});
  });

  test("somebody else's change between is noticed", () => {
    noteWritten([{ kind: "add-set", set: setOf("new", 1) }], 5, 7);
    expect(names(7)).toEqual({});
    expect(names(5)).toEqual(everything);
  });

  test("of a table that nobody has read only what was made is known", () => {
    const commands: readonly NftCommand[] = [
      { kind: "add-set", set: setOf("new", 1) },
      { kind: "add-rules", chain: "chain", rules },
    ];
    noteWritten(commands, 8, 9);
    expect(names(9)).toEqual({ writtenSets: ["new"] });
  });

  test("the kernel counts past 0", () => {
    noteRead(table, 0xffff_ffff);
    noteWritten([], 0xffff_ffff, 1);
    expect(names(1)).toEqual(everything);
  });
});

describe("after one command", () => {
  const without = (...gone: readonly string[]) => everything.sets.filter((name) => !gone.includes(name));
  test.each<[string, NftCommand, Readonly<Record<string, readonly string[]>>]>([
    ["the table goes", { kind: "delete-table" }, {}],
    ["a set comes", { kind: "add-set", set: setOf("new", 1) }, { ...everything, writtenSets: ["new"] }],
    [
      "a set comes in the place of one",
      { kind: "add-set", set: small },
      { ...everything, sets: without("small"), writtenSets: ["small"] },
    ],
    ["a set goes", { kind: "delete-set", name: "small" }, { ...everything, sets: without("small") }],
    ["a set is emptied", { kind: "flush-set", name: "large" }, { ...everything, sets: without("large") }],
    [
      "a small set changes",
      { kind: "add-elements", set: "small", elements: [element(9)] },
      { ...everything, sets: without("small") },
    ],
    [
      "a set of rows changes",
      { kind: "add-elements", set: "rows", elements: [element(9)] },
      { ...everything, sets: without("rows") },
    ],
    [
      "a large set changes a little",
      { kind: "delete-elements", set: "large", elements: [element(9)] },
      { ...everything, sets: without("large"), changedSets: ["large"] },
    ],
    [
      "a large set changes much",
      { kind: "delete-elements", set: "large", elements: setOf("", 300).elements },
      { ...everything, sets: without("large") },
    ],
    ["a set that nobody knows", { kind: "add-elements", set: "other", elements: [element(1)] }, everything],
    [
      "a chain comes",
      { kind: "add-chain", chain: { name: "new", rules: [] } },
      { ...everything, writtenChains: ["new"] },
    ],
    ["a chain goes", { kind: "delete-chain", name: "chain" }, { sets: everything.sets }],
    ["rules come", { kind: "add-rules", chain: "chain", rules }, { sets: everything.sets, writtenChains: ["chain"] }],
    ["rules go", { kind: "flush-chain", name: "chain" }, { sets: everything.sets, writtenChains: ["chain"] }],
    ["rules of a chain that nobody knows", { kind: "flush-chain", name: "other" }, everything],
    ["an object goes", { kind: "delete-timeout", name: "t" }, everything],
  ])("%s", (_, command, expected) => {
    noteWritten([command], 5, 6);
    expect(names(6)).toEqual(expected);
  });
});

describe("after several", () => {
  test("what is made and filled in one transaction is no more what it was made as", () => {
    const set = setOf("new", 1000);
    noteWritten(
      [
        { kind: "add-set", set },
        { kind: "add-elements", set: "new", elements: [element(2000)] },
      ],
      5,
      6,
    );
    expect(names(6)).toEqual(everything);
  });

  test("changes of one set are kept in order, until they are many", () => {
    const change = (value: number): NftCommand => ({ kind: "add-elements", set: "large", elements: [element(value)] });
    noteWritten([change(2000)], 5, 6);
    noteWritten([{ kind: "delete-elements", set: "large", elements: [element(2000)] }, change(2001)], 6, 7);
    const changed = knownTable(7).changedSets.get("large");
    expect(changed?.set).toBe(large);
    expect(changed?.changes.map(({ how, elements }) => [how, elements.length])).toEqual([
      ["add", 1],
      ["delete", 1],
      ["add", 1],
    ]);
    for (let value = 0; value < 300; value++) noteWritten([change(3000 + value)], 7 + value, 8 + value);
    expect(names(307)).toEqual({ ...everything, sets: ["rows", "small"] });
  });

  test("a chain has the rules that it was given since, the very same where they are all", () => {
    noteWritten(
      [
        { kind: "add-chain", chain: { name: "new", rules } },
        { kind: "add-rules", chain: "new", rules },
        { kind: "add-rules", chain: "chain", rules },
      ],
      5,
      6,
    );
    expect(knownTable(6).writtenChains.get("new")?.rules).toBe(rules);
    expect(knownTable(6).writtenChains.get("chain")?.rules).toEqual([...rules, ...rules]);
    noteWritten([{ kind: "flush-chain", name: "new" }], 6, 7);
    expect(knownTable(7).writtenChains.get("new")?.rules).toEqual([]);
  });
});
