// One side (source or destination) of the rules of a large lookup. Narrow addresses have classes that all lookups
// share. What is wide has classes of this side alone. A set that leaves addresses out counts as everything wide, and
// where it does not hold is said by exceptions: classes of the narrow addresses that are left out.

import type { Family } from "@merlon/model/ip/address.ts";
import { allAddresses, complementOf, rangeAt, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { membersOf } from "../address-members.ts";
import type { AddressMatch, Ir } from "../ir.ts";
import { cutIntoPieces } from "./address-pieces.ts";
import type { AddressValue } from "./address-pieces.ts";
import type { SharedAddresses } from "./shared-addresses.ts";
import { sweep } from "./sweep.ts";
import type { ClassInterval, Classes, Ends } from "./sweep.ts";

export interface WideSet {
  readonly single: readonly number[];
  readonly block: readonly number[];
  readonly wide: readonly Ends<AddressValue>[];
  /** Narrow addresses in which the set does not hold, whatever `wide` says. */
  readonly leftOut: readonly Ends<AddressValue>[];
}

/** Equal keys are equal sets. */
export interface KeyedSet {
  readonly key: string;
  readonly set: WideSet;
}

/** Addresses that are left out by the same sets and lie in the same wide ones. */
export interface Exception {
  readonly class: number;
  /** The class of these addresses on the wide level; undefined where they have none. */
  readonly wide: number | undefined;
  /** The sets that leave these addresses out. */
  readonly leftOutBy: readonly number[];
  readonly intervals: readonly Ends<AddressValue>[];
}

export class WideSide {
  readonly family: Family;
  readonly #ir: Pick<Ir, "addressSets">;
  readonly #shared: SharedAddresses;
  readonly #known = new Map<string, number | undefined>();
  readonly #seen = new Map<AddressMatch, number | undefined>();
  readonly sets: WideSet[] = [];
  #wide: Classes<AddressValue> | undefined;

  constructor(ir: Pick<Ir, "addressSets">, shared: SharedAddresses) {
    this.#ir = ir;
    this.#shared = shared;
    this.family = shared.family;
  }

  /** The number of the set that a rule asks for; undefined when it has no address of the version. */
  numberOf(match: AddressMatch): number | undefined {
    // Equal matches of different policies are mostly one object, which saves asking for their key.
    if (this.#seen.has(match)) return this.#seen.get(match);
    const { key, set } = this.#keyedSetOf(match);
    const known = this.#known.has(key) ? this.#known.get(key) : this.#add(set);
    this.#known.set(key, known);
    this.#seen.set(match, known);
    return known;
  }

  #add(set: WideSet): number | undefined {
    return set.single.length + set.block.length + set.wide.length === 0 ? undefined : this.sets.push(set) - 1;
  }

  /** What a rule leaves out is no part of the shared classes, and may change while those stay. */
  #keyedSetOf(match: AddressMatch): KeyedSet {
    const known = this.#shared.wideSets.get(match);
    if (known !== undefined) return known;
    const key = match.kind === "any" ? "any" : `${match.excluded ? "!" : ""}\n${match.names.join("\n")}`;
    const made = { key, set: this.#setOf(match) };
    if (match.kind === "any" || !match.excluded) this.#shared.wideSets.set(match, made);
    return made;
  }

  /** To be asked when all rules' sets are known. Numbered from behind the shared classes on. */
  get wide(): Classes<AddressValue> {
    this.#wide ??= this.#sweep(
      this.sets.map(({ wide }) => wide),
      this.#shared.count + 1,
    );
    return this.#wide;
  }

  /** Numbered behind the wide classes. */
  exceptions(): readonly Exception[] {
    const excluding = this.sets.flatMap(({ leftOut }, set) => (leftOut.length === 0 ? [] : [set]));
    if (excluding.length === 0) return [];
    const firstClass = this.#shared.count + this.wide.count + 1;
    const parts = [...this.sets.map(({ wide }) => wide), ...excluding.map((set) => this.sets[set]?.leftOut ?? [])];
    const { intervals, classesOf } = this.#sweep(parts, firstClass);
    const leftOutBy = new Map<number, number[]>();
    for (const [index, set] of excluding.entries()) {
      for (const number of classesOf[this.sets.length + index] ?? []) {
        leftOutBy.set(number, [...(leftOutBy.get(number) ?? []), set]);
      }
    }
    const byClass = Map.groupBy(
      intervals.filter((interval) => leftOutBy.has(interval.class)),
      (interval) => interval.class,
    );
    return [...byClass].map(([number, own]) => ({
      class: number,
      wide: rangeAt(this.wide.intervals, own[0]?.first ?? 0)?.class,
      leftOutBy: leftOutBy.get(number) ?? [],
      intervals: own,
    }));
  }

  #setOf(match: AddressMatch): WideSet {
    const everything = this.family === 4 ? allAddresses.ipv4 : allAddresses.ipv6;
    if (match.kind === "any") return { single: [], block: [], wide: everything, leftOut: [] };
    if (match.excluded) {
      const { single, block, ...rest } = cutIntoPieces(this.#ofFamily(membersOf(this.#ir, match.names)), this.family);
      const kept = complementOf(this.#rangeSet([...rest["wide-block"], ...rest.everything, ...rest.range]));
      const leftOut = this.#ofFamily(this.#rangeSet([...single, ...block]));
      const wide = this.#ofFamily(kept);
      return { single: [], block: [], wide, leftOut: wide.length === 0 ? [] : leftOut };
    }
    const classes = (kind: "single" | "block") => [
      ...new Set(match.names.flatMap((name) => [...this.#shared.classesOf(name, kind)])),
    ];
    const wide = this.#ofFamily(this.#rangeSet(match.names.flatMap((name) => [...this.#shared.wideOf(name)])));
    return { single: classes("single"), block: classes("block"), wide, leftOut: [] };
  }

  #rangeSet(ranges: readonly Ends<AddressValue>[]) {
    const { family } = this;
    return rangeSetOf(ranges.map((range) => ({ family, ...range }) as IpRange));
  }

  #ofFamily({ ipv4, ipv6 }: ReturnType<typeof rangeSetOf>): readonly Ends<AddressValue>[] {
    return this.family === 4 ? ipv4 : ipv6;
  }

  #sweep(sets: readonly (readonly Ends<AddressValue>[])[], firstClass: number): Classes<AddressValue> {
    return this.family === 4
      ? sweep(sets as (readonly Ends<number>[])[], (value) => value + 1, firstClass)
      : sweep(sets as (readonly Ends<bigint>[])[], (value) => value + 1n, firstClass);
  }
}

export type { ClassInterval };
