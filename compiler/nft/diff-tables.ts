// Compares two tables in canonical form, object by object. `diffTables` in canonical-table.ts is the way in.

import { printFlowtable } from "./flowtable.ts";
import { printRule, printElement } from "./print-statement.ts";
import { printDataType, printTimeout } from "./print.ts";
import type { NftChain, NftSet, NftTable } from "./program.ts";

export interface TableDifference {
  /** The object concerned: `chain pair_web_data_g7`, `set hits`. */
  readonly object: string;
  /** `chain pair_web_data_g7: rule 2 is missing: …`; without a full stop. */
  readonly sentence: string;
}

export interface DiffOptions {
  readonly idle: "report" | "ignore";
  readonly countMax: number;
}

export function diffTablesInForm(
  actual: NftTable,
  desired: NftTable,
  options: DiffOptions,
): readonly TableDifference[] {
  const found: TableDifference[] = [];
  for (const difference of differencesOf(actual, desired, options)) {
    if (found.length === options.countMax) {
      found.push({ object: "table", sentence: "there are more differences, which are not listed" });
      break;
    }
    found.push(difference);
  }
  return found;
}

function* differencesOf(actual: NftTable, desired: NftTable, options: DiffOptions): Generator<TableDifference> {
  const known = new Set((desired.others ?? []).map(({ word, name }) => `${word} ${name}`));
  const others = (actual.others ?? []).map(({ word, name }) => `${word} ${name}`);
  for (const object of others) if (!known.has(object)) yield stray(object);
  yield* diffTimeouts(actual, desired, options);
  yield* diffFlowtables(actual, desired, options);
  const sets = { actual: byName(actual.sets), desired: byName(desired.sets) };
  const chains = { actual: byName(actual.chains), desired: byName(desired.chains) };
  for (const set of desired.sets) yield* diffSet(sets.actual.get(set.name), set);
  for (const chain of desired.chains) yield* diffChain(chains.actual.get(chain.name), chain);
  for (const chain of actual.chains) {
    if (chains.desired.has(chain.name)) continue;
    // A chain with a hook sees packets whatever refers to it: it is never idle.
    const idle = chain.hook === undefined && chain.foreign === undefined;
    if (!(idle && options.idle === "ignore")) yield stray(`chain ${chain.name}`);
  }
  if (options.idle === "ignore") return;
  for (const set of actual.sets) if (!sets.desired.has(set.name)) yield stray(titleOf(set));
}

function* diffTimeouts(actual: NftTable, desired: NftTable, options: DiffOptions): Generator<TableDifference> {
  const texts = ({ timeouts = [] }: NftTable) => timeouts.map((it) => [it.name, printTimeout(it).join(" ")] as const);
  yield* diffTexts("timeout", texts(actual), texts(desired), options);
}

function* diffFlowtables(actual: NftTable, desired: NftTable, options: DiffOptions): Generator<TableDifference> {
  const texts = ({ flowtables = [] }: NftTable) =>
    flowtables.map((it) => [it.name, printFlowtable(it).join(" ").replaceAll("\t", "")] as const);
  yield* diffTexts("flowtable", texts(actual), texts(desired), options);
}

type Texts = readonly (readonly [name: string, text: string])[];

function* diffTexts(word: string, actual: Texts, desired: Texts, options: DiffOptions): Generator<TableDifference> {
  const there = new Map(actual);
  for (const [name, wanted] of desired) {
    const object = `${word} ${name}`;
    const found = there.get(name);
    if (found === undefined) yield { object, sentence: `${object} is missing` };
    else if (found !== wanted) yield { object, sentence: `${object} is \`${found}\` instead of \`${wanted}\`` };
    there.delete(name);
  }
  if (options.idle === "report") for (const name of there.keys()) yield stray(`${word} ${name}`);
}

function stray(object: string): TableDifference {
  return { object, sentence: `${object} does not belong there` };
}

function titleOf(set: NftSet): string {
  return `${set.data === undefined ? "set" : "map"} ${set.name}`;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

function* diffSet(actual: NftSet | undefined, desired: NftSet): Generator<TableDifference> {
  const object = titleOf(desired);
  if (actual === undefined) {
    yield { object, sentence: `${object} is missing` };
    return;
  }
  const head = headOf(actual);
  if (head !== headOf(desired))
    yield { object, sentence: `${object} is \`${head}\` instead of \`${headOf(desired)}\`` };
  const there = new Set(actual.elements.map(printElement));
  const wanted = new Set(desired.elements.map(printElement));
  for (const text of wanted) if (!there.has(text)) yield { object, sentence: `${object}: element ${text} is missing` };
  for (const text of there) {
    if (!wanted.has(text)) yield { object, sentence: `${object}: element ${text} does not belong there` };
  }
}

function headOf(set: NftSet): string {
  const interval = set.interval === true ? " interval" : set.interval === false ? "" : ` interval ${set.interval}`;
  const size = set.size === undefined ? "" : ` size ${set.size}`;
  const flags = [interval, size, set.counter ? " counter" : "", set.foreign ?? ""].join("");
  return `${set.key.join(" . ")}${printDataType(set)}${flags}`;
}

function* diffChain(actual: NftChain | undefined, desired: NftChain): Generator<TableDifference> {
  const object = `chain ${desired.name}`;
  if (actual === undefined) {
    yield { object, sentence: `${object} is missing` };
    return;
  }
  const hook = hookOf(actual);
  if (hook !== hookOf(desired))
    yield { object, sentence: `${object} is \`${hook}\` instead of \`${hookOf(desired)}\`` };
  for (const sentence of diffRules(actual.rules.map(printRule), desired.rules.map(printRule))) {
    yield { object, sentence: `${object}: ${sentence}` };
  }
}

function hookOf({ hook, foreign }: NftChain): string {
  const own =
    hook === undefined ? "no hook" : `hook ${hook.hook} ${hook.type} priority ${hook.priority} policy ${hook.policy}`;
  return foreign === undefined ? own : `${own} ${foreign}`;
}

/** Rules are numbered from 1: of `desired` where one is missing, of `actual` where one is too many. */
function* diffRules(actual: readonly string[], desired: readonly string[]): Generator<string> {
  let head = 0;
  while (head < Math.min(actual.length, desired.length) && actual[head] === desired[head]) head++;
  let tail = 0;
  const room = Math.min(actual.length, desired.length) - head;
  while (tail < room && actual[actual.length - 1 - tail] === desired[desired.length - 1 - tail]) tail++;
  const there = actual.slice(head, actual.length - tail);
  const wanted = desired.slice(head, desired.length - tail);
  if (there.length === 0 && wanted.length === 0) return;
  if (there.length === wanted.length && there.toSorted().join("\n") === wanted.toSorted().join("\n")) {
    yield `the rules from ${head + 1} to ${head + wanted.length} are in the wrong order`;
    return;
  }
  yield* unmatched(wanted, there, (index, text) => `rule ${head + index + 1} is missing: ${text}`);
  yield* unmatched(there, wanted, (index, text) => `rule ${head + index + 1} does not belong there: ${text}`);
}

/** Lines of `lines` that are not in `others`, each occurrence counted. */
function* unmatched(
  lines: readonly string[],
  others: readonly string[],
  say: (index: number, line: string) => string,
): Generator<string> {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  for (const [index, line] of lines.entries()) {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    else yield say(index, line);
  }
}
