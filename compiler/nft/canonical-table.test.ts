// Which tables are the same, and the sentences about those that are not.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyIr } from "../testing/arbitrary-ir.ts";
import { emptyIr } from "../testing/compile-text.ts";
import { anyVandalism, vandalise } from "../testing/vandalism.ts";
import { canonicalTable, diffTables, sameTable } from "./canonical-table.ts";
import { lowerTable } from "./lower.ts";
import type { NftChain, NftRule, NftSet, NftStatement, NftTable, NftTimeout, NftValue } from "./program.ts";
import { accept, drop, goTo, inState, payload } from "./statements.ts";

const table = (sets: readonly NftSet[], chains: readonly NftChain[] = []): NftTable => ({
  family: "inet",
  name: "merlon",
  sets,
  chains,
});
const rules = (...statements: readonly NftStatement[]): readonly NftRule[] =>
  statements.map((one) => ({ statements: [one] }));
const range = (first: number, last: number) => ({
  key: [{ kind: "addresses" as const, range: { family: 4 as const, first, last } }],
});
const intervals = (...elements: NftSet["elements"]): NftSet => ({
  name: "s",
  key: ["ipv4_addr"],
  interval: true,
  counter: false,
  elements,
});
const ports = (...values: readonly NftValue[]): NftStatement => ({
  kind: "match",
  left: payload("tcp", "dport"),
  negated: false,
  right: { kind: "any-of", values },
});
const one = (statement: NftStatement) => table([], [{ name: "c", rules: rules(statement) }]);
const timeout = (name: string, seconds: NftTimeout["seconds"]): NftTimeout => ({ name, protocol: "tcp", seconds });
const num = (value: number): NftValue => ({ kind: "number", value });
const nums = (first: number, last: number): NftValue => ({ kind: "numbers", first, last });

describe("the same", () => {
  test.each<[string, NftTable, NftTable]>([
    [
      "usual times of a timeout and the order of timeouts",
      { ...table([]), timeouts: [timeout("b", { close: 10, established: 9 }), timeout("a", {})] },
      { ...table([]), timeouts: [timeout("a", { time_wait: 120 }), timeout("b", { established: 9 })] },
    ],
    ["no timeouts and an empty list of them", table([]), { ...table([]), timeouts: [] }],
    ["intervals cut otherwise", table([intervals(range(1, 9))]), table([intervals(range(5, 9), range(1, 4))])],
    [
      "the order of sets",
      table([intervals(), { ...intervals(), name: "t" }]),
      table([{ ...intervals(), name: "t" }, intervals()]),
    ],
    [
      "the order of chains",
      table(
        [],
        [
          { name: "a", rules: [] },
          { name: "b", rules: [] },
        ],
      ),
      table(
        [],
        [
          { name: "b", rules: [] },
          { name: "a", rules: [] },
        ],
      ),
    ],
    ["the order of states", one(inState("related", "established")), one(inState("established", "related"))],
    ["the order of values", one(ports(num(80), num(22))), one(ports(num(22), num(80)))],
    ["values as ranges", one(ports(num(22), num(23), num(80))), one(ports(nums(22, 23), nums(80, 80)))],
    [
      "a single value as a set",
      one(ports(num(22))),
      one({ kind: "match", left: payload("tcp", "dport"), negated: false, right: { kind: "value", value: num(22) } }),
    ],
    ["no other objects", { ...table([]), others: [] }, table([])],
  ])("%s does not matter", (_, a, b) => {
    expect(sameTable(a, b)).toBe(true);
    expect(diffTables(a, b)).toEqual([]);
    expect(canonicalTable(a)).toEqual(canonicalTable(b));
  });

  test("the canonical form is its own, and shuffling changes nothing", () => {
    fc.assert(
      fc.property(anyIr, (ir) => {
        const made = lowerTable(ir, 1);
        const sets = made.sets.map((set) => ({ ...set, elements: set.elements.toReversed() })).toReversed();
        const shuffled = { ...made, sets, chains: made.chains.toReversed() };
        expect(canonicalTable(canonicalTable(made))).toEqual(canonicalTable(made));
        expect(sameTable(shuffled, made)).toBe(true);
        expect(diffTables(shuffled, made)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("different", () => {
  const base = table(
    [intervals(range(1, 9))],
    [
      {
        name: "base",
        hook: { type: "filter", hook: "forward", priority: -10, policy: "drop" },
        rules: rules(accept, drop, goTo("c")),
      },
      { name: "c", rules: [] },
    ],
  );
  const withBase = (change: (chain: NftChain) => NftChain): NftTable => ({
    ...base,
    chains: base.chains.map((chain) => (chain.name === "base" ? change(chain) : chain)),
  });
  test.each<[string, NftTable, readonly string[]]>([
    ["a missing set", table([], base.chains), ["set s is missing"]],
    ["a missing chain", table(base.sets, base.chains.slice(0, 1)), ["chain c is missing"]],
    [
      "a stray chain",
      { ...base, chains: [...base.chains, { name: "x", rules: [] }] },
      ["chain x does not belong there"],
    ],
    ["a stray set", { ...base, sets: [...base.sets, { ...intervals(), name: "x" }] }, ["set x does not belong there"]],
    [
      "a stray map",
      { ...base, sets: [...base.sets, { ...intervals(), name: "x", data: "verdict" }] },
      ["map x does not belong there"],
    ],
    ["a counter", { ...base, others: [{ word: "counter", name: "x" }] }, ["counter x does not belong there"]],
    [
      "a policy",
      withBase((chain) => ({ ...chain, hook: { ...chain.hook!, policy: "accept" } })),
      [
        "chain base is `hook forward filter priority -10 policy accept` instead of `hook forward filter priority -10 policy drop`",
      ],
    ],
    [
      "no hook",
      withBase(({ name, rules: kept }) => ({ name, rules: kept })),
      ["chain base is `no hook` instead of `hook forward filter priority -10 policy drop`"],
    ],
    [
      "the first rule missing",
      withBase((chain) => ({ ...chain, rules: chain.rules.slice(1) })),
      ["chain base: rule 1 is missing: accept"],
    ],
    [
      "the last rule missing",
      withBase((chain) => ({ ...chain, rules: chain.rules.slice(0, 2) })),
      ["chain base: rule 3 is missing: goto c"],
    ],
    [
      "a rule too many",
      withBase((chain) => ({ ...chain, rules: [...rules(accept), ...chain.rules] })),
      ["chain base: rule 2 does not belong there: accept"],
    ],
    [
      "another rule",
      withBase((chain) => ({ ...chain, rules: rules(accept, goTo("d"), goTo("c")) })),
      ["chain base: rule 2 is missing: drop", "chain base: rule 2 does not belong there: goto d"],
    ],
    [
      "rules in another order",
      withBase((chain) => ({ ...chain, rules: rules(drop, accept, goTo("c")) })),
      ["chain base: the rules from 1 to 2 are in the wrong order"],
    ],
    [
      "no rules",
      withBase((chain) => ({ ...chain, rules: [] })),
      [
        "chain base: rule 1 is missing: accept",
        "chain base: rule 2 is missing: drop",
        "chain base: rule 3 is missing: goto c",
      ],
    ],
    [
      "a comment",
      withBase((chain) => ({ ...chain, rules: [{ statements: [accept], comment: "x" }, ...chain.rules.slice(1)] })),
      ["chain base: rule 1 is missing: accept", 'chain base: rule 1 does not belong there: accept comment "x"'],
    ],
    ["an element missing", table([intervals()], base.chains), ["set s: element 0.0.0.1-0.0.0.9 is missing"]],
    [
      "a wider element",
      table([intervals(range(0, 9))], base.chains),
      ["set s: element 0.0.0.1-0.0.0.9 is missing", "set s: element 0.0.0.0-0.0.0.9 does not belong there"],
    ],
    [
      "a set of another kind",
      table([{ ...intervals(range(1, 9)), counter: true }], base.chains),
      ["set s is `ipv4_addr interval counter` instead of `ipv4_addr interval`"],
    ],
  ])("%s", (_, actual, sentences) => {
    expect(diffTables(actual, base).map(({ sentence }) => sentence)).toEqual(sentences);
    expect(sameTable(actual, base)).toBe(false);
  });

  test("idle leftovers can be passed over, a chain with a hook never", () => {
    const hook = { type: "filter", hook: "forward", priority: 1, policy: "accept" } as const;
    const actual = {
      ...base,
      sets: [...base.sets, { ...intervals(), name: "x" }],
      chains: [...base.chains, { name: "x", rules: [] }, { name: "y", hook, rules: [] }],
    };
    expect(diffTables(actual, base, { idle: "ignore" }).map(({ object }) => object)).toEqual(["chain y"]);
  });

  test("the list of differences is bounded and says so", () => {
    const many = Array.from({ length: 500 }, (_, n): NftChain => ({ name: `x${n}`, rules: [] }));
    const found = diffTables({ ...base, chains: [...base.chains, ...many] }, base);
    expect(found).toHaveLength(101);
    expect(found.at(-1)?.sentence).toBe("there are more differences, which are not listed");
    expect(diffTables(table([]), base, { countMax: 1 })).toHaveLength(2);
  });

  test("two tables are the same exactly when there is no difference", () => {
    fc.assert(
      fc.property(anyIr, anyVandalism, (ir, done) => {
        const desired = lowerTable(ir, 1);
        const actual = vandalise(desired, done);
        expect(diffTables(actual, desired).length === 0).toBe(sameTable(actual, desired));
      }),
      { numRuns: 500 },
    );
  });

  test("tables of different policies are never taken for each other", () => {
    const open = lowerTable(emptyIr, 1);
    expect(sameTable(open, lowerTable(emptyIr, 2))).toBe(false);
  });
});
