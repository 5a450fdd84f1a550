// The narrow addresses that policies name as classes, once for all pairs of zones and sides that name the same sets: single
// addresses and blocks, each on a level of its own. They are most of what a large lookup holds, and they depend on the
// address book alone: a changed policy leaves them as they are.

import type { Family } from "@merlon/model/ip/address.ts";
import type { AddressMembers } from "../address-members.ts";
import type { AddressMatch, AddressSetName, IrRule } from "../ir.ts";
import { crossings } from "./crossings.ts";
import { sortedByKey } from "./sorted-by-key.ts";
import { cutIntoPieces, pieceBits } from "./address-pieces.ts";
import type { AddressValue, Pieces } from "./address-pieces.ts";
import { sweep } from "./sweep.ts";
import type { ClassInterval, Classes, Ends } from "./sweep.ts";
import type { KeyedSet } from "./wide-side.ts";

export const sharedKinds = ["single", "block"] as const;
export type SharedKind = (typeof sharedKinds)[number];

export interface SharedLevel {
  readonly kind: SharedKind;
  readonly intervals: readonly ClassInterval<AddressValue>[];
}

/** In the order of the address book, on which the numbers of classes depend. */
export type FixedSets = ReadonlyMap<AddressSetName, AddressMembers>;

/** Of one IP version. Made when the first lookup asks for it. */
export class SharedAddresses {
  readonly family: Family;
  /** What matches are on one side of a lookup, as far as that depends on these classes alone. */
  readonly wideSets = new WeakMap<AddressMatch, KeyedSet>();
  readonly #sets: FixedSets;
  readonly #pieces = new Map<AddressSetName, Pieces>();
  #made: Made | undefined;
  #rowCount: number | undefined;
  #crossing: ReadonlyMap<number, readonly number[]> | undefined;
  #byClass: { readonly starts: Uint32Array; readonly places: Uint32Array } | undefined;

  constructor(sets: FixedSets, family: Family) {
    this.#sets = sets;
    this.family = family;
  }

  /** The classes of a set on a level; classes are numbered from 1 on through both levels. */
  classesOf(name: AddressSetName, kind: SharedKind): readonly number[] {
    const { numberOf, classes } = this.#classes;
    return classes[kind].classesOf[numberOf.get(name) ?? -1] ?? [];
  }

  level(kind: SharedKind): SharedLevel {
    return { kind, intervals: this.#classes.classes[kind].intervals };
  }

  /** The classes of the other level that have addresses in common with a class. */
  crossing(number: number): readonly number[] {
    this.#crossing ??= this.#findCrossing();
    return this.#crossing.get(number) ?? [];
  }

  /** Visits the stretches of addresses of a class. */
  forIntervals(number: number, visit: (interval: ClassInterval<AddressValue>) => void): void {
    const { starts, places } = (this.#byClass ??= this.#sortByClass());
    const { single, block } = this.#classes.classes;
    for (let at = starts[number] ?? 0; at < (starts[number + 1] ?? 0); at++) {
      const place = places[at] ?? 0;
      const interval = single.intervals[place] ?? block.intervals[place - single.intervals.length];
      if (interval !== undefined) visit(interval);
    }
  }

  #sortByClass(): { readonly starts: Uint32Array; readonly places: Uint32Array } {
    const classes = sharedKinds.flatMap((kind) => this.level(kind).intervals.map((interval) => interval.class));
    return sortedByKey(classes, this.count + 1);
  }

  #findCrossing(): ReadonlyMap<number, readonly number[]> {
    const found = new Map<number, Set<number>>();
    const add = (one: number, other: number) => found.set(one, (found.get(one) ?? new Set()).add(other));
    for (const pair of crossings(this.level("block").intervals, this.level("single").intervals)) {
      add(pair.class, pair.other);
      add(pair.other, pair.class);
    }
    return new Map([...found].map(([number, others]) => [number, [...others]]));
  }

  /** Classes of both levels together. */
  get count(): number {
    const { single, block } = this.#classes.classes;
    return single.count + block.count;
  }

  /** Rows that both levels have in the kernel. */
  get rowCount(): number {
    this.#rowCount ??= this.#countRows();
    return this.#rowCount;
  }

  #countRows(): number {
    const bits = pieceBits[this.family];
    let count = 0;
    for (const kind of sharedKinds) {
      const size = 2 ** (bits.single - bits[kind]);
      for (const { first, last } of this.level(kind).intervals)
        count += (Number(BigInt(last) - BigInt(first)) + 1) / size;
    }
    return Math.round(count);
  }

  /** What is wider than a block, or not worth cutting. */
  wideOf(name: AddressSetName): readonly Ends<AddressValue>[] {
    const { "wide-block": wide, everything, range } = this.#piecesOf(name);
    return [...wide, ...everything, ...range];
  }

  #piecesOf(name: AddressSetName): Pieces {
    const known = this.#pieces.get(name);
    if (known !== undefined) return known;
    const members = this.#sets.get(name);
    const made = cutIntoPieces((this.family === 4 ? members?.ipv4 : members?.ipv6) ?? [], this.family);
    this.#pieces.set(name, made);
    return made;
  }

  get #classes(): Made {
    this.#made ??= this.#make();
    return this.#made;
  }

  #make(): Made {
    const names = [...this.#sets.keys()];
    const classesOf = (kind: SharedKind, firstClass: number): Classes<AddressValue> => {
      const sets = names.map((name) => this.#piecesOf(name)[kind]);
      return this.family === 4
        ? sweep(sets as (readonly Ends<number>[])[], (value) => value + 1, firstClass)
        : sweep(sets as (readonly Ends<bigint>[])[], (value) => value + 1n, firstClass);
    };
    const single = classesOf("single", 1);
    const block = classesOf("block", single.count + 1);
    return { numberOf: new Map(names.map((name, index) => [name, index])), classes: { single, block } };
  }
}

interface Made {
  readonly numberOf: ReadonlyMap<AddressSetName, number>;
  readonly classes: Readonly<Record<SharedKind, Classes<AddressValue>>>;
}

/** Of the two sides of a lookup; both may have the same. */
export interface SharedSides {
  readonly family: Family;
  readonly source: SharedAddresses;
  readonly destination: SharedAddresses;
}

/** By side, the sets that rules ask for. */
export type NamesAsked = Readonly<Record<"source" | "destination", ReadonlySet<AddressSetName>>>;

/** Those that a rule leaves out have no narrow classes. */
export function namesAsked(rules: readonly IrRule[]): NamesAsked {
  const asked = { source: new Set<AddressSetName>(), destination: new Set<AddressSetName>() };
  for (const { match } of rules) {
    if (match.kind === "nothing") continue;
    for (const part of ["source", "destination"] as const) {
      const side = match[part];
      if (side.kind === "sets" && !side.excluded) for (const name of side.names) asked[part].add(name);
    }
  }
  return asked;
}
