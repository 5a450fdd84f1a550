// How to get from the table that the kernel has to the one that shall be in force, in two transactions. `install` builds
// the new generation beside the old one, repairs whatever of the stable part was changed by hand, and switches `live`: one
// atomic step. `sweep`, some moments later, deletes what is left over, when no packet can be on its way through it.

import { sameRule, sameSet } from "./canonical-table.ts";
import { diffRows } from "./changed-rows.ts";
import type { ElementDifference } from "./changed-rows.ts";
import { elementId } from "./element-id.ts";
import type { ElementId } from "./element-id.ts";
import { sameFlowtable } from "./flowtable.ts";
import type { NftFlowtable } from "./flowtable.ts";
import { printElement } from "./print-statement.ts";
import { printTimeout } from "./print.ts";
import type { NftChain, NftCommand, NftElement, NftSet, NftTable, NftTimeout } from "./program.ts";
import { referencesOfChain, referencesOfSet } from "./references.ts";
import type { References } from "./references.ts";
import { revokedSet } from "./table-names.ts";

export interface CommitPlan {
  /** Empty when everything is in force already. */
  readonly install: readonly NftCommand[];
  /** To be run after `install`; empty when nothing is left over. Elements of `revoked` are run-time state and stay. */
  readonly sweep: readonly NftCommand[];
}

export function planCommit(actual: NftTable | undefined, desired: NftTable): CommitPlan {
  if (actual === undefined) return { install: [{ kind: "add-table" }, ...buildAll(desired)], sweep: [] };
  if (!namesAreWritable(actual)) {
    // Somebody made objects that the nft language cannot name. They go with the table, in the same transaction.
    return { install: [{ kind: "delete-table" }, { kind: "add-table" }, ...buildAll(desired)], sweep: [] };
  }
  const work = survey(actual, desired);
  return { install: planInstall(work), sweep: planSweep(work) };
}

/** Chains before maps, which lead to them; rules last, because they use everything else. */
function buildAll(desired: NftTable): readonly NftCommand[] {
  return [
    ...(desired.timeouts ?? []).map(addTimeout),
    ...(desired.flowtables ?? []).map(addFlowtable),
    ...desired.chains.map(addChain),
    ...desired.sets.map(addSet),
    ...desired.chains.flatMap(addRules),
  ];
}

function addChain(chain: NftChain): NftCommand {
  return { kind: "add-chain", chain: { ...chain, rules: [] } };
}

function addTimeout(timeout: NftTimeout): NftCommand {
  return { kind: "add-timeout", timeout };
}

function deleteTimeout({ name }: NftTimeout): NftCommand {
  return { kind: "delete-timeout", name };
}

function addFlowtable(flowtable: NftFlowtable): NftCommand {
  return { kind: "add-flowtable", flowtable };
}

function deleteFlowtable({ name }: NftFlowtable): NftCommand {
  return { kind: "delete-flowtable", name };
}

function addSet(set: NftSet): NftCommand {
  return { kind: "add-set", set };
}

function flushSet({ name, data }: NftSet): NftCommand {
  return data === undefined ? { kind: "flush-set", name } : { kind: "flush-set", name, map: true };
}

function deleteSet({ name, data }: NftSet): NftCommand {
  return data === undefined ? { kind: "delete-set", name } : { kind: "delete-set", name, map: true };
}

function addRules({ name, rules }: NftChain): readonly NftCommand[] {
  return rules.length === 0 ? [] : [{ kind: "add-rules", chain: name, rules }];
}

interface Pair<T> {
  readonly actual: T;
  readonly desired: T;
}

/** What is there, what shall be, and how they meet. */
interface Work {
  readonly actual: NftTable;
  readonly desired: NftTable;
  readonly newSets: readonly NftSet[];
  readonly newChains: readonly NftChain[];
  /** Same name, another kind of object: must be deleted and made again. */
  readonly wrongSets: readonly Pair<NftSet>[];
  readonly wrongChains: readonly Pair<NftChain>[];
  readonly keptSets: readonly Pair<NftSet>[];
  /** Of the kept sets those that do not hold what they shall. */
  readonly changedSets: ReadonlyMap<Pair<NftSet>, SetChange>;
  readonly keptChains: readonly Pair<NftChain>[];
  readonly strayChains: readonly NftChain[];
  readonly straySets: readonly NftSet[];
  readonly newTimeouts: readonly NftTimeout[];
  readonly wrongTimeouts: readonly Pair<NftTimeout>[];
  readonly strayTimeouts: readonly NftTimeout[];
  readonly newFlowtables: readonly NftFlowtable[];
  readonly wrongFlowtables: readonly Pair<NftFlowtable>[];
  readonly strayFlowtables: readonly NftFlowtable[];
}

function survey(actual: NftTable, desired: NftTable): Work {
  const sets = pairUp(actual.sets, desired.sets);
  const chains = pairUp(actual.chains, desired.chains);
  const timeouts = pairUp(actual.timeouts ?? [], desired.timeouts ?? []);
  const flowtables = pairUp(actual.flowtables ?? [], desired.flowtables ?? []);
  const keptSets = sets.pairs.filter(sameSetHead);
  return {
    actual,
    desired,
    newTimeouts: timeouts.missing,
    wrongTimeouts: timeouts.pairs.filter((pair) => !sameTimeout(pair)),
    strayTimeouts: timeouts.stray,
    newFlowtables: flowtables.missing,
    wrongFlowtables: flowtables.pairs.filter((pair) => !sameFlowtable(pair.actual, pair.desired)),
    strayFlowtables: flowtables.stray,
    newSets: sets.missing,
    newChains: chains.missing,
    wrongSets: sets.pairs.filter((pair) => !sameSetHead(pair)),
    wrongChains: chains.pairs.filter((pair) => !sameChainHead(pair)),
    keptSets,
    changedSets: changesOf(keptSets),
    keptChains: chains.pairs.filter(sameChainHead),
    straySets: sets.stray,
    strayChains: chains.stray,
  };
}

function pairUp<T extends { readonly name: string }>(actual: readonly T[], desired: readonly T[]) {
  const there = new Map(actual.map((item) => [item.name, item]));
  const wanted = new Set(desired.map(({ name }) => name));
  const pairs: Pair<T>[] = [];
  const missing: T[] = [];
  for (const item of desired) {
    const found = there.get(item.name);
    if (found === undefined) missing.push(item);
    else pairs.push({ actual: found, desired: item });
  }
  return { pairs, missing, stray: actual.filter(({ name }) => !wanted.has(name)) };
}

function sameSetHead({ actual, desired }: Pair<NftSet>): boolean {
  return sameSet({ ...actual, elements: [] }, { ...desired, elements: [] });
}

function sameTimeout({ actual, desired }: Pair<NftTimeout>): boolean {
  return printTimeout(actual).join("\n") === printTimeout(desired).join("\n");
}

function sameChainHead({ actual, desired }: Pair<NftChain>): boolean {
  if (actual.foreign !== undefined || (actual.hook === undefined) !== (desired.hook === undefined)) return false;
  const [a, b] = [actual.hook, desired.hook];
  if (a === undefined || b === undefined) return true;
  return a.type === b.type && a.hook === b.hook && a.priority === b.priority && a.policy === b.policy;
}

function planInstall(work: Work): readonly NftCommand[] {
  const doomedSets = new Set(work.wrongSets.map(({ desired }) => desired.name));
  const doomedChains = new Set(
    [...work.wrongChains.map(({ actual }) => actual), ...work.strayChains.filter(isHooked)].map(({ name }) => name),
  );
  const doomedTimeouts = new Set(work.wrongTimeouts.map(({ desired }) => desired.name));
  const doomedFlowtables = new Set(work.wrongFlowtables.map(({ desired }) => desired.name));
  const doomedCount = doomedSets.size + doomedChains.size + doomedTimeouts.size + doomedFlowtables.size;
  const uses = ({ sets, chains, timeouts, flowtables, unknown }: References) =>
    (unknown && doomedCount > 0) ||
    meets(sets, doomedSets) ||
    meets(chains, doomedChains) ||
    meets(timeouts, doomedTimeouts) ||
    meets(flowtables, doomedFlowtables);

  const rewritten = work.keptChains.filter((pair) => !sameRules(pair) || uses(referencesOfChain(pair.actual)));
  const refilled = new Set(work.keptSets.filter(({ actual }) => uses(referencesOfSet(actual))));
  const emptied = work.strayChains.filter((chain) => isHooked(chain) || uses(referencesOfChain(chain)));
  const drained = work.straySets.filter((set) => uses(referencesOfSet(set)));

  return [
    ...[...rewritten.map(({ actual }) => actual), ...work.wrongChains.map(({ actual }) => actual), ...emptied]
      .filter(({ rules }) => rules.length > 0)
      .map(({ name }): NftCommand => ({ kind: "flush-chain", name })),
    ...[...[...refilled].map(({ actual }) => actual), ...drained].map(flushSet),
    ...work.wrongSets.map(({ actual }) => deleteSet(actual)),
    ...[...work.wrongChains.map(({ actual }) => actual), ...emptied.filter(isHooked)].map(({ name }): NftCommand => ({
      kind: "delete-chain",
      name,
    })),
    ...work.wrongTimeouts.map(({ actual }) => deleteTimeout(actual)),
    ...work.wrongFlowtables.map(({ actual }) => deleteFlowtable(actual)),
    ...[...work.newFlowtables, ...work.wrongFlowtables.map(({ desired }) => desired)].map(addFlowtable),
    ...[...work.newTimeouts, ...work.wrongTimeouts.map(({ desired }) => desired)].map(addTimeout),
    ...[...work.newChains, ...work.wrongChains.map(({ desired }) => desired)].map(addChain),
    ...[...work.newSets, ...work.wrongSets.map(({ desired }) => desired)].map(addSet),
    ...work.keptSets.flatMap((pair) =>
      refilled.has(pair)
        ? addElements(pair.desired.name, pair.desired.elements)
        : planElements(pair, work.changedSets.get(pair), "install"),
    ),
    ...[...work.newChains, ...[...work.wrongChains, ...rewritten].map(({ desired }) => desired)].flatMap(addRules),
  ];
}

function meets(names: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return others.size > 0 && !names.isDisjointFrom(others);
}

/** A chain that sees packets without being called: a stray one may accept what the policy denies, so it goes at once. */
function isHooked(chain: NftChain): boolean {
  return chain.hook !== undefined || chain.foreign !== undefined;
}

function sameRules({ actual, desired }: Pair<NftChain>): boolean {
  if (actual.rules.length !== desired.rules.length) return false;
  return desired.rules.every((rule, index) => {
    const found = actual.rules[index];
    return found !== undefined && sameRule(found, rule);
  });
}

/** Found once for both transactions: a set may have a million elements. */
type SetChange =
  /** nft finds intervals to delete only by their exact bounds, so a set of intervals that differs is filled anew. */
  { readonly kind: "refill" } | { readonly kind: "elements"; readonly difference: ElementDifference };

function changesOf(pairs: readonly Pair<NftSet>[]): ReadonlyMap<Pair<NftSet>, SetChange> {
  return new Map(
    pairs.flatMap((pair) => {
      const change = changeOf(pair);
      return change === undefined ? [] : [[pair, change] as const];
    }),
  );
}

function changeOf({ actual, desired }: Pair<NftSet>): SetChange | undefined {
  if (actual === desired) return undefined;
  if (desired.interval !== false) return sameSet(actual, desired) ? undefined : { kind: "refill" };
  const difference = diffRows(actual, desired) ?? diffElements(actual.elements, desired.elements);
  return { kind: "elements", difference };
}

/**
 * `install` adds what is missing and takes away what is wrong; elements that merely are too many go with the sweep when
 * the set only counts. Elements that stay are never touched, so they go on counting.
 */
function planElements(
  { actual, desired }: Pair<NftSet>,
  change: SetChange | undefined,
  step: "install" | "sweep",
): readonly NftCommand[] {
  if (change === undefined) return [];
  if (change.kind === "refill") {
    return step === "sweep" ? [] : [flushSet(actual), ...addElements(desired.name, desired.elements)];
  }
  const { spare, wrong, replaced, missing } = change.difference;
  if (step === "sweep") return waitsForSweep(desired) ? deleteElements(desired.name, spare) : [];
  const gone = desired.name === revokedSet || waitsForSweep(desired) ? wrong : [...wrong, ...spare];
  return [...deleteElements(desired.name, gone), ...addElements(desired.name, [...replaced, ...missing])];
}

/** Both lists are nearly the same in nearly the same order, and only between their first and last difference is searched. */
function diffElements(actual: readonly NftElement[], desired: readonly NftElement[]): ElementDifference {
  const room = Math.min(actual.length, desired.length);
  let head = 0;
  while (head < room && sameElement(actual[head], desired[head])) head++;
  let tail = 0;
  while (tail < room - head && sameElement(actual.at(-1 - tail), desired.at(-1 - tail))) tail++;
  const wanted = new Map<ElementId, NftElement>();
  for (const element of desired.slice(head, desired.length - tail)) wanted.set(elementId(element), element);
  const spare: NftElement[] = [];
  const wrong: NftElement[] = [];
  const replaced: NftElement[] = [];
  for (const element of actual.slice(head, actual.length - tail)) {
    const id = elementId(element);
    const other = wanted.get(id);
    if (other === undefined) spare.push(element);
    else if (!sameData(element, other)) {
      wrong.push(element);
      replaced.push(other);
    }
    wanted.delete(id);
  }
  return { spare, wrong, replaced, missing: [...wanted.values()] };
}

function sameElement(a: NftElement | undefined, b: NftElement | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && elementId(a) === elementId(b) && sameData(a, b);
}

function sameData(a: NftElement, b: NftElement): boolean {
  return a.data === b.data || printElement(a) === printElement(b);
}

/** Counters of rules that are gone: packets of the old generation still look for them. */
function waitsForSweep(set: NftSet): boolean {
  return set.counter;
}

function addElements(set: string, elements: readonly NftElement[]): readonly NftCommand[] {
  return elements.length === 0 ? [] : [{ kind: "add-elements", set, elements }];
}

function deleteElements(set: string, elements: readonly NftElement[]): readonly NftCommand[] {
  return elements.length === 0 ? [] : [{ kind: "delete-elements", set, elements }];
}

function planSweep(work: Work): readonly NftCommand[] {
  const idle = work.strayChains.filter((chain) => !isHooked(chain));
  return [
    ...idle.map(({ name }): NftCommand => ({ kind: "flush-chain", name })),
    ...work.straySets.map(deleteSet),
    ...idle.map(({ name }): NftCommand => ({ kind: "delete-chain", name })),
    ...work.strayTimeouts.map(deleteTimeout),
    ...work.strayFlowtables.map(deleteFlowtable),
    ...work.keptSets.flatMap((pair) => planElements(pair, work.changedSets.get(pair), "sweep")),
    ...(work.actual.others ?? []).map((other): NftCommand => ({ kind: "delete-other", other })),
  ];
}

/** Names as nft's scanner knows them (scanner.l); over netlink an object can be given any other. */
function namesAreWritable(table: NftTable): boolean {
  const names = [
    ...table.sets,
    ...table.chains,
    ...(table.timeouts ?? []),
    ...(table.flowtables ?? []),
    ...(table.others ?? []),
  ].map(({ name }) => name);
  return names.every((name) => /^[A-Za-z_.][A-Za-z0-9/_.-]*$/.test(name));
}
