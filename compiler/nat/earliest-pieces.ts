// Ranges that may overlap, cut so that every address belongs to the earliest of them alone.

import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { sweep } from "../lookup/sweep.ts";

/** `index` is that of the range that the piece came from. All are of one IP version. */
export function earliestPieces(
  ranges: readonly IpRange[],
): readonly { readonly range: IpRange; readonly index: number }[] {
  const four = ranges.flatMap((range) => (range.family === 4 ? [range] : []));
  if (four.length === ranges.length) {
    return pieces(
      four,
      (value) => value + 1,
      (first, last) => ({ family: 4, first, last }),
    );
  }
  const six = ranges.flatMap((range) => (range.family === 6 ? [range] : []));
  return pieces(
    six,
    (value) => value + 1n,
    (first, last) => ({ family: 6, first, last }),
  );
}

function pieces<T extends number | bigint>(
  ranges: readonly { readonly first: T; readonly last: T }[],
  after: (value: T) => T,
  rangeOf: (first: T, last: T) => IpRange,
) {
  const { intervals, classesOf } = sweep(
    ranges.map((range) => [range]),
    after,
    0,
  );
  const owner = new Map<number, number>();
  for (const [index, classes] of classesOf.entries()) {
    for (const number of classes) if (!owner.has(number)) owner.set(number, index);
  }
  return intervals.map(({ first, last, class: number }) => ({
    range: rangeOf(first, last),
    index: owner.get(number) ?? 0,
  }));
}
