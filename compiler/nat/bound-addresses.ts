// The addresses of devices whose own address persistent NAT binds: inner hosts may know each other by them.

import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import { isLinkLocal, sameIp } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { Ir } from "../ir.ts";
import { persistentRules } from "./persistent-nat.ts";

/** Further addresses of one device are not told. */
const addressesMax = 256;

export type BoundAddresses = ReadonlyMap<string, readonly IpAddress[]>;

/** `found` are all devices that there are now. The IR stays the same object where nothing is new. */
export function withBoundAddresses(
  ir: Ir,
  found: readonly { readonly device: string; readonly addresses: readonly IpPrefix[] }[],
): Ir {
  const wanted = new Set(persistentRules(ir).flatMap(({ outer }) => (outer.kind === "device" ? [outer.device] : [])));
  const addresses: BoundAddresses = new Map(
    found.flatMap((link) => (wanted.has(link.device) ? [[link.device, usable(link.addresses)] as const] : [])),
  );
  if (sameAddresses(addresses, ir.boundAddresses ?? new Map())) return ir;
  const { boundAddresses: _, ...rest } = ir;
  return addresses.size === 0 ? rest : { ...rest, boundAddresses: addresses };
}

/** Configured ones first, then those that were found, each once. */
export function boundAddresses(
  { network, boundAddresses: found }: Pick<Ir, "network" | "boundAddresses">,
  device: string,
  family: Family,
): readonly IpAddress[] {
  const configured = network.links.flatMap((link) => (link.device === device ? usable(link.addresses) : []));
  const all = [...configured, ...(found?.get(device) ?? [])].filter((address) => address.family === family);
  const byValue = new Map(all.map((address) => [address.value, address]));
  return [...byValue.values()].slice(0, addressesMax);
}

function usable(addresses: readonly IpPrefix[]): readonly IpAddress[] {
  return addresses.flatMap(({ address }) => (isLinkLocal(address) ? [] : [address]));
}

function sameAddresses(one: BoundAddresses, other: BoundAddresses): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([device, addresses]) => {
    const others = other.get(device);
    return (
      others?.length === addresses.length &&
      addresses.every((address, at) => sameIp(address, others[at] ?? { family: 4, value: 0 }))
    );
  });
}
