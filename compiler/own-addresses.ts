// The addresses of IPv6 that the gateway itself has: those that its configuration gives it, and those that were found on its
// devices. Addresses of one link alone (fe80::/10) are left out: another router of another link may well have the same one,
// and they are never forwarded.

import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { Ir } from "./ir.ts";

/** `found` are the devices that there are now. The IR stays the same object where nothing is new. */
export function withOwnAddresses(ir: Ir, found: readonly { readonly addresses: readonly IpPrefix[] }[]): Ir {
  const addresses = sorted(found.flatMap((link) => ownOf(link.addresses)));
  const known = ir.foundAddresses ?? [];
  if (addresses.length === known.length && addresses.every((value, at) => value === known[at])) return ir;
  const { foundAddresses: _, ...rest } = ir;
  return addresses.length === 0 ? rest : { ...rest, foundAddresses: addresses };
}

export function ownAddresses({
  network,
  foundAddresses = [],
}: Pick<Ir, "network" | "foundAddresses">): readonly bigint[] {
  return sorted([...network.links.flatMap(({ addresses }) => ownOf(addresses)), ...foundAddresses]);
}

function ownOf(addresses: readonly IpPrefix[]): readonly bigint[] {
  return addresses.flatMap(({ address }) =>
    address.family === 6 && address.value >> 118n !== linkLocal && address.value !== loopback ? [address.value] : [],
  );
}

/** The first ten bits of fe80::/10. */
const linkLocal = 0xfe80n >> 6n;
/** ::1, which no other host's packet has here (ip6_rcv_core). */
const loopback = 1n;

function sorted(values: readonly bigint[]): readonly bigint[] {
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
}
