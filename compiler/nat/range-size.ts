// How many addresses a range holds, and the address at an offset of it.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";

/** Not exact above 2^53, where nobody counts. */
export function sizeOf(range: IpRange): number {
  return range.family === 4 ? range.last - range.first + 1 : Number(range.last - range.first + 1n);
}

export function addressAt(range: IpRange, offset: number | bigint): IpAddress {
  return range.family === 4
    ? { family: 4, value: range.first + Number(offset) }
    : { family: 6, value: range.first + BigInt(offset) };
}

/** How far an address lies in a range; undefined where it does not. */
export function offsetIn(range: IpRange, address: IpAddress): bigint | undefined {
  if (range.family !== address.family) return undefined;
  const offset = BigInt(address.value) - BigInt(range.first);
  return offset < 0n || BigInt(address.value) > BigInt(range.last) ? undefined : offset;
}

/** Whether the range is what a prefix covers. */
export function isPrefix(range: IpRange): boolean {
  const size = BigInt(range.last) - BigInt(range.first) + 1n;
  return (size & (size - 1n)) === 0n && BigInt(range.first) % size === 0n;
}

export function single(address: IpAddress): IpRange {
  return address.family === 4
    ? { family: 4, first: address.value, last: address.value }
    : { family: 6, first: address.value, last: address.value };
}
