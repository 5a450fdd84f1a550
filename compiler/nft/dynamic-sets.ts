// The sets of dynamic addresses in the kernel, and what a change of members does to them. There are two sets for every way in
// which rules ask for dynamic addresses, hosts and ranges, for both IP versions, whether or not somebody is in them, and
// their names say what they are for: so which elements to add and delete is known without the rules.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IpRange, RangeSet } from "@merlon/model/ip/range-set.ts";
import { dynamicUses, matchKey } from "../dynamic-addresses.ts";
import type { DynamicUse } from "../dynamic-addresses.ts";
import type { Ir } from "../ir.ts";
import { changingMembers, changingRanges, rangesOfFamily } from "./changing-ranges.ts";
import { textFingerprint } from "./fixed-set.ts";
import type { NftCommand, NftElement, NftSet } from "./program.ts";
import { hostSet, someHostWithin, spellMembers } from "./spelled-members.ts";
import type { SpelledMembers } from "./spelled-members.ts";
import { generationName } from "./table-names.ts";

const families = [4, 6] as const;

/** Who asks for the members asks the hosts first, then the ranges. */
export interface DynamicSets {
  readonly hosts: NftSet;
  readonly ranges: NftSet;
}

/** By a text that says what they hold: `matchKey` and IP version. */
export function dynamicSets(ir: Ir, generation: number): ReadonlyMap<string, DynamicSets> {
  const sets = new Map<string, DynamicSets>();
  for (const [key, use] of dynamicUses(ir)) {
    for (const family of families) {
      const { hosts, ranges } = spellMembers(changingRanges(ir, use.match, use.action, family));
      const heads = headsOf(use, family, generation);
      sets.set(`${family} ${key}`, {
        hosts: hostSet(heads.hosts.name, family, hosts),
        ranges: { ...heads.ranges, elements: ranges.map(elementOf) },
      });
    }
  }
  return sets;
}

function headsOf({ match, action }: DynamicUse, family: Family, generation: number): DynamicSets {
  const fingerprint = textFingerprint(matchKey(match, action));
  const head = (word: string, interval: boolean): NftSet => ({
    name: generationName(`${word}${family}_${fingerprint}`, generation),
    key: [family === 4 ? "ipv4_addr" : "ipv6_addr"],
    interval,
    counter: false,
    elements: [],
  });
  return { hosts: head("hosts", false), ranges: head("members", true) };
}

/** What changes in one set of the kernel: first some go, then others come. */
export interface ElementChange {
  /** Without its elements. */
  readonly set: NftSet;
  readonly remove: readonly NftElement[];
  readonly add: readonly NftElement[];
}

/**
 * What brings the table of `before` to that of `after`, which differ in the members of one dynamic address alone: one
 * transaction behind the other. Nothing where no rule asks for it.
 *
 * It is one transaction as long as no member moves between hosts and ranges. The kernel shows hosts at the switch of
 * generations and ranges somewhat later, and a packet asks first for the one and then for the other: one who moves stands
 * in both, over transactions between which the packets on their way come through, and never in neither.
 */
export function planMemberChange(
  before: Ir,
  after: Ir,
  name: string,
  generation: number,
): readonly (readonly ElementChange[])[] {
  const changes = [...dynamicUses(after).values()]
    .filter(({ names }) => names.includes(name))
    .flatMap((use) => changesOfUse(use, before, after, generation));
  const together = changes.flatMap(({ hosts, ranges }) => [hosts, ranges]);
  const transactions = changes.some(({ moves }) => moves)
    ? [
        changes.map(({ hosts }) => ({ ...hosts, remove: [] })),
        changes.map(({ ranges }) => ranges),
        changes.map(({ hosts }) => ({ ...hosts, add: [] })),
      ]
    : [together];
  return transactions
    .map((all) => all.filter(({ remove, add }) => remove.length + add.length > 0))
    .filter(({ length }) => length > 0);
}

interface UseChange {
  readonly hosts: ElementChange;
  readonly ranges: ElementChange;
  /** Some member was a host and is in a range now, or the other way round. */
  readonly moves: boolean;
}

function changesOfUse(use: DynamicUse, before: Ir, after: Ir, generation: number): readonly UseChange[] {
  const [from, to] = [before, after].map((ir) => changingMembers(ir, use.match, use.action));
  if (from === undefined || to === undefined || from === to) return [];
  // Only what differs becomes elements: an address may have tens of thousands of members.
  const [ipv4, ipv6] = [compareRanges(from.ipv4, to.ipv4), compareRanges(from.ipv6, to.ipv6)];
  const gone: RangeSet = { ipv4: ipv4.gone, ipv6: ipv6.gone };
  const came: RangeSet = { ipv4: ipv4.came, ipv6: ipv6.came };
  return families.map((family) => {
    const [old, now] = [gone, came].map((set) => spellMembers(rangesOfFamily(set, family)));
    return changeOf(headsOf(use, family, generation), old ?? nobody, now ?? nobody);
  });
}

const nobody: SpelledMembers = { hosts: [], ranges: [] };

function changeOf(heads: DynamicSets, old: SpelledMembers, now: SpelledMembers): UseChange {
  const hosts = compareRanges(old.hosts, now.hosts);
  return {
    hosts: { set: heads.hosts, remove: hosts.gone.map(elementOf), add: hosts.came.map(elementOf) },
    ranges: { set: heads.ranges, remove: old.ranges.map(elementOf), add: now.ranges.map(elementOf) },
    moves:
      someHostWithin({ hosts: hosts.gone, ranges: now.ranges }) ||
      someHostWithin({ hosts: hosts.came, ranges: old.ranges }),
  };
}

type ElementCommand = Extract<NftCommand, { kind: "add-elements" | "delete-elements" }>;

/** The changes as commands of one transaction. */
export function elementCommands(changes: readonly ElementChange[]): readonly ElementCommand[] {
  return changes.flatMap(({ set: { name: set }, remove, add }): readonly ElementCommand[] => [
    ...(remove.length === 0 ? [] : [{ kind: "delete-elements" as const, set, elements: remove }]),
    ...(add.length === 0 ? [] : [{ kind: "add-elements" as const, set, elements: add }]),
  ]);
}

interface Ends {
  readonly first: number | bigint;
  readonly last: number | bigint;
}

/** Both sorted and in normal form, of one IP version: one walk through both. */
function compareRanges<R extends Ends>(before: readonly R[], after: readonly R[]) {
  const gone: R[] = [];
  const came: R[] = [];
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
