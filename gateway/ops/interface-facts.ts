// What the interface commands tell: every configured interface with the device of the kernel that it stands for, its zone
// and addresses, and the devices that the configuration does not name, so that nobody wonders where a port is.

import { formatPrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelLink } from "../kernel/kernel.ts";

export interface InterfaceFacts {
  /** As configured, or the device itself when the configuration does not name it. */
  readonly name: string;
  readonly device: string;
  readonly configured: boolean;
  readonly description?: string;
  readonly admin: "up" | "down" | "absent";
  readonly link: "up" | "down" | "absent";
  readonly index: number;
  readonly macAddress: string;
  readonly mtu: number;
  readonly statistics: KernelLink["statistics"];
  readonly carrierChanges?: number;
  readonly unit: UnitFacts;
}

/** The logical interface: there is one, unit 0. */
export interface UnitFacts {
  readonly name: string;
  readonly description?: string;
  /** `none` when it stands in no zone. */
  readonly zone: string;
  readonly hostInbound: readonly string[];
  readonly addresses: readonly UnitAddress[];
}

export interface UnitAddress {
  readonly family: "inet" | "inet6";
  /** `10.1.0.1/24`. */
  readonly prefix: string;
  readonly local: string;
  /** `10.1.0.0/24`; undefined for a single address. */
  readonly network?: string;
  readonly broadcast?: string;
}

const noStatistics: KernelLink["statistics"] = { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 };

/** Configured interfaces in the order of the configuration, then the other devices in that of the kernel. */
export async function interfaceFacts(gateway: Gateway): Promise<readonly InterfaceFacts[]> {
  const { links } = await gateway.kernel.readNetwork();
  const { ir, configuration } = gateway.running?.prepared ?? {};
  const names = new Map<string, string>();
  for (const { device, name } of ir?.network.links ?? []) names.set(device, name);
  for (const { device, name } of ir?.interfaces ?? [])
    if (!names.has(device)) names.set(device, name.replace(/\.\d+$/, ""));
  const inZone = new Map((ir?.interfaces ?? []).map((entry) => [entry.device, entry]));
  const settings = new Map((configuration?.interfaces?.interface ?? []).map((entry) => [entry.name, entry]));
  const known = new Map(links.map((link) => [link.device, link]));
  const others = links.filter(({ device }) => !names.has(device)).map(({ device }) => [device, device] as const);
  return [...names, ...others].map(([device, name]): InterfaceFacts => {
    const link = known.get(device);
    const entry = settings.get(name);
    const zone = inZone.get(device);
    const unitText = entry?.unit.find((unit) => unit.name === 0)?.description;
    return {
      name,
      device,
      configured: names.has(device),
      ...(entry?.description === undefined ? {} : { description: entry.description }),
      admin: link === undefined ? "absent" : link.up ? "up" : "down",
      link: link === undefined ? "absent" : link.carrier ? "up" : "down",
      index: link?.index ?? 0,
      macAddress: link?.macAddress ?? "",
      mtu: link?.mtu ?? 0,
      statistics: link?.statistics ?? noStatistics,
      ...(link?.carrierChanges === undefined ? {} : { carrierChanges: link.carrierChanges }),
      unit: {
        name: zone?.name ?? `${name}.0`,
        ...(unitText === undefined ? {} : { description: unitText }),
        zone: zone?.zone ?? "none",
        hostInbound: zone?.hostInbound.services ?? [],
        addresses: (link?.addresses ?? []).map(addressOf),
      },
    };
  });
}

function addressOf(prefix: IpPrefix): UnitAddress {
  const { address, length } = prefix;
  const range = rangeOfPrefix(prefix);
  const own = {
    family: address.family === 4 ? ("inet" as const) : ("inet6" as const),
    prefix: formatPrefix(prefix),
    local: formatIp(address),
  };
  if (range.first === range.last) return own;
  if (range.family === 6)
    return { ...own, network: formatPrefix({ address: { family: 6, value: range.first }, length }) };
  const network = formatPrefix({ address: { family: 4, value: range.first }, length });
  // A network of two addresses has no broadcast (RFC 3021).
  return length >= 31
    ? { ...own, network }
    : { ...own, network, broadcast: formatIp({ family: 4, value: range.last }) };
}

const patternLengthMax = 64;
const starsMax = 4;

/** True for the name itself and for a pattern with `*`, `?` and `[a-z]`, as the original takes them. */
export function matchesName(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  if (pattern.length > patternLengthMax || pattern.split("*").length - 1 > starsMax) return false;
  const source = pattern.replaceAll(/\[[^\]\\^]+\]|[^A-Za-z0-9-]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    return part.length > 1 ? part : `\\${part}`;
  });
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    // A class that is none, such as `[z-a]`.
    return false;
  }
}
