// One side (source or destination) of all rules of a large lookup: which classes each rule has on which level.

import type { AddressMatch, Ir } from "../ir.ts";
import { isEverything, wideLevel } from "./wide-level.ts";
import type { AddressValue } from "./address-pieces.ts";
import type { AddressLevel } from "./lookup.ts";
import type { PairMap } from "./pair-map.ts";
import type { SharedAddresses } from "./shared-addresses.ts";
import type { Ends } from "./sweep.ts";
import { WideSide } from "./wide-side.ts";
import type { Exception } from "./wide-side.ts";

/** Places of the levels in `sources` and `destinations`. */
export const level = { single: 0, block: 1, wide: 2, exceptions: 3 } as const;
export const plainLevels = [level.single, level.block, level.wide] as const;

export class RuleSide {
  readonly #wide: WideSide;
  readonly #shared: SharedAddresses;
  readonly setOf: number[] = [];
  #exceptions: readonly Exception[] | undefined;
  #wideIsEverything: boolean | undefined;
  readonly #crossing = new Map<number, readonly number[]>();
  #classesOfSets: readonly (readonly number[])[] | undefined;
  #setsOfWide: ReadonlyMap<number, ReadonlySet<number>> | undefined;

  constructor(ir: Pick<Ir, "addressSets">, shared: SharedAddresses) {
    this.#wide = new WideSide(ir, shared);
    this.#shared = shared;
  }

  /** The set of the next rule, which has addresses of the version. */
  add(match: AddressMatch): void {
    const set = this.#wide.numberOf(match);
    if (set === undefined) throw new Error("a rule without addresses of the version stands in a lookup");
    this.setOf.push(set);
  }

  get exceptions(): readonly Exception[] {
    this.#exceptions ??= this.#wide.exceptions();
    return this.#exceptions;
  }

  /** The classes of each set on one level. */
  classesOn(which: (typeof plainLevels)[number]): readonly (readonly number[])[] {
    const { sets, wide } = this.#wide;
    if (which === level.wide) return sets.map((_, set) => wide.classesOf[set] ?? []);
    return sets.map((set) => (which === level.single ? set.single : set.block));
  }

  /** The classes of each set on all levels; to be asked when all rules are added. */
  classesOfSets(): readonly (readonly number[])[] {
    const { sets, wide } = this.#wide;
    this.#classesOfSets ??= sets.map(({ single, block }, set) => [...single, ...block, ...(wide.classesOf[set] ?? [])]);
    return this.#classesOfSets;
  }

  /** The greatest number of a class that a set has. */
  get lastClass(): number {
    return this.#shared.count + this.#wide.wide.count;
  }

  isWide(number: number): boolean {
    return number > this.#shared.count;
  }

  leavesOut(set: number): boolean {
    return (this.#wide.sets[set]?.leftOut.length ?? 0) > 0;
  }

  /** Whether every address has a class on the wide level. */
  get wideIsEverything(): boolean {
    this.#wideIsEverything ??= isEverything(this.#wide.wide.intervals, this.#wide.family);
    return this.#wideIsEverything;
  }

  /** Whether a set has every wide class. */
  holdsEverywhere(set: number): boolean {
    const { classesOf, count } = this.#wide.wide;
    return (classesOf[set] ?? []).length === count;
  }

  /** The classes of other levels that have addresses in common with a narrow one. */
  crossing(number: number): readonly number[] {
    const known = this.#crossing.get(number);
    if (known !== undefined) return known;
    const crossing = this.#shared.crossing(number).concat(this.#wideCrossing(number));
    this.#crossing.set(number, crossing);
    return crossing;
  }

  #wideCrossing(number: number): readonly number[] {
    const found: number[] = [];
    const { intervals } = this.#wide.wide;
    this.#shared.forIntervals(number, ({ first, last }) => {
      for (let at = firstEndingFrom(intervals, first); at < intervals.length; at++) {
        const wide = intervals[at];
        if (wide === undefined || wide.first > last) return;
        if (!found.includes(wide.class)) found.push(wide.class);
      }
    });
    return found;
  }

  /** Whether a set counts as one that holds in a wide class. */
  holdsWide(set: number, wide: number | undefined): boolean {
    this.#setsOfWide ??= setsByClass(this.#wide.sets.map((_, number) => this.#wide.wide.classesOf[number] ?? []));
    return this.#setsOfWide.get(wide ?? -1)?.has(set) ?? false;
  }

  /** The levels, and the addresses of those exceptions that some exceptional cell speaks of. */
  levels(exceptional: PairMap, part: 0 | 1) {
    const used = new Set<number>();
    exceptional.forEach((from, to) => used.add(part === 0 ? from : to));
    const own = this.exceptions.filter((exception) => used.has(exception.class));
    const intervals = own
      .flatMap((exception) => exception.intervals.map((range) => ({ ...range, class: exception.class })))
      .toSorted((a, b) => (a.first < b.first ? -1 : 1));
    const levels: AddressLevel[] = [
      { kind: "shared", piece: "single" },
      { kind: "shared", piece: "block" },
      wideLevel(this.#wide.wide.intervals, this.#wide.family),
      { kind: "intervals", intervals, rest: 0 },
    ];
    const excepted: readonly Ends<AddressValue>[] = intervals.map(({ first, last }) => ({ first, last }));
    return { levels, excepted };
  }
}

/** Of sorted and disjoint intervals, the place of the first one that does not end before a value. */
function firstEndingFrom(intervals: readonly Ends<AddressValue>[], value: AddressValue): number {
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((intervals[middle]?.last ?? value) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function setsByClass(classesOf: readonly (readonly number[])[]): ReadonlyMap<number, ReadonlySet<number>> {
  const sets = new Map<number, Set<number>>();
  for (const [set, classes] of classesOf.entries()) {
    for (const number of classes) sets.set(number, (sets.get(number) ?? new Set()).add(set));
  }
  return sets;
}

export interface RuleSides {
  readonly source: RuleSide;
  readonly destination: RuleSide;
}
