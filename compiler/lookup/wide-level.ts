// How the wide classes of a lookup are found: at once where there is but one, by a hash where they begin and end with
// blocks, by searching otherwise.

import type { Family } from "@merlon/model/ip/address.ts";
import { ipv4Max, ipv6Max } from "@merlon/model/ip/address.ts";
import { pieceBits } from "./address-pieces.ts";
import type { AddressValue } from "./address-pieces.ts";
import type { AddressLevel } from "./lookup.ts";
import type { ClassInterval } from "./sweep.ts";

/** Wide blocks that a level may have to be found by a hash. */
const wideBlocksMax = 65_536;

/** Wide classes of a lookup: found by a hash where they begin and end with wide blocks, and are not too many. */
export function wideLevel(intervals: readonly ClassInterval<AddressValue>[], family: Family): AddressLevel {
  const [only] = intervals;
  const coversAll = isEverything(intervals, family);
  if (coversAll && only !== undefined && intervals.length === 1) return { kind: "constant", class: only.class };
  const { single, "wide-block": wide } = pieceBits[family];
  const size = 1n << BigInt(single - wide);
  const rest = coversAll ? commonest(intervals) : undefined;
  const others = intervals.filter((interval) => interval.class !== rest);
  let blocks = 0n;
  for (const { first, last } of others) {
    if (BigInt(first) % size !== 0n || (BigInt(last) + 1n) % size !== 0n) return { kind: "intervals", intervals };
    blocks += (BigInt(last) + 1n - BigInt(first)) / size;
    if (blocks > wideBlocksMax) return { kind: "intervals", intervals };
  }
  return { kind: "pieces", piece: "wide-block", intervals: others, ...(rest === undefined ? {} : { rest }) };
}

export function isEverything(intervals: readonly ClassInterval<AddressValue>[], family: Family): boolean {
  const [first] = intervals;
  const last = intervals.at(-1);
  if (first === undefined || last === undefined) return false;
  const whole = Number(first.first) === 0 && last.last === (family === 4 ? ipv4Max : ipv6Max);
  return (
    whole && intervals.every(({ first: at }, i) => i === 0 || BigInt(intervals[i - 1]?.last ?? -1) + 1n === BigInt(at))
  );
}

/** The class of most addresses. */
function commonest(intervals: readonly ClassInterval<AddressValue>[]): number {
  const sizes = new Map<number, bigint>();
  for (const { first, last, class: number } of intervals) {
    sizes.set(number, (sizes.get(number) ?? 0n) + BigInt(last) - BigInt(first) + 1n);
  }
  let best = 0;
  for (const [number, size] of sizes) if (size > (sizes.get(best) ?? -1n)) best = number;
  return best;
}
