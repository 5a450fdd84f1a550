// The sets of dynamic addresses in the kernel, and what a change of members does to them. There is a set for every way in
// which rules ask for dynamic addresses, for both IP versions, whether or not somebody is in it, and its name says what it
// is for: so which elements to add and delete is known without the rules.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { dynamicUses, matchKey } from "../dynamic-addresses.ts";
import type { DynamicUse } from "../dynamic-addresses.ts";
import type { Ir } from "../ir.ts";
import { changingMembers, changingRanges, rangesOfFamily } from "./changing-ranges.ts";
import { textFingerprint } from "./fixed-set.ts";
import type { NftCommand, NftElement, NftSet } from "./program.ts";
import { generationName } from "./table-names.ts";

const families = [4, 6] as const;

/** By a text that says what they hold: `matchKey` and IP version. */
export function dynamicSets(ir: Ir, generation: number): ReadonlyMap<string, NftSet> {
  const sets = new Map<string, NftSet>();
  for (const [key, use] of dynamicUses(ir)) {
    for (const family of families) {
      const elements = changingRanges(ir, use.match, use.action, family).map(elementOf);
      sets.set(`${family} ${key}`, { ...headOf(use, family, generation), elements });
    }
  }
  return sets;
}

function headOf({ match, action }: DynamicUse, family: Family, generation: number): NftSet {
  const word = `members${family}_${textFingerprint(matchKey(match, action))}`;
  return {
    name: generationName(word, generation),
    key: [family === 4 ? "ipv4_addr" : "ipv6_addr"],
    interval: true,
    counter: false,
    elements: [],
  };
}

/** What changes in one set of the kernel: first some go, then others come. */
export interface ElementChange {
  /** Without its elements. */
  readonly set: NftSet;
  readonly remove: readonly NftElement[];
  readonly add: readonly NftElement[];
}

/**
 * What brings the table of `before` to that of `after`, which differ in the members of one dynamic address alone. Nothing
 * where no rule asks for it.
 */
export function planMemberChange(before: Ir, after: Ir, name: string, generation: number): readonly ElementChange[] {
  return [...dynamicUses(after).values()]
    .filter(({ names }) => names.includes(name))
    .flatMap((use) => {
      const [from, to] = [before, after].map((ir) => changingMembers(ir, use.match, use.action));
      if (from === undefined || to === undefined || from === to) return [];
      // Only what differs becomes elements: an address may have tens of thousands of members.
      const ipv4 = compareRanges(from.ipv4, to.ipv4);
      const ipv6 = compareRanges(from.ipv6, to.ipv6);
      return [
        ...changeOf(
          headOf(use, 4, generation),
          rangesOfFamily({ ipv4: ipv4.gone, ipv6: [] }, 4),
          rangesOfFamily({ ipv4: ipv4.came, ipv6: [] }, 4),
        ),
        ...changeOf(
          headOf(use, 6, generation),
          rangesOfFamily({ ipv4: [], ipv6: ipv6.gone }, 6),
          rangesOfFamily({ ipv4: [], ipv6: ipv6.came }, 6),
        ),
      ];
    });
}

function changeOf(set: NftSet, gone: readonly IpRange[], came: readonly IpRange[]): readonly ElementChange[] {
  if (gone.length === 0 && came.length === 0) return [];
  return [{ set, remove: gone.map(elementOf), add: came.map(elementOf) }];
}

type ElementCommand = Extract<NftCommand, { kind: "add-elements" | "delete-elements" }>;

/** The changes as commands of one transaction. */
export function elementCommands(changes: readonly ElementChange[]): readonly ElementCommand[] {
  return changes.flatMap(({ set: { name: set }, remove, add }): readonly ElementCommand[] => [
    ...(remove.length === 0 ? [] : [{ kind: "delete-elements" as const, set, elements: remove }]),
    ...(add.length === 0 ? [] : [{ kind: "add-elements" as const, set, elements: add }]),
  ]);
}

interface Ends<T> {
  readonly first: T;
  readonly last: T;
}

/** Both sorted and in normal form: one walk through both. */
function compareRanges<T extends number | bigint>(before: readonly Ends<T>[], after: readonly Ends<T>[]) {
  const gone: Ends<T>[] = [];
  const came: Ends<T>[] = [];
  let [at, to] = [0, 0];
  while (at < before.length || to < after.length) {
    const [was, is] = [before[at], after[to]];
    if (was !== undefined && is !== undefined && was.first === is.first && was.last === is.last) {
      at += 1;
      to += 1;
    } else if (is === undefined || (was !== undefined && was.first <= is.first)) {
      if (was !== undefined) gone.push(was);
      at += 1;
    } else {
      came.push(is);
      to += 1;
    }
  }
  return { gone, came };
}

function elementOf(range: IpRange): NftElement {
  return { key: [{ kind: "addresses", range }] };
}
