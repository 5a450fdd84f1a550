// What of our table need not be read again. The kernel numbers every state of all rules, so what was read at one number
// and not written by the one transaction that led to the next is what it was; and what that transaction made is what it
// wrote, which the reader proves or reads before anybody relies on it. Whoever else changes any rule changes the number,
// and then nothing is known. Only what changes without a new number is always read: dynamic sets, flowtables, objects.

import { readlinkSync } from "node:fs";
import type { ElementsChange } from "@merlon/compiler/nft/changed-rows.ts";
import { elementCount } from "@merlon/compiler/nft/packed-set.ts";
import type { NftChain, NftCommand, NftElement, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";

export interface KnownTable {
  /** As they were read, or found to be as they were written. */
  readonly sets: Map<string, NftSet>;
  readonly chains: Map<string, NftChain>;
  /** Made since by our transactions alone, and seen by nobody yet. */
  readonly writtenSets: Map<string, NftSet>;
  readonly writtenChains: Map<string, NftChain>;
  /** Sets that were read, and what our transactions have changed in them since. */
  readonly changedSets: Map<string, ChangedSet>;
}

export interface ChangedSet {
  readonly set: NftSet;
  /** In their order. An element that goes and comes again is in both. */
  readonly changes: readonly ElementsChange[];
}

interface Known extends KnownTable {
  /** The numbers of each network namespace are its own. */
  readonly namespace: string;
  readonly generation: number;
}

/** With more changed elements a set is read faster than asked about each. */
const changedElementsMax = 256;

let known: Known | undefined;

export function knownTable(generation: number): KnownTable {
  return known?.generation === generation && known.namespace === namespace() ? known : nothing();
}

/** A set as it was when it was known, whatever has happened since. */
export function formerSet(name: string): NftSet | undefined {
  return known?.namespace === namespace() ? (known.writtenSets.get(name) ?? known.sets.get(name)) : undefined;
}

/** A table that was read from beginning to end at one generation. */
export function noteRead(table: NftTable, generation: number): void {
  const byName = <T extends { readonly name: string }>(items: readonly T[]) =>
    new Map(items.map((it) => [it.name, it]));
  known = {
    ...nothing(),
    namespace: namespace(),
    generation,
    sets: byName(table.sets),
    chains: byName(table.chains),
  };
}

/**
 * A transaction was sent when the rules were at `before`, and now they are at `after`. Where one follows the other nothing
 * else came between.
 */
export function noteWritten(commands: readonly NftCommand[], before: number, after: number): void {
  // The kernel leaves out 0.
  if (after !== ((before + 1) >>> 0 || 1)) return;
  const { sets, chains, writtenSets, writtenChains, changedSets } = knownTable(before);
  const next: Known = {
    namespace: namespace(),
    generation: after,
    sets: new Map(sets),
    chains: new Map(chains),
    writtenSets: new Map(writtenSets),
    writtenChains: new Map(writtenChains),
    changedSets: new Map(changedSets),
  };
  for (const command of commands) note(next, command);
  known = next;
}

function nothing(): KnownTable {
  const none = { sets: new Map(), chains: new Map(), writtenSets: new Map(), writtenChains: new Map() };
  return { ...none, changedSets: new Map() };
}

function note(table: KnownTable, command: NftCommand): void {
  switch (command.kind) {
    case "delete-table":
      for (const names of Object.values(mapsOf(table))) names.clear();
      return;
    case "add-set":
      forgetSet(table, command.set.name);
      table.writtenSets.set(command.set.name, command.set);
      return;
    case "delete-set":
    case "flush-set":
      return forgetSet(table, command.name);
    case "add-elements":
      return changeSet(table, command.set, "add", command.elements);
    case "delete-elements":
      return changeSet(table, command.set, "delete", command.elements);
    case "add-chain":
      return writeChain(table, { ...command.chain, rules: [] });
    case "add-rules": {
      const chain = chainOf(table, command.chain);
      if (chain === undefined) return;
      const rules = chain.rules.length === 0 ? command.rules : [...chain.rules, ...command.rules];
      return writeChain(table, { ...chain, rules });
    }
    case "flush-chain": {
      const chain = chainOf(table, command.name);
      return chain === undefined ? undefined : writeChain(table, { ...chain, rules: [] });
    }
    case "delete-chain":
      table.chains.delete(command.name);
      table.writtenChains.delete(command.name);
      return;
    case "add-table":
    case "add-timeout":
    case "delete-timeout":
    case "add-flowtable":
    case "delete-flowtable":
    case "delete-other":
      return;
  }
}

function mapsOf({ sets, chains, writtenSets, writtenChains, changedSets }: KnownTable) {
  return { sets, chains, writtenSets, writtenChains, changedSets };
}

function forgetSet({ sets, writtenSets, changedSets }: KnownTable, name: string): void {
  sets.delete(name);
  writtenSets.delete(name);
  changedSets.delete(name);
}

/** A set that is not large in objects is read whole: that is as fast, and simpler. */
function changeSet(table: KnownTable, name: string, how: "add" | "delete", elements: readonly NftElement[]): void {
  const { set, changes } = table.changedSets.get(name) ?? { set: table.sets.get(name), changes: [] };
  forgetSet(table, name);
  const isAsked = set !== undefined && set.interval === false && set.foreign === undefined;
  if (!isAsked || elementCount(set) < changedElementsMax) return;
  const all = [...changes, { how, elements }];
  if (all.reduce((sum, change) => sum + change.elements.length, 0) > changedElementsMax) return;
  table.changedSets.set(name, { set, changes: all });
}

function chainOf({ chains, writtenChains }: KnownTable, name: string): NftChain | undefined {
  return writtenChains.get(name) ?? chains.get(name);
}

function writeChain({ chains, writtenChains }: KnownTable, chain: NftChain): void {
  chains.delete(chain.name);
  writtenChains.set(chain.name, chain);
}

function namespace(): string {
  return readlinkSync("/proc/thread-self/ns/net");
}
