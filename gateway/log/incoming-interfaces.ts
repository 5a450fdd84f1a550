// By which interface a session's first packet came in. The kernel keeps none with a session and names none in its events: the
// zone says it where it has one interface; where it has several, the configured addresses and routes that lead back to the
// source do. It is asked for every record, of which there may be 100,000 in a second.

import { hostZone } from "@merlon/compiler/ir.ts";
import type { Ir, IrNetwork } from "@merlon/compiler/ir.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { PrefixMap } from "@merlon/model/ip/prefix-map.ts";

/** The gateway itself, as the original names it. */
const hostInterface = ".local..0";

interface Place {
  readonly interfaces: Ir["interfaces"];
  readonly network: Ir["network"];
}

export class IncomingInterfaces {
  #place: Place | undefined;
  /** Of each zone, the names of interfaces by device. */
  #zones: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();
  /** Of each zone with one interface, its name. */
  #only: ReadonlyMap<string, string> = new Map();
  #devices = new PrefixMap<readonly string[]>();

  replace({ interfaces, network }: Place): void {
    if (this.#place?.interfaces === interfaces && this.#place.network === network) return;
    const zones = new Map<string, Map<string, string>>();
    for (const { zone, device, name } of interfaces) {
      zones.set(zone, (zones.get(zone) ?? new Map<string, string>()).set(device, name));
    }
    this.#zones = zones;
    const single = [...zones].filter(([, names]) => names.size === 1);
    this.#only = new Map(single.flatMap(([zone, names]) => [...names.values()].map((name) => [zone, name] as const)));
    this.#devices = devicesOf(network);
    this.#place = { interfaces, network };
  }

  /** Undefined where it may be one of several interfaces, or none of the zone leads to the source. */
  find(zone: string, source: IpAddress): string | undefined {
    if (zone === hostZone) return hostInterface;
    const only = this.#only.get(zone);
    if (only !== undefined) return only;
    const names = this.#zones.get(zone);
    if (names === undefined) return undefined;
    const devices = (this.#devices.find(source) ?? []).filter((device) => names.has(device));
    const [device] = devices;
    return device === undefined || devices.length > 1 ? undefined : names.get(device);
  }
}

/** The devices behind which addresses are, those of neighbors and those that static routes lead to. */
function devicesOf({ links, routes }: Pick<IrNetwork, "links" | "routes">): PrefixMap<readonly string[]> {
  const near = new PrefixMap<readonly string[]>();
  const all = new PrefixMap<readonly string[]>();
  for (const { device, addresses, up } of links) {
    if (!up) continue;
    for (const prefix of addresses) for (const map of [near, all]) map.add(prefix, [device]);
  }
  for (const { destination, nextHops } of routes.toSorted((one, other) => one.preference - other.preference)) {
    const devices = typeof nextHops === "string" ? [] : nextHops.flatMap((hop) => near.find(hop) ?? []);
    all.add(destination, [...new Set(devices)]);
  }
  return all;
}
