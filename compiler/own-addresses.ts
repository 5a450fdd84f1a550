// The addresses of IPv6 that the gateway itself has: those that its configuration gives it, and those that were found on its
// devices. Addresses of one link alone (fe80::/10) are left out: another router of another link may well have the same one,
// and they are never forwarded.

import { isLinkLocal } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { Ir } from "./ir.ts";

/** With more than these nobody keeps a list of them. */
export const ownAddressesMax = 4_096;

/** `found` are the devices that there are now. The IR stays the same object where nothing is new. */
export function withOwnAddresses(ir: Ir, found: readonly { readonly addresses: readonly IpPrefix[] }[]): Ir {
  const addresses = limited(sorted(found.flatMap((link) => ownOf(link.addresses))));
  if (sameAddresses(addresses, ir.foundAddresses ?? [])) return ir;
  const { foundAddresses: _, ...rest } = ir;
  return addresses.length === 0 ? rest : { ...rest, foundAddresses: addresses };
}

function sameAddresses(one: readonly bigint[] | "too many", other: readonly bigint[] | "too many"): boolean {
  if (one === "too many" || other === "too many") return one === other;
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

/** Each once, in their order. */
export function ownAddresses({
  network,
  foundAddresses = [],
}: Pick<Ir, "network" | "foundAddresses">): readonly bigint[] | "too many" {
  if (foundAddresses === "too many") return foundAddresses;
  return limited(sorted([...network.links.flatMap(({ addresses }) => ownOf(addresses)), ...foundAddresses]));
}

function limited(addresses: readonly bigint[]): readonly bigint[] | "too many" {
  return addresses.length > ownAddressesMax ? "too many" : addresses;
}

function ownOf(addresses: readonly IpPrefix[]): readonly bigint[] {
  return addresses.flatMap(({ address }) =>
    address.family === 6 && !isLinkLocal(address) && address.value !== loopback ? [address.value] : [],
  );
}

/** ::1, which no other host's packet has here (ip6_rcv_core). */
const loopback = 1n;

function sorted(values: readonly bigint[]): readonly bigint[] {
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
}
