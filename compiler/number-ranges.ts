// Arithmetic on ranges of small numbers: ports, protocols, ICMP types. A list is normal when it is sorted and its ranges
// neither overlap nor touch; the kernel accepts and lists intervals only in that form.

import type { NumberRange } from "@merlon/model/schema/value.ts";

/** The normal form of any ranges in any order. */
export function mergeNumberRanges(ranges: Iterable<NumberRange>): readonly NumberRange[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].toSorted((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

/** What is in `from` and in none of `without`; normal. */
export function subtractNumberRanges(
  from: Iterable<NumberRange>,
  without: Iterable<NumberRange>,
): readonly NumberRange[] {
  let left = mergeNumberRanges(from);
  for (const hole of without) {
    left = left.flatMap(({ first, last }) => [
      ...(first < hole.first ? [{ first, last: Math.min(last, hole.first - 1) }] : []),
      ...(last > hole.last ? [{ first: Math.max(first, hole.last + 1), last }] : []),
    ]);
  }
  return left;
}
