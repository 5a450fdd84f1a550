// The elements of a set whose addresses may be others later: those of the names in a match now, of one IP version.

import type { Family } from "@merlon/model/ip/address.ts";
import { allAddresses } from "@merlon/model/ip/range-set.ts";
import type { IpRange, RangeSet } from "@merlon/model/ip/range-set.ts";
import { excludesUnresolved, membersOf } from "../address-members.ts";
import type { Action, AddressMatch, Ir } from "../ir.ts";

/** A name without an answer that a permit leaves out fills the set, so that everything is left out. */
export function changingMembers(
  ir: Pick<Ir, "addressSets">,
  match: Extract<AddressMatch, { kind: "sets" }>,
  action: Action,
): RangeSet {
  const closed = action === "permit" && excludesUnresolved(ir, match);
  return closed ? allAddresses : membersOf(ir, match.names);
}

export function changingRanges(
  ir: Pick<Ir, "addressSets">,
  match: Extract<AddressMatch, { kind: "sets" }>,
  action: Action,
  family: Family,
): readonly IpRange[] {
  return rangesOfFamily(changingMembers(ir, match, action), family);
}

export function rangesOfFamily(set: RangeSet, family: Family): readonly IpRange[] {
  return family === 4
    ? set.ipv4.map((range) => ({ family: 4 as const, ...range }))
    : set.ipv6.map((range) => ({ family: 6 as const, ...range }));
}
