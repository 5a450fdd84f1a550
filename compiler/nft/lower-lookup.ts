// What the lookups of all pairs of zones share: their sets and chains, each once, the classes of narrow addresses, and
// the numbers of actions.

import type { IrRule } from "../ir.ts";
import type { BoxLookup } from "../lookup/boxes.ts";
import type { Lookup } from "../lookup/lookup.ts";
import { sharedKinds } from "../lookup/shared-addresses.ts";
import type { SharedAddresses } from "../lookup/shared-addresses.ts";
import { contentNamed, fixedSet, packedSet, textFingerprint } from "./fixed-set.ts";
import { pieceKey, sharedRows } from "./lookup-addresses.ts";
import { earlierSet, leftOutSets, lookupSets, partData, sharedWord, unsureAction } from "./lookup-sets.ts";
import type { Result } from "./lookup-sets.ts";
import { LoweredBoxes, boxSets } from "./lowered-boxes.ts";
import { LoweredLookup } from "./lowered-lookup.ts";
import { printRule } from "./print-statement.ts";
import type { NftChain, NftElement, NftRule, NftSet, NftType } from "./program.ts";
import { number } from "./statements.ts";
import { actionChains, generationName } from "./table-names.ts";

/** These have the same number in every generation, so that sets that speak of them stay as they are. */
export const usualActions: readonly string[] = [
  actionChains.permit,
  actionChains.deny,
  actionChains.denyAndLog,
  actionChains.reject,
  actionChains.rejectAndLog,
];

/**
 * The sets and chains of all lookups. They are named by what they hold, so that a commit writes those alone that it
 * changes: the rest stands in the kernel already, and to bind a map of a million elements to new rules takes as long as to
 * fill it.
 */
export class LookupSets {
  readonly #generation: number;
  readonly #actionsName: string;
  readonly #sets = new Map<string, NftSet>();
  readonly #chains = new Map<string, NftChain>();
  /** Names of the sets that all lookups share, by what the rules call them. */
  readonly #shared = new Map<string, string>();
  readonly #actions = new Map<string, number>(usualActions.map((chain, index) => [chain, index + 1]));
  #pathCount = 0;

  /** With `onlyUsual` no rule leads to another chain than those of `actionChains`. */
  constructor(generation: number, onlyUsual: boolean) {
    this.#generation = generation;
    this.#actionsName = onlyUsual ? "actions" : generationName("actions", generation);
  }

  get sets(): readonly NftSet[] {
    const sets = [...this.#sets.values()];
    if (sets.length === 0) return [];
    const elements = [...this.#actions].map(([chain, action]): NftElement => ({
      key: [number(action)],
      data: { kind: "goto", chain },
    }));
    return [...sets, fixedSet(this.#actionsName, ["mark"], "verdict", elements)];
  }

  get chains(): readonly NftChain[] {
    return [...this.#chains.values()];
  }

  /** The sets of a lookup; its rules are made for one protocol at a time. */
  add(lookup: Lookup, chainOf: (rule: IrRule) => string): LoweredLookup {
    const names = new Map(this.#shared);
    const resultOf = (rule: IrRule): Result => [rule.id, this.#actionOf(chainOf(rule))];
    const left = leftOutSets(lookup);
    for (const set of [...lookupSets(lookup, resultOf), ...left.map((it) => it.set)]) {
      names.set(set.name, this.#add(contentNamed(set)).name);
    }
    const named = (word: string) => names.get(word) ?? missing(word);
    if (lookup.ruleBits !== undefined) names.set("earlier", this.#add(earlierSet(lookup.rules.length)).name);
    return new LoweredLookup(
      lookup,
      named,
      { map: this.#actionsName, used: new Set(lookup.rules.map((rule) => this.#actionOf(chainOf(rule)))) },
      left.map(({ check }) => check(named)),
    );
  }

  /** The sets of a lookup of boxes. */
  addBoxes(lookup: BoxLookup, chainOf: (rule: IrRule) => string): LoweredBoxes {
    const names = new Map<string, string>();
    const sets = boxSets(lookup, (rule) => [rule.id, this.#actionOf(chainOf(rule))]);
    for (const set of sets) names.set(set.name, this.#add(contentNamed(set)).name);
    const actions = { map: this.#actionsName, permit: this.#actionOf(actionChains.permit) };
    return new LoweredBoxes(lookup, (word) => names.get(word) ?? missing(word), actions);
  }

  /** The classes of narrow addresses that all lookups share, of one IP version. */
  addShared(addresses: SharedAddresses): void {
    const { family } = addresses;
    for (const kind of sharedKinds) {
      const word = sharedWord(family, kind);
      if (this.#shared.has(word)) continue;
      const rows = sharedRows(addresses.level(kind), family);
      this.#shared.set(word, this.#add(contentNamed(packedSet(word, pieceKey(family, kind), partData, rows))).name);
    }
  }

  /** A chain that is named by its rules, and its name. */
  addChain(word: string, rules: readonly NftRule[]): string {
    const name = `${word}_${textFingerprint(rules.map(printRule).join("\n"))}`;
    this.#chains.set(name, { name, rules });
    return name;
  }

  /** A map from some actions to their chains, and from `unsureAction` to a chain that asks every stage. */
  addDecisions(actions: ReadonlySet<number>, unsure: string): string {
    const chains = [...this.#actions].filter(([, action]) => actions.has(action));
    const elements = [[unsure, unsureAction] as const, ...chains].map(([chain, action]): NftElement => ({
      key: [number(action)],
      data: { kind: "goto", chain },
    }));
    return this.#add(contentNamed(fixedSet("decisions", ["mark"], "verdict", elements))).name;
  }

  /** A map that leads from one thing to chains. */
  addPaths(key: readonly NftType[], elements: readonly NftElement[]): string {
    this.#pathCount += 1;
    const name = generationName(`paths${this.#pathCount}`, this.#generation);
    this.#add(fixedSet(name, key, "verdict", elements));
    return name;
  }

  #add(set: NftSet): NftSet {
    // Two lookups may have a part in common.
    if (!this.#sets.has(set.name)) this.#sets.set(set.name, set);
    return set;
  }

  #actionOf(chain: string): number {
    const action = this.#actions.get(chain) ?? this.#actions.size + 1;
    this.#actions.set(chain, action);
    return action;
  }
}

function missing(word: string): never {
  throw new Error(`a lookup has no set ${word}`);
}
