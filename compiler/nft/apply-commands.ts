// What the kernel does with a transaction, as a pure function: all commands or none. It is as strict as the kernel about
// missing and used objects, and stricter about adding what is there already, because a plan must never need that.
// Source of the rules: nf_tables_api.c of Linux 6.1 and 6.18, seen through nft 1.0.6.

import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { printElementKey } from "./print-statement.ts";
import type { NftChain, NftCommand, NftElement, NftRule, NftSet, NftTable } from "./program.ts";
import { referencesOfRules, referencesOfSet } from "./references.ts";
import type { References } from "./references.ts";
import { tableName } from "./table-names.ts";

interface Draft {
  /** How many rules and elements lead to a chain or set, by `use`. */
  readonly uses: Map<string, number>;
  readonly sets: Map<string, { readonly head: NftSet; readonly elements: Map<string, NftElement> }>;
  readonly chains: Map<string, { readonly head: NftChain; rules: readonly NftRule[] }>;
  others: NonNullable<NftTable["others"]>;
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
  const uses = new Map<string, number>();
  for (const { rules } of table.chains) useByRules(uses, rules, 1);
  for (const { elements } of table.sets) useByElements(uses, elements, 1);
  return {
    uses,
    sets: new Map(
      table.sets.map((set) => [
        set.name,
        { head: set, elements: new Map(set.elements.map((element) => [printElementKey(element), element])) },
      ]),
    ),
    chains: new Map(table.chains.map((chain) => [chain.name, { head: chain, rules: chain.rules }])),
    others: table.others ?? [],
  };
}

/** Rule by rule and element by element, so that what was added in two commands can go in one. */
function useByRules(uses: Map<string, number>, rules: readonly NftRule[], change: 1 | -1): void {
  for (const rule of rules) use(uses, referencesOfRules([rule]), change);
}

function useByElements(uses: Map<string, number>, elements: Iterable<NftElement>, change: 1 | -1): void {
  for (const element of elements) {
    if (element.data !== undefined) use(uses, referencesOfSet({ elements: [element] }), change);
  }
}

function use(uses: Map<string, number>, { chains, sets }: References, change: 1 | -1): void {
  for (const name of chains) uses.set(`chain ${name}`, (uses.get(`chain ${name}`) ?? 0) + change);
  for (const name of sets) uses.set(`set ${name}`, (uses.get(`set ${name}`) ?? 0) + change);
}

function tableOf(draft: Draft): NftTable {
  return {
    family: "inet",
    name: tableName,
    sets: [...draft.sets.values()].map(({ head, elements }) => ({ ...head, elements: [...elements.values()] })),
    chains: [...draft.chains.values()].map(({ head, rules }) => ({ ...head, rules })),
    ...(draft.others.length === 0 ? {} : { others: draft.others }),
  };
}

function applyToTable(draft: Draft, command: Exclude<NftCommand, { kind: "add-table" | "delete-table" }>): void {
  switch (command.kind) {
    case "add-set": {
      const { set } = command;
      if (draft.sets.has(set.name)) throw refusal(command, `set ${set.name} is there already`);
      draft.sets.set(set.name, { head: set, elements: new Map() });
      return addElements(draft, command, set.name, set.elements);
    }
    case "delete-set": {
      const { elements } = needSet(draft, command, command.name);
      refuseUsed(draft, command, "set", command.name);
      useByElements(draft.uses, elements.values(), -1);
      draft.sets.delete(command.name);
      return;
    }
    case "add-elements":
      return addElements(draft, command, command.set, command.elements);
    case "delete-elements": {
      const { elements } = needSet(draft, command, command.set);
      for (const element of command.elements) {
        const key = printElementKey(element);
        const there = elements.get(key);
        if (there === undefined) throw refusal(command, `set ${command.set} has no element ${key}`);
        useByElements(draft.uses, [there], -1);
        elements.delete(key);
      }
      return;
    }
    case "flush-set": {
      const { elements } = needSet(draft, command, command.name);
      useByElements(draft.uses, elements.values(), -1);
      elements.clear();
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
      useByRules(draft.uses, command.rules, 1);
      chain.rules = [...chain.rules, ...command.rules];
      return;
    }
    case "flush-chain": {
      const chain = needChain(draft, command, command.name);
      useByRules(draft.uses, chain.rules, -1);
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
  const { head, elements } = needSet(draft, command, name);
  needReferences(draft, command, referencesOfSet({ elements: added }));
  for (const element of added) {
    const key = printElementKey(element);
    if (element.key.length !== head.key.length) throw refusal(command, `element ${key} does not fit set ${name}`);
    if ((element.data === undefined) !== (head.data === undefined)) {
      throw refusal(command, `element ${key} of ${name} ${head.data === undefined ? "has" : "lacks"} data`);
    }
    if (elements.has(key)) throw refusal(command, `set ${name} has element ${key} already`);
    elements.set(key, element);
  }
  useByElements(draft.uses, added, 1);
  if (head.interval && overlaps([...elements.values()])) throw refusal(command, `intervals of set ${name} overlap`);
}

/** True when some address stands in two elements. */
function overlaps(elements: readonly NftElement[]): boolean {
  const ranges = elements.flatMap(({ key: [value] }): IpRange[] => (value?.kind === "addresses" ? [value.range] : []));
  const sizeOf = (all: Iterable<{ first: number | bigint; last: number | bigint }>) => {
    let size = 0n;
    for (const { first, last } of all) size += BigInt(last) - BigInt(first) + 1n;
    return size;
  };
  const { ipv4, ipv6 } = rangeSetOf(ranges);
  return sizeOf(ranges) !== sizeOf([...ipv4, ...ipv6]);
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
  for (const name of references.chains) {
    const { head } = needChain(draft, command, name);
    if (head.hook !== undefined) throw refusal(command, `chain ${name} has a hook and cannot be jumped to`);
  }
}

function refuseUsed(draft: Draft, command: NftCommand, kind: "set" | "chain", name: string): void {
  const count = draft.uses.get(`${kind} ${name}`) ?? 0;
  if (count > 0) throw refusal(command, `${kind} ${name} is used by ${count} rules or map elements`);
}

function refusal(command: NftCommand, reason: string): Error {
  return new Error(`${command.kind}: ${reason}`);
}
