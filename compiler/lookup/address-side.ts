// One side (source or destination) of the rules of a lookup: every distinct set of addresses once, cut into pieces by how
// wide they are. Wide pieces cut across many narrow ones; kept apart they do not cut each other any smaller.

import type { Family } from "@merlon/model/ip/address.ts";
import { allAddresses, complementOf, unionOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { membersOf } from "../address-members.ts";
import type { AddressMatch, Ir } from "../ir.ts";
import { cutIntoPieces, pieceKinds } from "./address-pieces.ts";
import type { AddressValue, PieceKind, Pieces } from "./address-pieces.ts";
import { sweep } from "./sweep.ts";
import type { Classes, Ends } from "./sweep.ts";

export class AddressSide {
  readonly family: Family;
  readonly #ir: Ir;
  readonly #setOf: number[] = [];
  readonly #known = new Map<string, number>();
  readonly #sets: { readonly exact: Pieces; readonly open: Pieces }[] = [];
  readonly #excluded: RangeSet[] = [];
  readonly #classes = new Map<string, Classes<AddressValue>>();
  readonly #everything: Pieces;

  constructor(ir: Ir, family: Family) {
    this.#ir = ir;
    this.family = family;
    this.#everything = cutIntoPieces(this.#ofFamily(allAddresses), family);
  }

  /** The number of the set that a rule asks for; undefined when it has no address of the version. */
  numberOf(match: AddressMatch): number | undefined {
    const key = match.kind === "any" ? "any" : `${match.excluded ? "!" : ""}\n${match.names.join("\n")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (match.kind === "any") return this.#addSet(key, this.#everything);
    const members = membersOf(this.#ir, match.names);
    const exact = this.#ofFamily(match.excluded ? complementOf(members) : members);
    if (exact.length === 0) return undefined;
    const leavesOut = match.excluded && this.#ofFamily(members).length > 0;
    if (!leavesOut) return this.#addSet(key, cutIntoPieces(exact, this.family));
    this.#excluded.push(members);
    // Cut at what is left out, the pieces would be many; as ranges they stand on a level of their own.
    return this.#addSet(key, { ...this.#everything, everything: [], range: exact }, this.#everything);
  }

  /** Adds the set of the next rule. */
  add(set: number): void {
    this.#setOf.push(set);
  }

  /** The set of each rule, by the order in which they were added. */
  get setOf(): readonly number[] {
    return this.#setOf;
  }

  /** The addresses that some rule leaves out; for all others, to leave out is to match everything. */
  get exceptions(): readonly Ends<AddressValue>[] {
    return this.#ofFamily(unionOf(this.#excluded));
  }

  /**
   * The classes of the pieces of some kinds, numbered from 1. With `open`, sets that leave addresses out count as
   * everything.
   */
  classes(kinds: readonly PieceKind[], open: boolean): Classes<AddressValue> {
    const key = `${open ? "open" : "exact"} ${kinds.join(" ")}`;
    const known = this.#classes.get(key);
    if (known !== undefined) return known;
    const sets = this.#sets.map((set) => {
      const pieces = open ? set.open : set.exact;
      return kinds.flatMap((kind) => pieces[kind]);
    });
    const made =
      this.family === 4
        ? sweep(sets as (readonly Ends<number>[])[], (value) => value + 1, 1)
        : sweep(sets as (readonly Ends<bigint>[])[], (value) => value + 1n, 1);
    this.#classes.set(key, made);
    return made;
  }

  #addSet(key: string, exact: Pieces, open: Pieces = exact): number {
    this.#known.set(key, this.#sets.length);
    return this.#sets.push({ exact, open }) - 1;
  }

  #ofFamily({ ipv4, ipv6 }: RangeSet): readonly Ends<AddressValue>[] {
    return this.family === 4 ? ipv4 : ipv6;
  }
}

/** All kinds together: one level. */
export const allKinds: readonly PieceKind[] = pieceKinds;
