// Which generation a table has in force, with shortcuts and without, and tables that somebody has changed.

import { expect, test } from "vitest";
import { compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import { generationOf } from "./generation.ts";
import { lowerTable } from "./lower.ts";
import type { NftRule, NftTable } from "./program.ts";
import { accept, goTo, rule } from "./statements.ts";

const lists = compileText(zoneLines("a", "b") + policyLines(["a", "b"], "p", { application: "junos-ssh" })).ir;
const lookups = compileText(
  zoneLines("a", "b") +
    Array.from({ length: 20 }, (_, n) => policyLines(["a", "b"], `p${n}`, { application: "junos-ssh" })).join(""),
).ir;

function liveOf(table: NftTable): readonly NftRule[] {
  return table.chains.find(({ name }) => name === "live")?.rules ?? [];
}

function withLive(table: NftTable, rules: readonly NftRule[]): NftTable {
  return { ...table, chains: table.chains.map((chain) => (chain.name === "live" ? { ...chain, rules } : chain)) };
}

test("is that of the rule behind the shortcuts", () => {
  expect(liveOf(lowerTable(lists, 3))).toHaveLength(1);
  expect(generationOf(lowerTable(lists, 3))).toBe(3);
  const table = lowerTable(lookups, 12);
  expect(liveOf(table).length).toBeGreaterThan(1);
  expect(generationOf(table)).toBe(12);
});

const table = lowerTable(lookups, 12);
const live = liveOf(table);
test.each<[string, readonly NftRule[]]>([
  ["no rule", []],
  ["shortcuts alone", live.slice(0, -1)],
  ["a rule in front of them", [rule(accept), ...live]],
  ["a rule behind them", [...live, rule(accept)]],
  ["two generations", [rule(goTo("policy_g11")), ...live]],
  ["shortcuts of another generation", [...liveOf(lowerTable(lookups, 11)).slice(0, -1), ...live.slice(-1)]],
  ["another chain", [rule(goTo("permit"))]],
])("%s is none", (_, rules) => {
  expect(generationOf(withLive(table, rules))).toBeUndefined();
});
