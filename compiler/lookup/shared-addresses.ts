// The narrow addresses of all policies as classes, once for all pairs of zones and both sides: single addresses and
// blocks, each on a level of its own. They are most of what a large lookup holds, and they depend on the address book
// alone: a changed policy leaves them as they are.

import type { Family } from "@merlon/model/ip/address.ts";
import { changes } from "../address-members.ts";
import { hostZone } from "../ir.ts";
import type { AddressSetName, Ir } from "../ir.ts";
import { crossings } from "./crossings.ts";
import { cutIntoPieces, pieceBits } from "./address-pieces.ts";
import type { AddressValue, Pieces } from "./address-pieces.ts";
import { sweep } from "./sweep.ts";
import type { ClassInterval, Classes, Ends } from "./sweep.ts";

export const sharedKinds = ["single", "block"] as const;
export type SharedKind = (typeof sharedKinds)[number];

export interface SharedLevel {
  readonly kind: SharedKind;
  readonly intervals: readonly ClassInterval<AddressValue>[];
}

/** Of one IP version. Made when the first lookup asks for it. */
export class SharedAddresses {
  readonly family: Family;
  readonly #ir: Ir;
  readonly #pieces = new Map<AddressSetName, Pieces>();
  #made: Made | undefined;
  #crossing: ReadonlyMap<number, readonly number[]> | undefined;

  constructor(ir: Ir, family: Family) {
    this.#ir = ir;
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
    const members = this.#ir.addressSets.get(name);
    const made = cutIntoPieces((this.family === 4 ? members?.ipv4 : members?.ipv6) ?? [], this.family);
    this.#pieces.set(name, made);
    return made;
  }

  get #classes(): Made {
    this.#made ??= this.#make();
    return this.#made;
  }

  #make(): Made {
    const names = namesAsked(this.#ir);
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

/** The sets of fixed addresses that some policy of transit traffic asks for, in the order of the address book. */
function namesAsked({ contexts, addressSets }: Ir): readonly AddressSetName[] {
  const asked = new Set<AddressSetName>();
  for (const { fromZone, toZone, rules } of contexts) {
    if (fromZone === hostZone || toZone === hostZone) continue;
    for (const { match } of rules) {
      if (match.kind === "nothing") continue;
      for (const side of [match.source, match.destination]) {
        if (side.kind === "sets" && !side.excluded) for (const name of side.names) asked.add(name);
      }
    }
  }
  return [...addressSets].flatMap(([name, members]) => (asked.has(name) && !changes(members) ? [name] : []));
}

/**
 * Of both IP versions. Made once for each list of contexts: what is checked before a commit is what is built by it, and
 * what changes without a commit (answers of domain names, members of dynamic addresses) stands in no lookup.
 */
export function sharedAddressesOf(ir: Ir): Readonly<Record<Family, SharedAddresses>> {
  const known = made.get(ir.contexts);
  if (known !== undefined) return known;
  const shared = { 4: new SharedAddresses(ir, 4), 6: new SharedAddresses(ir, 6) };
  made.set(ir.contexts, shared);
  return shared;
}

const made = new WeakMap<Ir["contexts"], Readonly<Record<Family, SharedAddresses>>>();
