// What the lookups of all pairs of zones share: their sets and chains, each once, the classes of narrow addresses, and
// the numbers of actions.

import type { IrRule } from "../ir.ts";
import type { BoxLookup } from "../lookup/boxes.ts";
import type { Lookup } from "../lookup/lookup.ts";
import { sharedKinds } from "../lookup/shared-addresses.ts";
import type { SharedAddresses, SharedKind, SharedSides } from "../lookup/shared-addresses.ts";
import { fixedSet, packedSet, renamed, textFingerprint } from "./fixed-set.ts";
import type { KeptSets } from "./kept-sets.ts";
import { pieceKey, sharedRows } from "./lookup-addresses.ts";
import {
  earlierSet,
  earlierWord,
  leftOutChecks,
  leftOutSets,
  lookupSets,
  nodeStructure,
  partData,
  resultSets,
  sharedWord,
  unsureAction,
} from "./lookup-sets.ts";
import type { Result } from "./lookup-sets.ts";
import { LoweredBoxes, boxSets } from "./lowered-boxes.ts";
import { LoweredLookup } from "./lowered-lookup.ts";
import { printRule } from "./print-statement.ts";
import { printSet } from "./print.ts";
import type { NftChain, NftElement, NftRule, NftSet, NftType } from "./program.ts";
import { SharedValues } from "./shared-values.ts";
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
  readonly #actions = new Map<string, number>(usualActions.map((chain, index) => [chain, index + 1]));
  readonly #kept: KeptSets;
  readonly #onlyUsual: boolean;
  /** Of chains and maps that lead to chains of this generation, by what they are. */
  readonly #ownNames = new Map<string, string>();
  #pathCount = 0;
  /** Of what stays a list. */
  readonly values = new SharedValues();

  /** With `onlyUsual` no rule leads to another chain than those of `actionChains`. */
  constructor(generation: number, onlyUsual: boolean, kept: KeptSets) {
    this.#generation = generation;
    this.#kept = kept;
    this.#onlyUsual = onlyUsual;
    this.#actionsName = onlyUsual ? "actions" : generationName("actions", generation);
  }

  get sets(): readonly NftSet[] {
    const sets = [...this.#sets.values()];
    if (sets.length === 0) return this.values.sets;
    const elements = [...this.#actions].map(([chain, action]): NftElement => ({
      key: [number(action)],
      data: { kind: "goto", chain },
    }));
    const actions = () => fixedSet(this.#actionsName, ["mark"], "verdict", elements);
    return [...sets, ...this.values.sets, this.#onlyUsual ? this.#kept.named(this.#actionsName, actions) : actions()];
  }

  get chains(): readonly NftChain[] {
    return [...this.#chains.values()];
  }

  /**
   * The sets of a lookup; its rules are made for one protocol at a time. What rules do stands in sets that are named by
   * `place` and by all that leads to them: where a rule has another action, some rows change where they stand, in the step
   * in which everything else does. A packet that is under way finds in them the rule that it would have found, with what it
   * does before or after; no other lookup asks them.
   */
  add(lookup: Lookup, shared: SharedSides, chainOf: (rule: IrRule) => string, place: string): LoweredLookup {
    const names = this.#addShared(lookup, shared);
    const results = this.#resultsOf(lookup.rules, chainOf);
    const add = (sets: ReadonlyMap<string, NftSet>) => {
      for (const [word, set] of sets) names.set(word, this.#add(set).name);
    };
    add(this.#kept.of(lookup.cells, () => [...lookupSets(lookup), ...leftOutSets(lookup)]));
    // Numbers of other actions than the usual ones mean something in one generation alone.
    const meaning = this.#onlyUsual ? "usual" : String(this.#generation);
    const whole = [place, meaning, nodeStructure(lookup), ...names.values()].join(" ");
    add(this.#kept.ofResultsIn(whole, lookup.nodes, results, () => resultSets(lookup, results)));
    const named = (word: string) => names.get(word) ?? missing(word);
    if (lookup.ruleBits !== undefined) names.set("earlier", this.#addEarlier(lookup.rules.length));
    return new LoweredLookup(
      lookup,
      named,
      { map: this.#actionsName, used: new Set(results.map(([, action]) => action)) },
      leftOutChecks(lookup, names),
    );
  }

  /** The sets of a lookup of boxes. */
  addBoxes(lookup: BoxLookup, chainOf: (rule: IrRule) => string): LoweredBoxes {
    const names = new Map<string, string>();
    const results = this.#resultsOf(lookup.rules, chainOf);
    const sets = this.#kept.ofResults(lookup.tables, results, () => boxSets(lookup, results));
    for (const [word, set] of sets) names.set(word, this.#add(set).name);
    const actions = { map: this.#actionsName, permit: this.#actionOf(actionChains.permit) };
    return new LoweredBoxes(lookup, (word) => names.get(word) ?? missing(word), actions);
  }

  /** Names of the sets of classes that the lookup shares with others, by what its rules call them. */
  #addShared({ sources, destinations }: Lookup, shared: SharedSides): Map<string, string> {
    const names = new Map<string, string>();
    for (const side of ["source", "destination"] as const) {
      for (const level of side === "source" ? sources : destinations) {
        if (level.kind !== "shared") continue;
        names.set(sharedWord(level.piece, side), this.#sharedSet(shared[side], level.piece));
      }
    }
    return names;
  }

  #sharedSet(addresses: SharedAddresses, kind: SharedKind): string {
    const { family } = addresses;
    const sets = this.#kept.of(addresses, () =>
      sharedKinds.map((it) =>
        packedSet(`${it}s${family}`, pieceKey(family, it), partData, sharedRows(addresses.level(it), family)),
      ),
    );
    const set = sets.get(`${kind}s${family}`);
    if (set === undefined) throw new Error(`shared classes have no ${kind}s`);
    return this.#add(set).name;
  }

  /** A chain that is there once for all who ask for the same rules, and its name. */
  addChain(word: string, rules: readonly NftRule[]): string {
    const name = this.#nameOf(word, rules.map(printRule).join("\n"));
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
    return this.#addWays("decisions", "mark", elements);
  }

  /** A map from ports, as words, to chains. */
  addPorts(elements: readonly NftElement[]): string {
    return this.#addWays("ports", "word", elements);
  }

  /** A map that leads from one thing to chains. */
  addPaths(key: readonly NftType[], elements: readonly NftElement[]): string {
    this.#pathCount += 1;
    const name = generationName(`paths${this.#pathCount}`, this.#generation);
    this.#add(fixedSet(name, key, "verdict", elements));
    return name;
  }

  #addWays(word: string, key: NftType, elements: readonly NftElement[]): string {
    const made = fixedSet(word, [key], "verdict", elements);
    const name = this.#nameOf(word, printSet(made).join("\n"));
    const named = renamed(made, name);
    return this.#add(this.#onlyUsual ? this.#kept.named(name, () => named) : named).name;
  }

  /** Says all about it, unless that speaks of chains of this generation. */
  #nameOf(word: string, text: string): string {
    if (this.#onlyUsual) return `${word}_${textFingerprint(text)}`;
    const key = `${word} ${text}`;
    const name = this.#ownNames.get(key) ?? generationName(`${word}${this.#ownNames.size + 1}`, this.#generation);
    this.#ownNames.set(key, name);
    return name;
  }

  #resultsOf(rules: readonly IrRule[], chainOf: (rule: IrRule) => string): readonly Result[] {
    const known = this.#onlyUsual ? usualResults.get(rules) : undefined;
    if (known !== undefined) return known;
    const results = rules.map((rule): Result => [rule.id, this.#actionOf(chainOf(rule))]);
    if (this.#onlyUsual) usualResults.set(rules, results);
    return results;
  }

  #addEarlier(ruleCount: number): string {
    const name = earlierWord(ruleCount);
    if (!this.#sets.has(name)) this.#add(this.#kept.named(name, () => earlierSet(ruleCount)));
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

/** Of usual actions the result says nothing but what the rules themselves do. */
const usualResults = new WeakMap<readonly IrRule[], readonly Result[]>();

function missing(word: string): never {
  throw new Error(`a lookup has no set ${word}`);
}
