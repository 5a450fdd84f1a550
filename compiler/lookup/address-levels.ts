// The levels of a lookup's side, and how many cells they make. One level finds every class by one search, and multiplies
// whatever overlaps; a level for each width takes more stages, each found by hashes, and makes far fewer cells.

import type { Family } from "@merlon/model/ip/address.ts";
import { ipv4Max, ipv6Max } from "@merlon/model/ip/address.ts";
import { allKinds } from "./address-side.ts";
import type { AddressSide } from "./address-side.ts";
import type { AddressValue, BlockKind, PieceKind } from "./address-pieces.ts";
import type { AddressLevel } from "./lookup.ts";
import type { ClassInterval } from "./sweep.ts";

/**
 * Which packets a level is asked for: those that no rule leaves out, for which such rules match everything (`open`), those
 * that some rule may leave out (`exact`), or both.
 */
export type LevelUse = "open" | "exact" | "both";

/** The kinds of pieces of a level; the first kind says how it is found, when it is one of blocks. */
export interface LevelPlan {
  readonly kinds: readonly PieceKind[];
  readonly use: LevelUse;
}

const everyWidth = [["single"], ["block"], ["wide-block", "everything"], ["range"]] as const;

export const oneLevel: readonly LevelPlan[] = [{ kinds: allKinds, use: "exact" }];
export const levelPerWidth: readonly LevelPlan[] = everyWidth.map((kinds) => ({ kinds, use: "exact" }));
/** Narrow pieces are the same for all packets. */
export const levelPerWidthAndUse: readonly LevelPlan[] = [
  { kinds: everyWidth[0], use: "both" },
  { kinds: everyWidth[1], use: "both" },
  { kinds: everyWidth[2], use: "open" },
  { kinds: everyWidth[3], use: "open" },
  { kinds: everyWidth[2], use: "exact" },
  { kinds: everyWidth[3], use: "exact" },
];

/** Behind the narrow level that `narrowLevel` makes; the second plan is for rules that leave addresses out. */
export const wideLevels: readonly LevelPlan[] = levelPerWidth.slice(2);
export const wideLevelsByUse: readonly LevelPlan[] = levelPerWidthAndUse.slice(2);

const narrowKinds = ["single", "block"] as const;

export interface FilledLevel {
  readonly use: LevelUse;
  readonly level: AddressLevel;
  readonly intervals: readonly ClassInterval<AddressValue>[];
  /** The classes of each rule on this level, numbered through all levels of the side. */
  readonly classesOfRule: readonly (readonly number[])[];
}

/** A level whose classes are so fine that each has one class, or none, on every other level. */
export interface NarrowLevel extends FilledLevel {
  /** One address of each class, by the class's number less one. */
  readonly addresses: readonly AddressValue[];
}

/** All narrow pieces, told apart by everything that any set says of them, and found by one search. Numbered from 1. */
export function narrowLevel(side: AddressSide): NarrowLevel {
  const narrow = side.classes(narrowKinds, false);
  const parts = new Map<number, Set<number>>();
  const numbers = new Map<number, number>();
  const intervals: ClassInterval<AddressValue>[] = [];
  const addresses: AddressValue[] = [];
  for (const { first, last, class: joint, other } of crossings(
    side.classes(allKinds, false).intervals,
    narrow.intervals,
  )) {
    const number = numbers.get(joint) ?? numbers.size + 1;
    if (!numbers.has(joint)) addresses.push(first);
    numbers.set(joint, number);
    parts.set(other, (parts.get(other) ?? new Set()).add(number));
    intervals.push({ first, last, class: number });
  }
  const classesOf = narrow.classesOf.map((classes) => [
    ...new Set(classes.flatMap((number) => [...(parts.get(number) ?? [])])),
  ]);
  return {
    use: "both",
    level: { kind: "intervals", intervals },
    intervals,
    classesOfRule: side.setOf.map((set) => classesOf[set] ?? []),
    addresses,
  };
}

/**
 * What two lists of intervals have in common, with the classes of both. A set's wide piece may touch its narrow one, so an
 * interval of all pieces may reach beyond one of narrow pieces.
 */
function* crossings(
  all: readonly ClassInterval<AddressValue>[],
  others: readonly ClassInterval<AddressValue>[],
): Generator<ClassInterval<AddressValue> & { readonly other: number }> {
  let at = 0;
  for (const interval of all) {
    while ((others[at]?.last ?? interval.first) < interval.first) at += 1;
    for (let next = at; next < others.length; next++) {
      const other = others[next];
      if (other === undefined || other.first > interval.last) break;
      yield {
        first: other.first > interval.first ? other.first : interval.first,
        last: other.last < interval.last ? other.last : interval.last,
        class: interval.class,
        other: other.class,
      };
    }
  }
}

/** Levels without any piece are left out. Classes are numbered from `firstClass` on. */
export function fillLevels(side: AddressSide, plan: readonly LevelPlan[], firstClass = 1): readonly FilledLevel[] {
  let offset = firstClass - 1;
  return plan.flatMap(({ kinds, use }): readonly FilledLevel[] => {
    const { intervals, classesOf, count } = side.classes(kinds, use === "open");
    if (count === 0) return [];
    const shift = offset;
    offset += count;
    const shifted = shift === 0 ? classesOf : classesOf.map((classes) => classes.map((number) => number + shift));
    const numbered = intervals.map((interval) => ({ ...interval, class: interval.class + shift }));
    return [
      {
        use,
        level: levelOf(numbered, kinds, side.family),
        intervals: numbered,
        classesOfRule: side.setOf.map((set) => shifted[set] ?? []),
      },
    ];
  });
}

/** How many cells the rules make on these levels, when rules that share one are counted each. */
export function cellsAtMost(sources: readonly FilledLevel[], destinations: readonly FilledLevel[]): number {
  let count = 0;
  for (const from of sources) {
    for (const to of destinations) {
      for (const [rule, classes] of from.classesOfRule.entries()) {
        count += classes.length * (to.classesOfRule[rule]?.length ?? 0);
      }
    }
  }
  return count;
}

function levelOf(
  intervals: readonly ClassInterval<AddressValue>[],
  kinds: readonly PieceKind[],
  family: Family,
): AddressLevel {
  const [only] = intervals;
  const coversAll = kinds.includes("everything") && isEverything(intervals, family);
  if (coversAll && only !== undefined && intervals.length === 1) return { kind: "constant", class: only.class };
  const piece = kinds.find((kind): kind is BlockKind => kind !== "everything" && kind !== "range");
  if (piece === undefined || kinds.includes("range")) return { kind: "intervals", intervals };
  if (!coversAll) return { kind: "pieces", piece, intervals };
  // Both ends of the line are of the class that only sets of everything are in, or whole blocks themselves.
  const rest = commonest(intervals);
  return { kind: "pieces", piece, intervals: intervals.filter((interval) => interval.class !== rest), rest };
}

function isEverything(intervals: readonly ClassInterval<AddressValue>[], family: Family): boolean {
  const [first] = intervals;
  const last = intervals.at(-1);
  if (first === undefined || last === undefined) return false;
  const whole = Number(first.first) === 0 && last.last === (family === 4 ? ipv4Max : ipv6Max);
  return (
    whole && intervals.every(({ first: at }, i) => i === 0 || BigInt(intervals[i - 1]?.last ?? -1) + 1n === BigInt(at))
  );
}

/** The class of most addresses. */
function commonest(intervals: readonly ClassInterval<AddressValue>[]): number {
  const sizes = new Map<number, bigint>();
  for (const { first, last, class: number } of intervals) {
    sizes.set(number, (sizes.get(number) ?? 0n) + BigInt(last) - BigInt(first) + 1n);
  }
  let best = 0;
  for (const [number, size] of sizes) if (size > (sizes.get(best) ?? -1n)) best = number;
  return best;
}
