// What the kernel does with a transaction, as a pure function: all commands or none. It is as strict as the kernel about
// missing and used objects, and stricter about adding what is there already, because a plan must never need that.
// Source of the rules: nf_tables_api.c of Linux 6.1 and 6.18, seen through nft 1.0.6.

import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { NftFlowtable } from "./flowtable.ts";
import { firstValue } from "./first-value.ts";
import { changeRows } from "./changed-rows.ts";
import { elementId } from "./element-id.ts";
import type { ElementId } from "./element-id.ts";
import { RowIndex, elementCount, rowsOf } from "./packed-set.ts";
import { isVerdict, printElementKey } from "./print-statement.ts";
import type { NftChain, NftCommand, NftElement, NftRule, NftSet, NftTable, NftTimeout } from "./program.ts";
import { referencesOfRules, referencesOfSet } from "./references.ts";
import type { References } from "./references.ts";
import { tableName } from "./table-names.ts";

interface Draft {
  /** How many rules and elements lead to a chain, set or timeout, by `use`; counted when it is first asked for. */
  uses: Map<string, number> | undefined;
  readonly sets: Map<string, SetDraft>;
  readonly chains: Map<string, { readonly head: NftChain; rules: readonly NftRule[] }>;
  readonly timeouts: Map<string, NftTimeout>;
  readonly flowtables: Map<string, NftFlowtable>;
  others: NonNullable<NftTable["others"]>;
}

/** A set that no command touches is passed on as it is; its elements are sorted out by their ids only when one is looked for. */
interface SetDraft {
  readonly head: NftSet;
  /** `own` are those of the head, which may be many rows that nobody needs as elements. */
  elements: "own" | readonly NftElement[] | Map<ElementId, NftElement>;
}

/** The table after the transaction. Throws with the command and the reason where the kernel would refuse it. */
export function applyCommands(table: NftTable | undefined, commands: readonly NftCommand[]): NftTable | undefined {
  let draft = table === undefined ? undefined : draftOf(table);
  for (const command of commands) {
    if (command.kind === "add-table") draft ??= draftOf({ family: "inet", name: tableName, sets: [], chains: [] });
    else if (draft === undefined) throw refusal(command, "there is no table");
    else if (command.kind === "delete-table") draft = undefined;
    else applyToTable(draft, command);
  }
  return draft === undefined ? undefined : tableOf(draft);
}

function draftOf(table: NftTable): Draft {
  return {
    uses: undefined,
    sets: new Map(table.sets.map((set) => [set.name, { head: set, elements: "own" }])),
    chains: new Map(table.chains.map((chain) => [chain.name, { head: chain, rules: chain.rules }])),
    timeouts: new Map((table.timeouts ?? []).map((timeout) => [timeout.name, timeout])),
    flowtables: new Map((table.flowtables ?? []).map((flowtable) => [flowtable.name, flowtable])),
    others: table.others ?? [],
  };
}

function usesOf(draft: Draft): Map<string, number> {
  if (draft.uses !== undefined) return draft.uses;
  draft.uses = new Map();
  for (const { rules } of draft.chains.values()) useByRules(draft, rules, 1);
  for (const set of draft.sets.values()) useByElements(draft, set, 1);
  return draft.uses;
}

function elementsOf({ head, elements }: SetDraft): readonly NftElement[] | Map<ElementId, NftElement> {
  return elements === "own" ? head.elements : elements;
}

function isEmpty({ head, elements }: SetDraft): boolean {
  if (elements === "own") return elementCount(head) === 0;
  return (elements instanceof Map ? elements.size : elements.length) === 0;
}

function byId(set: SetDraft): Map<ElementId, NftElement> {
  if (set.elements instanceof Map) return set.elements;
  const made = new Map([...elementsOf(set).values()].map((element) => [elementId(element), element]));
  set.elements = made;
  return made;
}

/** Rule by rule and element by element, so that what was added in two commands can go in one. */
function useByRules({ uses }: Draft, rules: readonly NftRule[], change: 1 | -1): void {
  if (uses !== undefined) for (const rule of rules) use(uses, referencesOfRules([rule]), change);
}

function useByElements(draft: Draft, set: SetDraft, change: 1 | -1): void {
  if (draft.uses !== undefined && set.head.data === "verdict") useByTargets(draft, elementsOf(set).values(), change);
}

function useByTargets({ uses }: Draft, elements: Iterable<NftElement>, change: 1 | -1): void {
  if (uses === undefined) return;
  for (const element of elements) {
    // An element without data leads nowhere, and no set has some with and some without.
    if (element.data === undefined || !isVerdict(element.data)) return;
    use(uses, referencesOfSet({ elements: [element] }), change);
  }
}

function use(uses: Map<string, number>, { chains, sets, timeouts, flowtables }: References, change: 1 | -1): void {
  for (const name of chains) uses.set(`chain ${name}`, (uses.get(`chain ${name}`) ?? 0) + change);
  for (const name of sets) uses.set(`set ${name}`, (uses.get(`set ${name}`) ?? 0) + change);
  for (const name of timeouts) uses.set(`timeout ${name}`, (uses.get(`timeout ${name}`) ?? 0) + change);
  for (const name of flowtables) uses.set(`flowtable ${name}`, (uses.get(`flowtable ${name}`) ?? 0) + change);
}

function tableOf(draft: Draft): NftTable {
  return {
    family: "inet",
    name: tableName,
    sets: [...draft.sets.values()].map(({ head, elements }) =>
      elements === "own" ? head : { ...head, elements: [...elements.values()] },
    ),
    chains: [...draft.chains.values()].map(({ head, rules }) => (rules === head.rules ? head : { ...head, rules })),
    ...(draft.timeouts.size === 0 ? {} : { timeouts: [...draft.timeouts.values()] }),
    ...(draft.flowtables.size === 0 ? {} : { flowtables: [...draft.flowtables.values()] }),
    ...(draft.others.length === 0 ? {} : { others: draft.others }),
  };
}

function applyToTable(draft: Draft, command: Exclude<NftCommand, { kind: "add-table" | "delete-table" }>): void {
  switch (command.kind) {
    case "add-set": {
      const { set } = command;
      if (draft.sets.has(set.name)) throw refusal(command, `set ${set.name} is there already`);
      if (rowsOf(set) !== undefined) return addRows(draft, command, set);
      draft.sets.set(set.name, { head: set, elements: [] });
      return addElements(draft, command, set.name, set.elements);
    }
    case "delete-set": {
      const set = needSet(draft, command, command.name);
      refuseUsed(draft, command, "set", command.name);
      useByElements(draft, set, -1);
      draft.sets.delete(command.name);
      return;
    }
    case "add-elements":
      // What a dynamic set holds is run-time state, which no table has.
      if (needSet(draft, command, command.set).head.dynamic !== undefined) return;
      if (changeRowsOf(draft, command, "add")) return;
      return addElements(draft, command, command.set, command.elements);
    case "delete-elements": {
      if (changeRowsOf(draft, command, "delete")) return;
      const elements = byId(needSet(draft, command, command.set));
      for (const element of command.elements) {
        const id = elementId(element);
        const there = elements.get(id);
        if (there === undefined)
          throw refusal(command, `set ${command.set} has no element ${printElementKey(element)}`);
        useByTargets(draft, [there], -1);
        elements.delete(id);
      }
      return;
    }
    case "flush-set": {
      const set = needSet(draft, command, command.name);
      useByElements(draft, set, -1);
      set.elements = [];
      return;
    }
    case "add-chain": {
      const { chain } = command;
      if (draft.chains.has(chain.name)) throw refusal(command, `chain ${chain.name} is there already`);
      draft.chains.set(chain.name, { head: chain, rules: [] });
      return;
    }
    case "add-rules": {
      const chain = needChain(draft, command, command.chain);
      needReferences(draft, command, referencesOfRules(command.rules));
      useByRules(draft, command.rules, 1);
      chain.rules = chain.rules.length === 0 ? command.rules : [...chain.rules, ...command.rules];
      return;
    }
    case "flush-chain": {
      const chain = needChain(draft, command, command.name);
      useByRules(draft, chain.rules, -1);
      chain.rules = [];
      return;
    }
    case "delete-chain": {
      const { rules } = needChain(draft, command, command.name);
      if (rules.length > 0) throw refusal(command, `chain ${command.name} has rules`);
      refuseUsed(draft, command, "chain", command.name);
      draft.chains.delete(command.name);
      return;
    }
    default:
      return applyToObject(draft, command);
  }
}

type ObjectCommand = Extract<
  NftCommand,
  { kind: "add-timeout" | "delete-timeout" | "add-flowtable" | "delete-flowtable" | "delete-other" }
>;

function applyToObject(draft: Draft, command: ObjectCommand): void {
  switch (command.kind) {
    case "add-timeout": {
      const { timeout } = command;
      if (draft.timeouts.has(timeout.name)) throw refusal(command, `timeout ${timeout.name} is there already`);
      draft.timeouts.set(timeout.name, timeout);
      return;
    }
    case "delete-timeout": {
      refuseUsed(draft, command, "timeout", command.name);
      if (!draft.timeouts.delete(command.name)) throw refusal(command, `there is no timeout ${command.name}`);
      return;
    }
    case "add-flowtable": {
      const { flowtable } = command;
      if (draft.flowtables.has(flowtable.name)) throw refusal(command, `flowtable ${flowtable.name} is there already`);
      draft.flowtables.set(flowtable.name, flowtable);
      return;
    }
    case "delete-flowtable": {
      refuseUsed(draft, command, "flowtable", command.name);
      if (!draft.flowtables.delete(command.name)) throw refusal(command, `there is no flowtable ${command.name}`);
      return;
    }
    case "delete-other": {
      const { word, name } = command.other;
      const left = draft.others.filter((other) => other.word !== word || other.name !== name);
      if (left.length === draft.others.length) throw refusal(command, `there is no ${word} ${name}`);
      draft.others = left;
      return;
    }
  }
}

function addElements(draft: Draft, command: NftCommand, name: string, added: readonly NftElement[]): void {
  const set = needSet(draft, command, name);
  const { head } = set;
  needReferences(draft, command, referencesOfSet({ elements: added }));
  const isFirst = isEmpty(set);
  if (!(isFirst && sound.get(added) === head)) {
    const elements = isFirst ? new Map<ElementId, NftElement>() : byId(set);
    for (const element of added) addElement(elements, element, head, command);
    if (head.size !== undefined && elements.size > head.size) throw refusal(command, `set ${name} is full`);
    if (head.interval === true && overlaps([...elements.values()]))
      throw refusal(command, `intervals of set ${name} overlap`);
  }
  if (isFirst) {
    set.elements = head.elements === added ? "own" : added;
    sound.set(added, head);
  }
  useByTargets(draft, added, 1);
}

function addRows(draft: Draft, command: NftCommand, set: NftSet): void {
  const rows = rowsOf(set);
  if (rows === undefined) return;
  if (!soundRows.has(set)) {
    if (new RowIndex(rows).count !== rows.count) throw refusal(command, `set ${set.name} has an element twice`);
    if (set.size !== undefined && elementCount(set) > set.size) throw refusal(command, `set ${set.name} is full`);
    soundRows.add(set);
  }
  draft.sets.set(set.name, { head: set, elements: "own" });
}

/** Some rows of a set that is nothing but rows; false where it is none. */
function changeRowsOf(
  draft: Draft,
  command: Extract<NftCommand, { kind: "add-elements" | "delete-elements" }>,
  how: "add" | "delete",
): boolean {
  const { head, elements } = needSet(draft, command, command.set);
  const before = elementCount(head);
  const changed = elements === "own" ? changeRows(head, [{ how, elements: command.elements }]) : undefined;
  if (changed === undefined) return false;
  const difference = elementCount(changed) - before;
  if (difference !== (how === "add" ? command.elements.length : -command.elements.length)) return false;
  if (head.size !== undefined && elementCount(changed) > head.size) return false;
  draft.sets.set(command.set, { head: changed, elements: "own" });
  return true;
}

/** Sets of rows that were found to be sound: a plan is applied more than once. */
const soundRows = new WeakSet<NftSet>();

/** Elements that were found to be sound as the only ones of a set: a plan is applied more than once. */
const sound = new WeakMap<readonly NftElement[], NftSet>();

function addElement(
  elements: Map<ElementId, NftElement>,
  element: NftElement,
  head: NftSet,
  command: NftCommand,
): void {
  const refuse = (why: (key: string) => string): Error => refusal(command, why(printElementKey(element)));
  if (element.key !== "rest" && element.key.length !== head.key.length)
    throw refuse((key) => `element ${key} does not fit set ${head.name}`);
  if ((element.data === undefined) !== (head.data === undefined))
    throw refuse((key) => `element ${key} of ${head.name} ${head.data === undefined ? "has" : "lacks"} data`);
  const id = elementId(element);
  if (elements.has(id)) throw refuse((key) => `set ${head.name} has element ${key} already`);
  elements.set(id, element);
}

/** True when some address stands in two elements. */
function overlaps(elements: readonly NftElement[]): boolean {
  const ranges = elements.flatMap((element): IpRange[] => {
    const value = firstValue(element);
    return value?.kind === "addresses" ? [value.range] : [];
  });
  const { ipv4, ipv6 } = rangeSetOf(ranges);
  let [size4, size6] = [0, 0n];
  for (const range of ranges) {
    if (range.family === 4) size4 += range.last - range.first + 1;
    else size6 += range.last - range.first + 1n;
  }
  for (const { first, last } of ipv4) size4 -= last - first + 1;
  for (const { first, last } of ipv6) size6 -= last - first + 1n;
  return size4 !== 0 || size6 !== 0n;
}

function needSet(draft: Draft, command: NftCommand, name: string) {
  const set = draft.sets.get(name);
  if (set === undefined) throw refusal(command, `there is no set ${name}`);
  return set;
}

function needChain(draft: Draft, command: NftCommand, name: string) {
  const chain = draft.chains.get(name);
  if (chain === undefined) throw refusal(command, `there is no chain ${name}`);
  return chain;
}

function needReferences(draft: Draft, command: NftCommand, references: References): void {
  for (const name of references.sets) needSet(draft, command, name);
  for (const name of references.timeouts) {
    if (!draft.timeouts.has(name)) throw refusal(command, `there is no timeout ${name}`);
  }
  for (const name of references.flowtables) {
    if (!draft.flowtables.has(name)) throw refusal(command, `there is no flowtable ${name}`);
  }
  for (const name of references.chains) {
    const { head } = needChain(draft, command, name);
    if (head.hook !== undefined) throw refusal(command, `chain ${name} has a hook and cannot be jumped to`);
  }
}

function refuseUsed(
  draft: Draft,
  command: NftCommand,
  kind: "set" | "chain" | "timeout" | "flowtable",
  name: string,
): void {
  const count = usesOf(draft).get(`${kind} ${name}`) ?? 0;
  if (count > 0) throw refusal(command, `${kind} ${name} is used by ${count} rules or map elements`);
}

function refusal(command: NftCommand, reason: string): Error {
  return new Error(`${command.kind}: ${reason}`);
}
