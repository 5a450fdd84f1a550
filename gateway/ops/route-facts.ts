// The routes that the route commands tell of: networks and addresses of the interfaces, and the static routes that Merlon
// keeps in the kernel, in the tables `inet.0` and `inet6.0`.

import { formatIp } from "@merlon/model/ip/address.ts";
import { formatPrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { Gateway } from "../gateway.ts";
import { AddressLocator } from "../kernel/address-locator.ts";
import { logicalNames } from "./interface-names.ts";

export interface RouteFacts {
  readonly destination: string;
  readonly prefix: IpPrefix;
  readonly table: "inet.0" | "inet6.0";
  readonly protocol: "Static" | "Direct" | "Local";
  readonly preference: number;
  /** Of several routes to a destination the one that counts. */
  readonly active: boolean;
  readonly hops: readonly RouteHop[];
}

export type RouteHop =
  | { readonly kind: "interface"; readonly via: string }
  | { readonly kind: "local"; readonly via: string }
  | { readonly kind: "router"; readonly to: string; readonly via?: string }
  | { readonly kind: "discard" | "reject" };

/** By table, then by destination, as the original sorts them: shorter prefixes of an address come first. */
export async function routeFacts(gateway: Gateway): Promise<readonly RouteFacts[]> {
  const network = await gateway.kernel.readNetwork();
  const nameOf = logicalNames(gateway.running?.prepared.ir);
  const locator = new AddressLocator(network);
  const found: Omit<RouteFacts, "active">[] = [];
  const add = (prefix: IpPrefix, protocol: RouteFacts["protocol"], preference: number, hops: readonly RouteHop[]) => {
    const table = prefix.address.family === 4 ? ("inet.0" as const) : ("inet6.0" as const);
    found.push({ destination: formatPrefix(prefix), prefix, table, protocol, preference, hops });
  };
  for (const { device, up, addresses } of network.links) {
    if (!up || device === "lo") continue;
    for (const prefix of addresses) {
      const via = nameOf(device);
      const whole = prefix.address.family === 4 ? 32 : 128;
      if (prefix.length < whole) add(networkOf(prefix), "Direct", 0, [{ kind: "interface", via }]);
      add({ address: prefix.address, length: whole }, "Local", 0, [{ kind: "local", via }]);
    }
  }
  for (const { destination, nextHops, metric } of network.routes) {
    const hops =
      typeof nextHops === "string"
        ? [{ kind: nextHops }]
        : nextHops.map((hop): RouteHop => {
            const device = locator.find(hop);
            return { kind: "router", to: formatIp(hop), ...(device === undefined ? {} : { via: nameOf(device) }) };
          });
    add(destination, "Static", metric, hops);
  }
  return markActive(found.toSorted(byDestination));
}

function byDestination(a: Omit<RouteFacts, "active">, b: Omit<RouteFacts, "active">): number {
  if (a.table !== b.table) return a.table === "inet.0" ? -1 : 1;
  const [left, right] = [BigInt(a.prefix.address.value), BigInt(b.prefix.address.value)];
  if (left !== right) return left < right ? -1 : 1;
  return a.prefix.length - b.prefix.length || a.preference - b.preference;
}

/** The first of each destination has the best preference. */
function markActive(sorted: readonly Omit<RouteFacts, "active">[]): readonly RouteFacts[] {
  const seen = new Set<string>();
  return sorted.map((route) => {
    const active = !seen.has(route.destination);
    seen.add(route.destination);
    return { ...route, active };
  });
}

function networkOf(prefix: IpPrefix): IpPrefix {
  const range = rangeOfPrefix(prefix);
  return range.family === 4
    ? { address: { family: 4, value: range.first }, length: prefix.length }
    : { address: { family: 6, value: range.first }, length: prefix.length };
}
