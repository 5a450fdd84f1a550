// Which sides of which pairs of zones share their classes of narrow addresses: those that name the same sets, or are joined
// by others that do. A rule that asks for a class makes the kernel look at each row of the map that has it, so zones
// whose addresses nobody else names have maps of their own.

import type { Family } from "@merlon/model/ip/address.ts";
import { changes } from "../address-members.ts";
import type { AddressSetName, Ir } from "../ir.ts";
import { equal } from "./context-lookups.ts";
import { SharedAddresses } from "./shared-addresses.ts";
import type { FixedSets, NamesAsked } from "./shared-addresses.ts";

export class SharedGroup {
  readonly sets: FixedSets;
  readonly addresses: Readonly<Record<Family, SharedAddresses>>;

  constructor(sets: FixedSets) {
    this.sets = sets;
    this.addresses = { 4: new SharedAddresses(sets, 4), 6: new SharedAddresses(sets, 6) };
  }
}

export class SharedGroups {
  /** By the first name of the address book that is in it. */
  readonly #groups = new Map<AddressSetName, SharedGroup>();
  readonly #groupOf = new Map<AddressSetName, SharedGroup>();
  readonly #empty: SharedGroup;

  /** `asked`: of all pairs of zones. Groups that hold what one of `earlier` holds are the same objects. */
  constructor({ addressSets }: Pick<Ir, "addressSets">, asked: readonly NamesAsked[], earlier?: SharedGroups) {
    this.#empty = earlier === undefined ? new SharedGroup(new Map()) : earlier.#empty;
    const groupsBefore = earlier === undefined ? undefined : earlier.#groups;
    const joined = new JoinedNames();
    for (const { source, destination } of asked) {
      joined.join(source);
      joined.join(destination);
    }
    const members = new Map<AddressSetName, Map<AddressSetName, ReturnType<Ir["addressSets"]["get"]> & object>>();
    for (const [name, value] of addressSets) {
      const root = changes(value) ? undefined : joined.rootOf(name);
      if (root === undefined) continue;
      const sets = members.get(root) ?? new Map();
      members.set(root, sets.set(name, value));
    }
    for (const sets of members.values()) {
      const [first = ""] = sets.keys();
      const before = groupsBefore?.get(first);
      const group = before !== undefined && sameSets(before.sets, sets) ? before : new SharedGroup(sets);
      this.#groups.set(first, group);
      for (const name of sets.keys()) this.#groupOf.set(name, group);
    }
  }

  /** Of a side that asks for these names. */
  of(names: ReadonlySet<AddressSetName>): SharedGroup {
    for (const name of names) {
      const group = this.#groupOf.get(name);
      if (group !== undefined) return group;
    }
    return this.#empty;
  }

  /** Rows that all of them have in the kernel. */
  get rowCount(): number {
    return [...this.#groups.values()].reduce(
      (sum, { addresses }) => sum + addresses[4].rowCount + addresses[6].rowCount,
      0,
    );
  }
}

/** Names that are joined, directly or by others (union and find). */
class JoinedNames {
  readonly #parents = new Map<AddressSetName, AddressSetName>();

  join(names: ReadonlySet<AddressSetName>): void {
    let first: AddressSetName | undefined;
    for (const name of names) {
      if (!this.#parents.has(name)) this.#parents.set(name, name);
      const root = this.#find(name);
      if (first === undefined) first = root;
      else this.#parents.set(root, first);
    }
  }

  /** Undefined for a name that nobody has joined. */
  rootOf(name: AddressSetName): AddressSetName | undefined {
    return this.#parents.has(name) ? this.#find(name) : undefined;
  }

  #find(name: AddressSetName): AddressSetName {
    let root = name;
    for (let next = this.#parents.get(root); next !== undefined && next !== root; next = this.#parents.get(root)) {
      root = next;
    }
    for (let at = name; at !== root;) {
      const next = this.#parents.get(at) ?? root;
      this.#parents.set(at, root);
      at = next;
    }
    return root;
  }
}

/** In the same order, too. */
function sameSets(before: FixedSets, now: FixedSets): boolean {
  if (before.size !== now.size) return false;
  const names = before.keys();
  for (const [name, members] of now) {
    const was = before.get(name);
    if (names.next().value !== name || !equal(was, members)) return false;
  }
  return true;
}
