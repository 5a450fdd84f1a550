// How many leading bits the addresses of a range share, when the range is exactly all addresses that share them; undefined
// for a range that is no prefix.

import { ipv4Max } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";

export function prefixLength(range: IpRange): number | undefined {
  if (range.family === 4) {
    const size = range.last - range.first + 1;
    const bits = Math.log2(size);
    return size <= ipv4Max + 1 && Number.isInteger(bits) && range.first % size === 0 ? 32 - bits : undefined;
  }
  const size = range.last - range.first + 1n;
  const bits = size.toString(2).length - 1;
  return size === 1n << BigInt(bits) && range.first % size === 0n ? 128 - bits : undefined;
}
