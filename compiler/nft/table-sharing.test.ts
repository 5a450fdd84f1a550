// What a transaction does not touch is passed on as it is, so that comparing a large table with what it was costs little;
// and what looks the same is compared in full wherever it is not the same object.

import { describe, expect, test } from "vitest";
import { applyCommands } from "./apply-commands.ts";
import { sameSet, sameTable } from "./canonical-table.ts";
import { planCommit } from "./plan-commit.ts";
import type { NftCommand, NftElement, NftSet, NftTable } from "./program.ts";
import { accept, drop, goTo, number, rule, text } from "./statements.ts";

const mark = (value: number): NftElement => ({ key: [number(value)] });
const marks = (name: string, ...values: readonly number[]): NftSet => ({
  name,
  key: ["mark"],
  interval: false,
  counter: true,
  elements: values.map(mark),
});
const leads = (name: string, ...chains: readonly string[]): NftSet => ({
  name,
  key: ["ifname"],
  data: "verdict",
  interval: false,
  counter: false,
  elements: chains.map((chain) => ({ key: [text(chain)], data: { kind: "goto", chain } })),
});
const table: NftTable = {
  family: "inet",
  name: "merlon",
  sets: [marks("a", 1, 2, 3), marks("b", 4), leads("m", "c")],
  chains: [
    { name: "c", rules: [rule(accept)] },
    { name: "d", rules: [rule(goTo("c"))] },
  ],
};
const setOf = (of: NftTable | undefined, name: string): NftSet | undefined =>
  of?.sets.find((candidate) => candidate.name === name);

/** The same in objects of its own, as it is read back from a kernel. */
const copyOf = (of: NftTable): NftTable => structuredClone(of);

describe("a transaction", () => {
  test("passes on what it does not touch", () => {
    const after = applyCommands(table, [{ kind: "add-elements", set: "b", elements: [mark(5)] }]);
    expect(setOf(after, "a")).toBe(setOf(table, "a"));
    expect(setOf(after, "m")).toBe(setOf(table, "m"));
    expect(after?.chains[0]).toBe(table.chains[0]);
    expect(setOf(after, "b")?.elements).toEqual([mark(4), mark(5)]);
    expect(setOf(table, "b")?.elements).toEqual([mark(4)]);
  });

  test("takes over a new set as it is, each time that it is applied", () => {
    const fresh = marks("n", 7, 8);
    const commands: readonly NftCommand[] = [{ kind: "add-set", set: fresh }];
    expect(setOf(applyCommands(table, commands), "n")).toBe(fresh);
    expect(setOf(applyCommands(table, commands), "n")).toBe(fresh);
  });

  test("refuses elements that it found sound for another set", () => {
    const elements = [mark(1), mark(2)];
    const first = applyCommands(table, [{ kind: "add-set", set: { ...marks("n"), elements } }]);
    expect(setOf(first, "n")?.elements).toBe(elements);
    const narrow: NftSet = { ...leads("narrow"), elements };
    expect(() => applyCommands(table, [{ kind: "add-set", set: narrow }])).toThrow("element 1 of narrow lacks data");
    const tight: NftSet = { ...marks("tight"), size: 1, elements };
    expect(() => applyCommands(table, [{ kind: "add-set", set: tight }])).toThrow("set tight is full");
    const command: NftCommand = { kind: "add-elements", set: "n", elements };
    expect(() => applyCommands(first, [command])).toThrow("set n has element 1 already");
  });

  test.each<[string, readonly NftCommand[], RegExp]>([
    [
      "a chain that a map leads to",
      [
        { kind: "flush-chain", name: "c" },
        { kind: "delete-chain", name: "c" },
      ],
      /used by 2/,
    ],
    [
      "a chain that a rule leads to, when the map is empty",
      [
        { kind: "flush-set", name: "m", map: true },
        { kind: "flush-chain", name: "c" },
        { kind: "delete-chain", name: "c" },
      ],
      /used by 1/,
    ],
    [
      "a chain that an element added before leads to",
      [
        { kind: "flush-chain", name: "d" },
        { kind: "add-elements", set: "m", elements: leads("m", "d").elements },
        { kind: "delete-chain", name: "d" },
      ],
      /used by 1/,
    ],
  ])("counts uses when they are asked for: %s", (_, commands, reason) => {
    expect(() => applyCommands(table, commands)).toThrow(reason);
  });

  test("counts uses on from where they were counted", () => {
    const after = applyCommands(table, [
      { kind: "flush-chain", name: "d" },
      { kind: "delete-chain", name: "d" },
      { kind: "delete-elements", set: "m", elements: leads("m", "c").elements },
      { kind: "flush-chain", name: "c" },
      { kind: "delete-chain", name: "c" },
    ]);
    expect(after?.chains).toEqual([]);
    expect(setOf(after, "m")?.elements).toEqual([]);
  });
});

describe("a comparison", () => {
  const changed = (name: string, elements: readonly NftElement[]): NftTable => ({
    ...copyOf(table),
    sets: copyOf(table).sets.map((set) => (set.name === name ? { ...set, elements } : set)),
  });

  test.each<[string, NftTable, boolean]>([
    ["the table itself", table, true],
    ["a copy", copyOf(table), true],
    ["elements in another order", changed("a", [mark(3), mark(1), mark(2)]), true],
    ["an element more", changed("a", [mark(1), mark(2), mark(3), mark(9)]), false],
    ["an element less", changed("a", [mark(1), mark(2)]), false],
    ["another element", changed("a", [mark(1), mark(2), mark(9)]), false],
    ["one element twice in place of another", changed("a", [mark(1), mark(2), mark(2)]), false],
    ["a map that leads elsewhere", changed("m", [{ key: [text("c")], data: { kind: "goto", chain: "d" } }]), false],
    ["a set less", { ...table, sets: table.sets.slice(1) }, false],
    ["a set of another name", { ...table, sets: [marks("z", 1, 2, 3), ...table.sets.slice(1)] }, false],
    ["a chain less", { ...table, chains: table.chains.slice(1) }, false],
    [
      "a rule more",
      { ...table, chains: [...table.chains.slice(1), { name: "c", rules: [rule(accept), rule(drop)] }] },
      false,
    ],
    ["another rule", { ...table, chains: [...table.chains.slice(1), { name: "c", rules: [rule(drop)] }] }, false],
    [
      "a comment more",
      { ...table, chains: [...table.chains.slice(1), { name: "c", rules: [{ ...rule(accept), comment: "x" }] }] },
      false,
    ],
    ["a stray object", { ...table, others: [{ word: "counter", name: "n" }] }, false],
  ])("%s", (_, other, same) => {
    expect(sameTable(table, other)).toBe(same);
    expect(sameTable(other, table)).toBe(same);
  });

  test("intervals are what they cover, also in sets of one name and other elements", () => {
    const range = (first: number, last: number): NftElement => ({
      key: [{ kind: "addresses", range: { family: 4, first, last } }],
    });
    const set = (...elements: readonly NftElement[]): NftSet => ({
      ...marks("i"),
      key: ["ipv4_addr"],
      interval: true,
      elements,
    });
    expect(sameSet(set(range(1, 2), range(3, 9)), set(range(1, 9)))).toBe(true);
    expect(sameSet(set(range(1, 2), range(4, 9)), set(range(1, 9)))).toBe(false);
    expect(sameSet(set(range(1, 9)), { ...set(range(1, 9)), counter: false })).toBe(false);
  });
});

test("a plan touches no element that stays, whichever objects say so", () => {
  const desired: NftTable = { ...copyOf(table), sets: [marks("a", 2, 3, 4), marks("b", 4), leads("m", "d")] };
  const { install, sweep } = planCommit(copyOf(table), desired);
  expect(install).toEqual([
    { kind: "add-elements", set: "a", elements: [mark(4)] },
    { kind: "delete-elements", set: "m", elements: leads("m", "c").elements },
    { kind: "add-elements", set: "m", elements: leads("m", "d").elements },
  ]);
  expect(sweep).toEqual([{ kind: "delete-elements", set: "a", elements: [mark(1)] }]);
  expect(planCommit(copyOf(desired), desired)).toEqual({ install: [], sweep: [] });
});
