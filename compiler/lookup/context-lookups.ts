// The lookups of one pair of zones, with what they were made from, so that they are made anew only when that has
// changed: what the rules match, the addresses that they name, and the classes that all pairs share. What a rule does
// with its packets is no part of a lookup: where nothing else has changed, the same structure stands over other rules.

import type { Family } from "@merlon/model/ip/address.ts";
import { emptyRangeSet } from "@merlon/model/ip/range-set.ts";
import type { AddressMembers } from "../address-members.ts";
import type { AddressMatch, AddressSetName, Ir, IrMatch, IrRule } from "../ir.ts";
import { shareEqual } from "../share-equal.ts";
import type { BoxLimits, BoxLookup } from "./boxes.ts";
import { buildBoxes, buildLookup } from "./build-lookup.ts";
import type { LookupOptions } from "./build-lookup.ts";
import type { Lookup } from "./lookup.ts";
import { areFixedRanges, lookupRulesMin, lookupRuns } from "./lookup-runs.ts";
import type { Run } from "./lookup-runs.ts";
import { namesAsked } from "./shared-addresses.ts";
import type { NamesAsked, SharedSides } from "./shared-addresses.ts";

/** What rules that stand together become, for packets of one IP version. */
export type LookupPart =
  /** `tooLarge`: what a lookup of them would be. */
  | { readonly kind: "list"; readonly rules: readonly IrRule[]; readonly tooLarge?: true }
  | { readonly kind: "boxes"; readonly lookup: BoxLookup }
  | { readonly kind: "lookup"; readonly lookup: Lookup };

/** What was made for one IP version. */
interface Made<T> {
  /** Absent where the classes that pairs share do not matter. */
  readonly shared?: SharedSides;
  /** What boxes could take. */
  readonly boxes?: BoxLimits;
  readonly value: T;
}

/** `"other"` stands for what is never in a lookup, whatever it holds. */
type Members = ReadonlyMap<AddressSetName, AddressMembers | "other">;

interface Parts {
  readonly runs: readonly Run[];
  readonly members: Members;
  /** The sets whose narrow addresses must have classes. */
  readonly asked: NamesAsked;
}

export class ContextLookups {
  readonly rules: readonly IrRule[];
  readonly asked: NamesAsked;
  readonly runs: readonly Run[];
  readonly #members: Members;
  readonly #parts = new Map<Family, Made<readonly LookupPart[]>>();
  readonly #numbers = new Map<string, Made<number | undefined>>();

  private constructor(rules: readonly IrRule[], { runs, members, asked }: Parts) {
    this.rules = rules;
    this.runs = runs;
    this.asked = asked;
    this.#members = members;
  }

  /**
   * `earlier`: those of the same pair of zones in another configuration, itself or its parts where they still hold;
   * `sameSets` says that it has the same address sets.
   */
  static of(
    rules: readonly IrRule[],
    ir: Pick<Ir, "addressSets">,
    earlier?: ContextLookups,
    sameSets = false,
  ): ContextLookups {
    if (earlier !== undefined && (sameSets || sameMembers(earlier.#members, ir))) {
      if (sameEach(earlier.rules, rules, (a, b) => a === b)) return earlier;
      if (sameEach(earlier.rules, rules, (a, b) => sameMatch(a.match, b.match))) return earlier.#over(rules);
    }
    const runs = lookupRuns({ rules }, ir);
    const names = namesAsked(rules);
    const asked = earlier !== undefined && sameAsked(earlier.asked, names) ? earlier.asked : names;
    return new ContextLookups(rules, { runs, members: membersOf(rules, ir), asked });
  }

  /** In the order of the rules. `shared` are the classes of narrow addresses now. */
  partsOf(shared: SharedSides, options: LookupOptions): readonly LookupPart[] {
    const known = this.#parts.get(shared.family);
    const isSameRoom = equal(known?.boxes, options.boxes);
    if (known !== undefined && isSameRoom && (known.shared === undefined || sameShared(known.shared, shared))) {
      return known.value;
    }
    let needsShared = false;
    const value = this.runs.map((run): LookupPart => {
      const made = partOf(run, this.#addressSets, shared, options);
      needsShared ||= made.needsShared;
      return made.part;
    });
    const { boxes } = options;
    const room = boxes === undefined ? {} : { boxes };
    this.#parts.set(shared.family, needsShared ? { ...room, shared, value } : { ...room, value });
    return value;
  }

  /** A number that depends on the rules, the shared classes and what boxes may take alone. */
  numberOf(what: string, shared: SharedSides, boxes: BoxLimits, make: () => number | undefined): number | undefined {
    const key = `${what} ${shared.family}`;
    const known = this.#numbers.get(key);
    if (known?.shared !== undefined && sameShared(known.shared, shared) && equal(known.boxes, boxes))
      return known.value;
    const value = make();
    this.#numbers.set(key, { shared, boxes, value });
    return value;
  }

  /** The same structures over other rules with the same matches. */
  #over(rules: readonly IrRule[]): ContextLookups {
    let at = 0;
    const runs = this.runs.map((run): Run => ({ ...run, rules: rules.slice(at, (at += run.rules.length)) }));
    const made = new ContextLookups(rules, { runs, members: this.#members, asked: this.asked });
    for (const [family, { value, ...rest }] of this.#parts) {
      const parts = value.map((part, index) => partOver(part, this.runs[index]?.rules ?? [], runs[index]?.rules ?? []));
      made.#parts.set(family, { ...rest, value: parts });
    }
    for (const [key, number] of this.#numbers) made.#numbers.set(key, number);
    return made;
  }

  get #addressSets(): Pick<Ir, "addressSets"> {
    const sets = new Map<AddressSetName, AddressMembers>();
    for (const [name, members] of this.#members) if (members !== "other") sets.set(name, members);
    return { addressSets: sets };
  }
}

function partOf(
  { fits, rules }: Run,
  ir: Pick<Ir, "addressSets">,
  shared: SharedSides,
  options: LookupOptions,
): { readonly part: LookupPart; readonly needsShared: boolean } {
  const boxes = fits ? buildBoxes(ir, rules, shared.family, options) : undefined;
  if (boxes !== undefined) return { part: { kind: "boxes", lookup: boxes }, needsShared: false };
  const { lookupRulesMin: countMin = lookupRulesMin } = options;
  if (!fits || rules.length < countMin) return { part: { kind: "list", rules }, needsShared: false };
  const lookup = buildLookup(ir, rules, shared, options);
  if (lookup === undefined) return { part: { kind: "list", rules, tooLarge: true }, needsShared: true };
  const needsShared = lookup.ruleBits !== undefined;
  return { part: lookup.rules.length < countMin ? { kind: "list", rules } : { kind: "lookup", lookup }, needsShared };
}

function partOver(part: LookupPart, was: readonly IrRule[], rules: readonly IrRule[]): LookupPart {
  switch (part.kind) {
    case "list":
      return { ...part, rules };
    case "boxes":
      return { kind: "boxes", lookup: { ...part.lookup, rules: inPlaceOf(part.lookup.rules, was, rules) } };
    case "lookup":
      return { kind: "lookup", lookup: { ...part.lookup, rules: inPlaceOf(part.lookup.rules, was, rules) } };
  }
}

/** `some` of the rules that were, as they are now. */
function inPlaceOf(some: readonly IrRule[], was: readonly IrRule[], now: readonly IrRule[]): readonly IrRule[] {
  let at = -1;
  return some.map((rule) => {
    do at++;
    while (at < was.length && was[at] !== rule);
    const found = now[at];
    if (found === undefined) throw new Error("a lookup has a rule that is not in its context");
    return found;
  });
}

function membersOf(rules: readonly IrRule[], { addressSets }: Pick<Ir, "addressSets">): Members {
  const all = new Map<AddressSetName, AddressMembers | "other">();
  for (const { match } of rules) {
    if (match.kind === "nothing") continue;
    for (const side of [match.source, match.destination]) {
      if (side.kind === "any") continue;
      for (const name of side.names) if (!all.has(name)) all.set(name, membersNow(addressSets, name));
    }
  }
  return all;
}

function membersNow(addressSets: Ir["addressSets"], name: AddressSetName): AddressMembers | "other" {
  const members = addressSets.get(name) ?? emptyRangeSet;
  return areFixedRanges(members) ? members : "other";
}

function sameMembers(before: Members, { addressSets }: Pick<Ir, "addressSets">): boolean {
  for (const [name, members] of before) if (!equal(members, membersNow(addressSets, name))) return false;
  return true;
}

function sameShared(before: SharedSides, now: SharedSides): boolean {
  return before.source === now.source && before.destination === now.destination;
}

function sameAsked(before: NamesAsked, now: NamesAsked): boolean {
  return sameNames(before.source, now.source) && sameNames(before.destination, now.destination);
}

function sameNames(before: ReadonlySet<AddressSetName>, now: ReadonlySet<AddressSetName>): boolean {
  return before.size === now.size && now.isSubsetOf(before);
}

function sameEach<T>(before: readonly T[], now: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (before === now) return true;
  if (before.length !== now.length) return false;
  return before.every((one, at) => same(one, now[at] as T));
}

function sameMatch(a: IrMatch, b: IrMatch): boolean {
  if (a === b) return true;
  if (a.kind === "nothing" || b.kind === "nothing") return a.kind === b.kind;
  return sameSide(a.source, b.source) && sameSide(a.destination, b.destination) && equal(a.services, b.services);
}

function sameSide(a: AddressMatch, b: AddressMatch): boolean {
  if (a === b) return true;
  if (a.kind === "any" || b.kind === "any") return a.kind === b.kind;
  return a.excluded === b.excluded && sameEach(a.names, b.names, (one, other) => one === other);
}

/** Of plain data. */
export function equal<T>(a: T, b: T): boolean {
  return a === b || shareEqual(a, b) === a;
}
