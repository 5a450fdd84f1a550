// The model of the kernel's transaction: what it refuses, and that a refusal changes nothing.

import { describe, expect, test } from "vitest";
import { emptyIr } from "../testing/compile-text.ts";
import { applyCommands } from "./apply-commands.ts";
import { lowerTable } from "./lower.ts";
import type { NftCommand, NftSet, NftTable } from "./program.ts";
import { accept, ctMark, goTo, number, rule, text } from "./statements.ts";

const set: NftSet = { name: "s", key: ["mark"], interval: false, counter: false, elements: [{ key: [number(1)] }] };
const map: NftSet = {
  name: "m",
  key: ["ifname"],
  data: "verdict",
  interval: false,
  counter: false,
  elements: [{ key: [text("a")], data: { kind: "goto", chain: "c" } }],
};
const hook = { type: "filter", hook: "forward", priority: 0, policy: "drop" } as const;
const lookup = rule({ kind: "lookup", key: [ctMark], set: "s", negated: false }, accept);
const range = (first: number, last: number) => ({
  key: [{ kind: "addresses" as const, range: { family: 4 as const, first, last } }],
});
const interval: NftSet = { name: "i", key: ["ipv4_addr"], interval: true, counter: false, elements: [range(1, 5)] };

/** A base chain, a plain chain, a set in use, a map in use, an interval set. */
const table: NftTable = {
  family: "inet",
  name: "merlon",
  sets: [set, map, interval],
  chains: [
    { name: "b", hook, rules: [lookup, rule({ kind: "vmap", key: [{ kind: "meta", key: "iifname" }], map: "m" })] },
    { name: "c", rules: [] },
    { name: "free", rules: [] },
    { name: "timed", rules: [rule({ kind: "set-timeout", timeout: "t" })] },
  ],
  timeouts: [{ name: "t", protocol: "tcp", seconds: { established: 9 } }],
  others: [{ word: "counter", name: "n" }],
};

describe("refused", () => {
  test.each<[string, readonly NftCommand[], RegExp]>([
    [
      "a second chain of one name",
      [{ kind: "add-chain", chain: { name: "c", rules: [] } }],
      /chain c is there already/,
    ],
    ["a second set of one name", [{ kind: "add-set", set }], /set s is there already/],
    ["a rule in a missing chain", [{ kind: "add-rules", chain: "x", rules: [rule(accept)] }], /no chain x/],
    ["a rule that goes nowhere", [{ kind: "add-rules", chain: "c", rules: [rule(goTo("x"))] }], /no chain x/],
    ["a rule that goes to a base chain", [{ kind: "add-rules", chain: "c", rules: [rule(goTo("b"))] }], /has a hook/],
    [
      "a rule that looks into a missing set",
      [{ kind: "add-rules", chain: "c", rules: [rule({ kind: "lookup", key: [ctMark], set: "x", negated: false })] }],
      /no set x/,
    ],
    [
      "an element that leads nowhere",
      [{ kind: "add-elements", set: "m", elements: [{ key: [text("z")], data: { kind: "goto", chain: "x" } }] }],
      /no chain x/,
    ],
    [
      "a known element",
      [{ kind: "add-elements", set: "s", elements: [{ key: [number(1)] }] }],
      /has element 1 already/,
    ],
    [
      "a key of another shape",
      [{ kind: "add-elements", set: "s", elements: [{ key: [number(1), number(2)] }] }],
      /does not fit/,
    ],
    [
      "data in a plain set",
      [{ kind: "add-elements", set: "s", elements: [{ key: [number(2)], data: { kind: "drop" } }] }],
      /has data/,
    ],
    ["no data in a map", [{ kind: "add-elements", set: "m", elements: [{ key: [text("z")] }] }], /lacks data/],
    ["overlapping intervals", [{ kind: "add-elements", set: "i", elements: [range(5, 9)] }], /overlap/],
    [
      "an absent element to delete",
      [{ kind: "delete-elements", set: "s", elements: [{ key: [number(9)] }] }],
      /no element 9/,
    ],
    ["a used set", [{ kind: "delete-set", name: "s" }], /set s is used by 1/],
    ["a used map", [{ kind: "delete-set", name: "m", map: true }], /set m is used by 1/],
    ["a chain used by a map", [{ kind: "delete-chain", name: "c" }], /chain c is used by 1/],
    ["a chain with rules", [{ kind: "delete-chain", name: "b" }], /has rules/],
    [
      "a chain that an element added before leads to",
      [
        { kind: "add-elements", set: "m", elements: [{ key: [text("z")], data: { kind: "goto", chain: "free" } }] },
        { kind: "delete-chain", name: "free" },
      ],
      /chain free is used by 1/,
    ],
    [
      "a second timeout of one name",
      [{ kind: "add-timeout", timeout: { name: "t", protocol: "udp", seconds: {} } }],
      /timeout t is there already/,
    ],
    ["a used timeout", [{ kind: "delete-timeout", name: "t" }], /timeout t is used by 1/],
    ["an absent timeout", [{ kind: "delete-timeout", name: "x" }], /no timeout x/],
    [
      "a rule that sets a missing timeout",
      [{ kind: "add-rules", chain: "c", rules: [rule({ kind: "set-timeout", timeout: "x" })] }],
      /no timeout x/,
    ],
    ["an absent chain", [{ kind: "delete-chain", name: "x" }], /no chain x/],
    ["an absent chain to flush", [{ kind: "flush-chain", name: "x" }], /no chain x/],
    ["an absent set", [{ kind: "delete-set", name: "x" }], /no set x/],
    ["an absent object", [{ kind: "delete-other", other: { word: "quota", name: "n" } }], /no quota n/],
    [
      "what was deleted before",
      [
        { kind: "delete-chain", name: "free" },
        { kind: "flush-chain", name: "free" },
      ],
      /no chain free/,
    ],
    ["anything after the table is gone", [{ kind: "delete-table" }, { kind: "flush-chain", name: "c" }], /no table/],
  ])("%s", (_, commands, reason) => {
    const before = structuredClone(table);
    expect(() => applyCommands(table, commands)).toThrow(reason);
    expect(table).toEqual(before);
  });

  test("everything, where there is no table", () => {
    expect(() => applyCommands(undefined, [{ kind: "flush-chain", name: "c" }])).toThrow(/no table/);
    expect(() => applyCommands(undefined, [{ kind: "delete-table" }])).toThrow(/no table/);
  });
});

describe("allowed", () => {
  test.each<[string, readonly NftCommand[], Partial<NftTable>]>([
    ["nothing", [], {}],
    ["the table again", [{ kind: "add-table" }], {}],
    [
      "a set after its user is emptied",
      [
        { kind: "flush-chain", name: "b" },
        { kind: "delete-set", name: "s" },
      ],
      { sets: [map, interval] },
    ],
    [
      "a chain after its map is emptied",
      [
        { kind: "flush-set", name: "m", map: true },
        { kind: "delete-chain", name: "c" },
      ],
      { sets: [set, { ...map, elements: [] }, interval] },
    ],
    [
      "an element deleted by its key",
      [
        { kind: "delete-elements", set: "m", elements: [{ key: [text("a")] }] },
        { kind: "delete-chain", name: "c" },
      ],
      { sets: [set, { ...map, elements: [] }, interval] },
    ],
    [
      "neighbouring intervals",
      [{ kind: "add-elements", set: "i", elements: [range(6, 9)] }],
      { sets: [set, map, { ...interval, elements: [range(1, 5), range(6, 9)] }] },
    ],
    [
      "an element moved in one transaction",
      [
        { kind: "delete-elements", set: "s", elements: [{ key: [number(1)] }] },
        { kind: "add-elements", set: "s", elements: [{ key: [number(1)] }] },
      ],
      {},
    ],
    ["another object deleted", [{ kind: "delete-other", other: { word: "counter", name: "n" } }], {}],
  ])("%s", (_, commands, change) => {
    const after = applyCommands(table, commands)!;
    if (change.sets !== undefined) expect(after.sets).toEqual(change.sets);
    expect(after.family).toBe("inet");
  });

  test("rules added in two steps can be flushed in one, and free what they used", () => {
    const commands: readonly NftCommand[] = [
      { kind: "add-rules", chain: "free", rules: [rule(goTo("c"))] },
      { kind: "add-rules", chain: "free", rules: [rule(goTo("c"))] },
      { kind: "flush-chain", name: "free" },
      { kind: "flush-set", name: "m", map: true },
      { kind: "delete-chain", name: "c" },
    ];
    expect(applyCommands(table, commands)?.chains.map(({ name }) => name)).toEqual(["b", "free", "timed"]);
  });

  test("a table made anew is empty", () => {
    const after = applyCommands(table, [{ kind: "delete-table" }, { kind: "add-table" }]);
    expect(after).toEqual({ family: "inet", name: "merlon", sets: [], chains: [] });
    expect(applyCommands(table, [{ kind: "delete-table" }])).toBeUndefined();
  });

  test("a lowered table built from its parts is itself", () => {
    const desired = lowerTable(emptyIr, 1);
    const built = applyCommands(undefined, [
      { kind: "add-table" },
      ...desired.chains.map((chain): NftCommand => ({ kind: "add-chain", chain: { ...chain, rules: [] } })),
      ...desired.sets.map((one): NftCommand => ({ kind: "add-set", set: one })),
      ...desired.chains.map(({ name, rules }): NftCommand => ({ kind: "add-rules", chain: name, rules })),
    ]);
    expect(built).toEqual(desired);
  });
});
