// One side (source or destination) of the rules of a small lookup: every distinct set of addresses once, and the
// classes that all of them together cut the addresses into.

import type { Family } from "@merlon/model/ip/address.ts";
import { allAddresses, complementOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { membersOf } from "../address-members.ts";
import type { AddressMatch, Ir } from "../ir.ts";
import type { AddressValue } from "./address-pieces.ts";
import { sweep } from "./sweep.ts";
import type { Classes, Ends } from "./sweep.ts";

export class AddressSide {
  readonly #ir: Pick<Ir, "addressSets">;
  readonly #family: Family;
  readonly #setOf: number[] = [];
  readonly #known = new Map<string, number>();
  readonly #sets: (readonly Ends<AddressValue>[])[] = [];
  #classes: Classes<AddressValue> | undefined;

  constructor(ir: Pick<Ir, "addressSets">, family: Family) {
    this.#ir = ir;
    this.#family = family;
  }

  /** Adds the addresses of the next rule. */
  add(match: AddressMatch): void {
    const key = match.kind === "any" ? "any" : `${match.excluded ? "!" : ""}\n${match.names.join("\n")}`;
    const set = this.#known.get(key) ?? this.#sets.push(rangesOfSide(this.#ir, match, this.#family)) - 1;
    this.#known.set(key, set);
    this.#setOf.push(set);
  }

  /** To be asked when all rules are added; numbered from 1. */
  get classes(): Classes<AddressValue> {
    this.#classes ??=
      this.#family === 4
        ? sweep(this.#sets as (readonly Ends<number>[])[], (value) => value + 1, 1)
        : sweep(this.#sets as (readonly Ends<bigint>[])[], (value) => value + 1n, 1);
    return this.#classes;
  }

  /** The classes of each rule, by the order in which they were added. */
  get classesOfRules(): readonly (readonly number[])[] {
    const { classesOf } = this.classes;
    return this.#setOf.map((set) => classesOf[set] ?? []);
  }
}

/** The addresses of one IP version that a side of a rule matches, sorted and disjoint. */
export function rangesOfSide(
  ir: Pick<Ir, "addressSets">,
  match: AddressMatch,
  family: Family,
): readonly Ends<AddressValue>[] {
  return ofFamily(match.kind === "any" ? allAddresses : addressesOf(ir, match), family);
}

function addressesOf(ir: Pick<Ir, "addressSets">, match: Extract<AddressMatch, { kind: "sets" }>): RangeSet {
  const members = membersOf(ir, match.names);
  return match.excluded ? complementOf(members) : members;
}

function ofFamily({ ipv4, ipv6 }: RangeSet, family: Family): readonly Ends<AddressValue>[] {
  return family === 4 ? ipv4 : ipv6;
}
