// Sets of IP addresses as sorted, disjoint, non-adjacent ranges per family: the form in which address books, excluded
// addresses and read-back kernel sets are compared. Two sets are equal exactly when their ranges are.

import { formatIpv4, formatIpv6, ipv4Max, ipv6Max } from "./address.ts";
import type { IpAddress } from "./address.ts";

/** Both ends are inclusive. */
export type IpRange =
  | { readonly family: 4; readonly first: number; readonly last: number }
  | { readonly family: 6; readonly first: bigint; readonly last: bigint };

export interface RangeSet {
  readonly ipv4: readonly { readonly first: number; readonly last: number }[];
  readonly ipv6: readonly { readonly first: bigint; readonly last: bigint }[];
}

export const emptyRangeSet: RangeSet = { ipv4: [], ipv6: [] };
export const allIpv4: RangeSet = { ipv4: [{ first: 0, last: ipv4Max }], ipv6: [] };
export const allIpv6: RangeSet = { ipv4: [], ipv6: [{ first: 0n, last: ipv6Max }] };
export const allAddresses: RangeSet = { ipv4: allIpv4.ipv4, ipv6: allIpv6.ipv6 };

/** The union of any ranges, in any order, overlapping or not. */
export function rangeSetOf(ranges: Iterable<IpRange>): RangeSet {
  const ipv4: { first: number; last: number }[] = [];
  const ipv6: { first: bigint; last: bigint }[] = [];
  for (const range of ranges) {
    if (range.family === 4) ipv4.push({ first: range.first, last: range.last });
    else ipv6.push({ first: range.first, last: range.last });
  }
  return { ipv4: mergeRanges(ipv4, (last) => last + 1), ipv6: mergeRanges(ipv6, (last) => last + 1n) };
}

export function unionOf(sets: Iterable<RangeSet>): RangeSet {
  const ipv4: RangeSet["ipv4"][number][] = [];
  const ipv6: RangeSet["ipv6"][number][] = [];
  // One by one: a spread of a large set would overflow the stack.
  for (const set of sets) {
    for (const range of set.ipv4) ipv4.push(range);
    for (const range of set.ipv6) ipv6.push(range);
  }
  return { ipv4: mergeRanges(ipv4, (last) => last + 1), ipv6: mergeRanges(ipv6, (last) => last + 1n) };
}

export function* rangesOf(set: RangeSet): Generator<IpRange> {
  for (const range of set.ipv4) yield { family: 4, ...range };
  for (const range of set.ipv6) yield { family: 6, ...range };
}

export function complementOf(set: RangeSet): RangeSet {
  const ipv4: { first: number; last: number }[] = [];
  let next4 = 0;
  for (const { first, last } of set.ipv4) {
    if (first > next4) ipv4.push({ first: next4, last: first - 1 });
    next4 = last + 1;
  }
  if (next4 <= ipv4Max) ipv4.push({ first: next4, last: ipv4Max });
  const ipv6: { first: bigint; last: bigint }[] = [];
  let next6 = 0n;
  for (const { first, last } of set.ipv6) {
    if (first > next6) ipv6.push({ first: next6, last: first - 1n });
    next6 = last + 1n;
  }
  if (next6 <= ipv6Max) ipv6.push({ first: next6, last: ipv6Max });
  return { ipv4, ipv6 };
}

/** What is in `a` and not in `b`. */
export function differenceOf(a: RangeSet, b: RangeSet): RangeSet {
  if (b.ipv4.length === 0 && b.ipv6.length === 0) return a;
  return complementOf(unionOf([complementOf(a), b]));
}

/** Binary search: O(log n) in the number of ranges of the address's family. */
export function rangeSetContains(set: RangeSet, address: IpAddress): boolean {
  return (address.family === 4 ? rangeAt(set.ipv4, address.value) : rangeAt(set.ipv6, address.value)) !== undefined;
}

export function sameRangeSet(a: RangeSet, b: RangeSet): boolean {
  return sameRanges(a.ipv4, b.ipv4) && sameRanges(a.ipv6, b.ipv6);
}

export function formatRange(range: IpRange): string {
  const [first, last] =
    range.family === 4
      ? [formatIpv4(range.first), formatIpv4(range.last)]
      : [formatIpv6(range.first), formatIpv6(range.last)];
  return first === last ? first : `${first}-${last}`;
}

interface Ends<T> {
  readonly first: T;
  readonly last: T;
}

function mergeRanges<T extends number | bigint>(
  ranges: readonly Ends<T>[],
  after: (last: T) => number | bigint,
): readonly Ends<T>[] {
  if (ranges.length === 0) return noRanges;
  if (ranges.length === 1) return [...ranges];
  const sorted = ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const merged: { first: T; last: T }[] = [];
  for (const range of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && range.first <= after(previous.last)) {
      if (range.last > previous.last) previous.last = range.last;
    } else merged.push({ ...range });
  }
  // A copy of exactly the size: an address book has a hundred thousand of small ones.
  return [...merged];
}

/** Shared by the sets of one IP version. */
const noRanges: never[] = [];

/** The one of sorted, disjoint ranges that holds the value: O(log n). */
export function rangeAt<R extends Ends<number | bigint>>(ranges: readonly R[], value: R["first"]): R | undefined {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle];
    if (range === undefined) return undefined;
    if (value < range.first) high = middle - 1;
    else if (value > range.last) low = middle + 1;
    else return range;
  }
  return undefined;
}

function sameRanges<T>(a: readonly Ends<T>[], b: readonly Ends<T>[]): boolean {
  return a.length === b.length && a.every((range, i) => range.first === b[i]?.first && range.last === b[i]?.last);
}
