// When two tables are the same, and in what they differ. The order of sets, chains and elements means nothing; the order
// of rules does. Counts are not part of a table.

import { rangeSetOf, rangesOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { mergeNumberRanges } from "../number-ranges.ts";
import { diffTablesInForm } from "./diff-tables.ts";
import type { TableDifference } from "./diff-tables.ts";
import { elementId } from "./element-id.ts";
import { firstValue } from "./first-value.ts";
import { namedLoad } from "./packet-check.ts";
import { rowsOf, sameRows } from "./packed-set.ts";
import { printChain, printTable, printSet } from "./print.ts";
import { printElement, printRule, printValue } from "./print-statement.ts";
import type {
  NftChain,
  NftElement,
  NftInstruction,
  NftLoad,
  NftRight,
  NftRule,
  NftSet,
  NftStatement,
  NftTable,
  NftTimeout,
  NftValue,
} from "./program.ts";
import { canonicalTranslation } from "./translation.ts";
import { unusualSeconds } from "./timeout-states.ts";

/** The one form of all tables that mean the same to the kernel. */
export function canonicalTable(table: NftTable): NftTable {
  const { others, timeouts, flowtables, ...rest } = table;
  return {
    ...rest,
    sets: sortBy(
      table.sets.map((set) => canonicalSet(set)),
      ({ name }) => name,
    ),
    chains: sortBy(
      table.chains.map((chain) => ({ ...chain, rules: chain.rules.map(canonicalRule) })),
      ({ name }) => name,
    ),
    ...(timeouts === undefined || timeouts.length === 0
      ? {}
      : { timeouts: sortBy(timeouts.map(canonicalTimeout), ({ name }) => name) }),
    ...(flowtables === undefined || flowtables.length === 0
      ? {}
      : { flowtables: sortBy(flowtables, ({ name }) => name) }),
    ...(others === undefined || others.length === 0
      ? {}
      : { others: sortBy(others, ({ word, name }) => `${word} ${name}`) }),
  };
}

/** Object by object, because a table has a hundred thousand elements and most commits leave most objects as they are. */
export function sameTable(a: NftTable, b: NftTable): boolean {
  const rest = (table: NftTable) => printTable(canonicalTable({ ...table, sets: [], chains: [] }));
  return allSame(a.sets, b.sets, sameSet) && allSame(a.chains, b.chains, sameChain) && rest(a) === rest(b);
}

function allSame<T extends { readonly name: string }>(
  a: readonly T[],
  b: readonly T[],
  same: (a: T, b: T) => boolean,
): boolean {
  return a.length === b.length && namesOfSame(a, b, same).size === b.length;
}

export function sameSet(a: NftSet, b: NftSet): boolean {
  if (a === b) return true;
  const head = (set: NftSet) => printSet({ ...set, elements: [] }).join("\n");
  return head(a) === head(b) && sameElements(a, b);
}

function sameElements(a: NftSet, b: NftSet): boolean {
  const [rows, otherRows] = [rowsOf(a), rowsOf(b)];
  if (rows !== undefined && otherRows !== undefined) return sameRows(rows, otherRows);
  if (sameItems(a.elements, b.elements, (one, other) => one === other)) return true;
  const [mine, others] = [canonicalSet(a, unsorted).elements, canonicalSet(b, unsorted).elements];
  if (mine.length !== others.length) return false;
  const known = new Map(others.map((element) => [elementId(element), element]));
  // No element is there twice, so that as many of the one as of the other are all of them.
  return (
    known.size === others.length &&
    mine.every((element) => {
      const id = elementId(element);
      const other = known.get(id);
      known.delete(id);
      return other !== undefined && sameData(element, other);
    })
  );
}

function sameData(a: NftElement, b: NftElement): boolean {
  return a.data === b.data || printElement(a) === printElement(b);
}

export function sameChain(a: NftChain, b: NftChain): boolean {
  if (a === b) return true;
  const head = (chain: NftChain) => printChain({ ...chain, rules: [] }).join("\n");
  return head(a) === head(b) && sameItems(a.rules, b.rules, sameRule);
}

/** Whether two rules are the same to the kernel, comment included. */
export function sameRule(a: NftRule, b: NftRule): boolean {
  return a === b || printRule(canonicalRule(a)) === printRule(canonicalRule(b));
}

function sameItems<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((item, at) => same(item, b[at] ?? item));
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
  const [there, wanted] = withoutSame(actual, desired);
  return diffTablesInForm(canonicalTable(there), canonicalTable(wanted), {
    idle: options.idle ?? "report",
    countMax: options.countMax ?? differencesMax,
  });
}

const differencesMax = 100;

/** Both tables without the sets and chains that are the same in both, which are nearly all of them and need no form. */
function withoutSame(a: NftTable, b: NftTable): readonly [NftTable, NftTable] {
  const sets = namesOfSame(a.sets, b.sets, sameSet);
  const chains = namesOfSame(a.chains, b.chains, sameChain);
  const rest = (table: NftTable): NftTable => ({
    ...table,
    sets: table.sets.filter(({ name }) => !sets.has(name)),
    chains: table.chains.filter(({ name }) => !chains.has(name)),
  });
  return [rest(a), rest(b)];
}

function namesOfSame<T extends { readonly name: string }>(
  a: readonly T[],
  b: readonly T[],
  same: (a: T, b: T) => boolean,
): ReadonlySet<string> {
  const others = new Map(b.map((item) => [item.name, item]));
  const alike = a.filter((item) => {
    const other = others.get(item.name);
    return other !== undefined && same(item, other);
  });
  return new Set(alike.map(({ name }) => name));
}

function canonicalTimeout(timeout: NftTimeout): NftTimeout {
  return { ...timeout, seconds: Object.fromEntries(unusualSeconds(timeout.protocol, timeout.seconds)) };
}

type Sort = (elements: readonly NftElement[]) => readonly NftElement[];

const sorted: Sort = (elements) => sortBy(elements, printElement);
const unsorted: Sort = (elements) => elements;

function canonicalSet(set: NftSet, sort: Sort = sorted): NftSet {
  return { ...set, elements: set.interval ? intervals(set, sort) : sort(set.elements.map(canonicalElement)) };
}

/** A plain interval set is the union of its elements, however it was cut into them. */
function intervals(set: NftSet, sort: Sort): readonly NftElement[] {
  const ranges: IpRange[] = [];
  const rest: NftElement[] = [];
  for (const element of set.elements) {
    const value = firstValue(element);
    if (set.data === undefined && set.interval === true && value?.kind === "addresses") ranges.push(value.range);
    else rest.push(canonicalElement(element));
  }
  const merged = [...rangesOf(rangeSetOf(ranges))].map((range) => ({ key: [{ kind: "addresses" as const, range }] }));
  return [...merged, ...sort(rest)];
}

function canonicalElement(element: NftElement): NftElement {
  if (element.key === "rest" || !element.key.some(isOneNumber)) return element;
  return { ...element, key: element.key.map(canonicalValue) };
}

/** A range of numbers that is one number. */
function isOneNumber(value: NftValue): boolean {
  return value.kind === "numbers" && value.first === value.last;
}

function canonicalValue(value: NftValue): NftValue {
  return value.kind === "numbers" && value.first === value.last ? { kind: "number", value: value.first } : value;
}

export function canonicalRule(rule: NftRule): NftRule {
  return { ...rule, statements: joined(rule.statements.map(canonicalStatement)) };
}

function canonicalStatement(statement: NftStatement): NftStatement {
  if (statement.kind === "instructions") return { ...statement, list: statement.list.map(canonicalInstruction) };
  return statement.kind === "match" ? { ...statement, right: canonicalRight(statement.right) } : statement;
}

/** Instructions have no border between them. */
function joined(statements: readonly NftStatement[]): readonly NftStatement[] {
  const result: NftStatement[] = [];
  for (const statement of statements) {
    const last = result.at(-1);
    if (last?.kind === "instructions" && statement.kind === "instructions") {
      result[result.length - 1] = { ...last, list: [...last.list, ...statement.list] };
    } else result.push(statement);
  }
  return result;
}

/** Numbers in the byte order of the machine, which is little-endian wherever Merlon runs. */
function canonicalInstruction(instruction: NftInstruction): NftInstruction {
  switch (instruction.op) {
    case "mask": {
      const { network, ...rest } = instruction;
      const mask = network === true ? swapBytes(instruction.mask) : instruction.mask;
      return mask === 0xffff_ffff
        ? { op: "copy", from: instruction.from, to: instruction.to, words: 1 }
        : { ...rest, mask };
    }
    case "immediate": {
      const { network, ...rest } = instruction;
      return network === true ? { ...rest, value: swapBytes(instruction.value) } : rest;
    }
    case "compare": {
      const { network, ...rest } = instruction;
      const ordered = instruction.operator === "<" || instruction.operator === ">";
      return network === true && !ordered ? { ...rest, value: swapBytes(instruction.value) } : rest;
    }
    case "load":
      return { ...instruction, expression: canonicalLoad(instruction.expression) };
    case "translate":
    case "masquerade":
      return canonicalTranslation(instruction);
    case "port":
    case "lookup":
    case "vmap":
    case "copy":
    case "swap":
    case "store":
    case "set-segment-size":
    case "offload":
    case "limit":
    case "meter":
    case "draw":
    case "to-port":
    case "notrack":
    case "synproxy":
      return instruction;
  }
}

/** The bytes of a transport header have one name each, whatever its protocol: a load does not ask for it. */
function canonicalLoad(load: NftLoad): NftLoad {
  if (load.kind === "bytes") return namedLoad(load);
  if (load.kind !== "payload") return load;
  switch (load.field) {
    case "sport":
    case "dport":
      return { ...load, protocol: "th" };
    case "type-code":
      return { kind: "payload", protocol: "th", field: "sport" };
    case "type":
    case "code":
      return { ...load, protocol: "icmp" };
    case "saddr":
    case "daddr":
      return load;
  }
}

function swapBytes(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
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
