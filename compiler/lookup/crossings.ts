// Where two ways to cut the same line of addresses meet: which classes of the one have addresses in common with which
// of the other.

import type { AddressValue } from "./address-pieces.ts";
import type { ClassInterval } from "./sweep.ts";

/**
 * What two lists of intervals have in common, with the classes of both: `class` of the first, `other` of the second.
 * Both are sorted and disjoint.
 */
export function* crossings(
  all: readonly ClassInterval<AddressValue>[],
  others: readonly ClassInterval<AddressValue>[],
): Generator<ClassInterval<AddressValue> & { readonly other: number }> {
  let at = 0;
  for (const interval of all) {
    while ((others[at]?.last ?? interval.first) < interval.first) at += 1;
    for (let next = at; next < others.length; next++) {
      const other = others[next];
      if (other === undefined || other.first > interval.last) break;
      yield {
        first: other.first > interval.first ? other.first : interval.first,
        last: other.last < interval.last ? other.last : interval.last,
        class: interval.class,
        other: other.class,
      };
    }
  }
}
