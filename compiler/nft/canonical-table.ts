// When two tables are the same, and in what they differ. The order of sets, chains and elements means nothing; the order
// of rules does. Counts are not part of a table.

import { rangeSetOf, rangesOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { mergeNumberRanges } from "../number-ranges.ts";
import { diffTablesInForm } from "./diff-tables.ts";
import type { TableDifference } from "./diff-tables.ts";
import { printTable, printSet } from "./print.ts";
import { printElement, printValue } from "./print-statement.ts";
import type { NftElement, NftRight, NftRule, NftSet, NftStatement, NftTable, NftValue } from "./program.ts";

/** The one form of all tables that mean the same to the kernel. */
export function canonicalTable(table: NftTable): NftTable {
  const { others, ...rest } = table;
  return {
    ...rest,
    sets: sortBy(table.sets.map(canonicalSet), ({ name }) => name),
    chains: sortBy(
      table.chains.map((chain) => ({ ...chain, rules: chain.rules.map(canonicalRule) })),
      ({ name }) => name,
    ),
    ...(others === undefined || others.length === 0
      ? {}
      : { others: sortBy(others, ({ word, name }) => `${word} ${name}`) }),
  };
}

export function sameTable(a: NftTable, b: NftTable): boolean {
  return printTable(canonicalTable(a)) === printTable(canonicalTable(b));
}

export function sameSet(a: NftSet, b: NftSet): boolean {
  return printSet(canonicalSet(a)).join("\n") === printSet(canonicalSet(b)).join("\n");
}

/**
 * Where `actual` is not `desired`, as sentences for an operator. With `idle: "ignore"` sets and plain chains that are not
 * in `desired` are passed over: after a commit the previous generation stands idle until it is swept.
 */
export function diffTables(
  actual: NftTable,
  desired: NftTable,
  options: { readonly idle?: "report" | "ignore"; readonly countMax?: number } = {},
): readonly TableDifference[] {
  return diffTablesInForm(canonicalTable(actual), canonicalTable(desired), {
    idle: options.idle ?? "report",
    countMax: options.countMax ?? differencesMax,
  });
}

const differencesMax = 100;

function canonicalSet(set: NftSet): NftSet {
  return { ...set, elements: set.interval ? intervals(set) : sortBy(set.elements.map(canonicalElement), printElement) };
}

/** A plain interval set is the union of its elements, however it was cut into them. */
function intervals(set: NftSet): readonly NftElement[] {
  const ranges: IpRange[] = [];
  const rest: NftElement[] = [];
  for (const element of set.elements) {
    const [value] = element.key;
    if (set.data === undefined && element.key.length === 1 && value?.kind === "addresses") ranges.push(value.range);
    else rest.push(canonicalElement(element));
  }
  const merged = [...rangesOf(rangeSetOf(ranges))].map((range) => ({ key: [{ kind: "addresses" as const, range }] }));
  return [...merged, ...sortBy(rest, printElement)];
}

function canonicalElement(element: NftElement): NftElement {
  return { ...element, key: element.key.map(canonicalValue) };
}

function canonicalValue(value: NftValue): NftValue {
  return value.kind === "numbers" && value.first === value.last ? { kind: "number", value: value.first } : value;
}

export function canonicalRule(rule: NftRule): NftRule {
  return { ...rule, statements: rule.statements.map(canonicalStatement) };
}

function canonicalStatement(statement: NftStatement): NftStatement {
  return statement.kind === "match" ? { ...statement, right: canonicalRight(statement.right) } : statement;
}

const stateOrder = ["new", "established", "related", "invalid", "untracked"] as const;

function canonicalRight(right: NftRight): NftRight {
  switch (right.kind) {
    case "value":
      return { kind: "value", value: canonicalValue(right.value) };
    case "states":
      return { kind: "states", states: stateOrder.filter((state) => right.states.includes(state)) };
    case "any-of": {
      const values = canonicalValues(right.values);
      const only = values.length === 1 ? values[0] : undefined;
      return only === undefined ? { kind: "any-of", values } : { kind: "value", value: only };
    }
  }
}

function canonicalValues(values: readonly NftValue[]): readonly NftValue[] {
  const numbers = values.flatMap((value) => {
    if (value.kind === "number") return [{ first: value.value, last: value.value }];
    return value.kind === "numbers" ? [value] : [];
  });
  const rest = values.filter(({ kind }) => kind !== "number" && kind !== "numbers");
  const merged = mergeNumberRanges(numbers).map(({ first, last }): NftValue =>
    canonicalValue({ kind: "numbers", first, last }),
  );
  return [...merged, ...sortBy(rest, printValue)];
}

/** In the order of UTF-16 code units, which is the same on every machine. */
function sortBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const keyed = items.map((item) => ({ key: keyOf(item), item }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ item }) => item);
}
