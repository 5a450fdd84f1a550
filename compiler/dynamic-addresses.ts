// Dynamic addresses: names that policies may use as an address, and whose members come and go at run time. The
// configuration declares the name; who the members are is given to the gateway by feeds, workloads and people, as the
// answers of domain names are. The rules stay as they are, only members change.

import { emptyRangeSet } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import type { AddressMembers } from "./address-members.ts";
import type { Action, AddressMatch, AddressSetName, Ir } from "./ir.ts";
import { ReplacedMap } from "./replaced-map.ts";

/** The members of each dynamic address, by its name; one without members may be left out. */
export type DynamicMembers = ReadonlyMap<string, RangeSet>;

export const noDynamicMembers: DynamicMembers = new Map();

/** The space keeps it apart from the names of every address book. */
export function dynamicSetName(name: string): AddressSetName {
  return `dynamic-address ${name}`;
}

/** A dynamic address before anybody has joined it. */
export function emptyDynamicAddress(name: string): AddressMembers {
  return { ...emptyRangeSet, dynamic: [name] };
}

/** The same IR with the members that its dynamic addresses have now. */
export function withDynamicMembers(ir: Ir, members: DynamicMembers): Ir {
  const names = dynamicNames(ir);
  if (names.size === 0) return ir;
  const now = new Map<AddressSetName, AddressMembers>();
  for (const name of names) now.set(dynamicSetName(name), joined(name, members.get(name) ?? emptyRangeSet));
  return { ...ir, addressSets: ReplacedMap.of(ir.addressSets, now) };
}

const joinedBefore = new WeakMap<RangeSet, AddressMembers>();

/** The same object for the same members. */
function joined(name: string, ranges: RangeSet): AddressMembers {
  const known = joinedBefore.get(ranges);
  if (known?.dynamic?.[0] === name) return known;
  const now = { ...emptyDynamicAddress(name), ...ranges };
  joinedBefore.set(ranges, now);
  return now;
}

/** One way in which rules ask for addresses, some of them dynamic. */
export interface DynamicUse {
  readonly names: readonly string[];
  readonly match: Extract<AddressMatch, { kind: "sets" }>;
  /** That of all rules that ask so, as far as it matters (`matchKey`). */
  readonly action: Action;
}

/** Matches with the same key are the same addresses: to leave out an unanswered name means another thing to a permit. */
export function matchKey(match: Extract<AddressMatch, { kind: "sets" }>, action: Action): string {
  return `${match.excluded ? `! ${action === "permit"} ` : ""}${match.names.join("\n")}`;
}

/** By `matchKey`, in the order of the rules. Found once for each list of contexts, which no change of members makes anew. */
export function dynamicUses(ir: Pick<Ir, "addressSets" | "contexts">): ReadonlyMap<string, DynamicUse> {
  const known = found.get(ir.contexts);
  if (known !== undefined) return known;
  const uses = findUses(ir);
  found.set(ir.contexts, uses);
  return uses;
}

const found = new WeakMap<Ir["contexts"], ReadonlyMap<string, DynamicUse>>();

function findUses({ addressSets, contexts }: Pick<Ir, "addressSets" | "contexts">): ReadonlyMap<string, DynamicUse> {
  if (!holdsDynamic(addressSets)) return new Map();
  const uses = new Map<string, DynamicUse>();
  const fixed = new Set<AddressMatch>();
  for (const { match, action } of contexts.flatMap(({ rules }) => rules)) {
    if (match.kind === "nothing") continue;
    for (const side of [match.source, match.destination]) {
      if (side.kind === "any" || fixed.has(side)) continue;
      const names = side.names.flatMap((name) => addressSets.get(name)?.dynamic ?? []);
      if (names.length === 0) fixed.add(side);
      else uses.set(matchKey(side, action), { names, match: side, action });
    }
  }
  return uses;
}

const holding = new WeakMap<Ir["addressSets"], boolean>();

/** Most configurations have no dynamic address, and a hundred thousand rules need not be looked through for one. */
function holdsDynamic(addressSets: Ir["addressSets"]): boolean {
  const known = holding.get(addressSets);
  if (known !== undefined) return known;
  const found = addressSets.values().some(({ dynamic }) => dynamic !== undefined);
  holding.set(addressSets, found);
  return found;
}

/** The dynamic addresses that some rule asks for. */
export function dynamicNames(ir: Pick<Ir, "addressSets" | "contexts">): ReadonlySet<string> {
  return new Set([...dynamicUses(ir).values()].flatMap(({ names }) => names));
}
