// Addresses of rule sets are numbers of 32 bits in either family: over IPv6 they are the last 32 bits behind a fixed prefix.
// So both families have the same rule sets, groups and flows, and what differs is the length of an address alone.

import { formatIpv4, formatIpv6, parseIpv6 } from "@merlon/model/ip/address.ts";
import type { Family } from "@merlon/model/ip/address.ts";

const prefixText = "2001:db8:9::";
const prefixLength = 96;
export const ipv6Base = parseIpv6(prefixText) ?? 0n;

export function benchAddress(family: Family, value: number): string {
  return family === 4 ? formatIpv4(value) : formatIpv6(ipv6Base + BigInt(value));
}

/** `length` is that of the prefix over IPv4. */
export function benchPrefix(family: Family, first: number, length: number): string {
  return `${benchAddress(family, first)}/${family === 4 ? length : prefixLength + length}`;
}

/** The bytes of an address on the wire. */
export function benchAddressBytes(family: Family, value: number): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  const view = new DataView(bytes.buffer);
  if (family === 6) view.setBigUint64(0, ipv6Base >> 64n);
  view.setUint32(bytes.length - 4, value);
  return bytes;
}

/** The range over IPv4 that a range over IPv6 stands for; undefined when it is not one of ours. */
export function ipv4RangeOf({ first, last }: { readonly first: bigint; readonly last: bigint }) {
  const [low, high] = [first - ipv6Base, last - ipv6Base];
  if (low < 0n || high > 0xffff_ffffn) return undefined;
  return { first: Number(low), last: Number(high) };
}
