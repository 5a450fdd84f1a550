// Links, addresses and static routes as the kernel shall have them.

import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import type { DeviceTable } from "./resolve-interfaces.ts";
import type { UnitTable } from "./resolve-units.ts";
import type { IrLink, IrNetwork, IrRoute, IrWire } from "./ir.ts";

type Interface = NonNullable<Configuration["interfaces"]>["interface"][number];
type StaticRoute = NonNullable<NonNullable<Configuration["routingOptions"]>["static"]>["route"][number];

/** The preference of a static route on the original. */
const staticPreference = 5;

export function resolveNetwork(
  configuration: Configuration,
  { devices, units, wires }: { devices: DeviceTable; units: UnitTable; wires: readonly IrWire[] },
  diagnostics: DiagnosticList,
): IrNetwork {
  const ownerOf = new Map<string, string>();
  const links: IrLink[] = [];
  for (const entry of configuration.interfaces?.interface ?? []) {
    links.push(...resolveLinks(entry, devices.get(entry.name), units, { ownerOf, diagnostics }));
  }
  return { links, routes: resolveRoutes(configuration, diagnostics), ...(wires.length > 0 && { wires }) };
}

/** The tables that forward packets; the original puts routes of IPv6 into the second. */
const familyOfTable: Readonly<Record<string, Family>> = { "inet.0": 4, "inet6.0": 6 };

function resolveRoutes({ routingOptions }: Configuration, diagnostics: DiagnosticList): readonly IrRoute[] {
  const tables = [
    { name: undefined, entries: routingOptions?.static?.route ?? [] },
    ...(routingOptions?.rib ?? []).map((rib) => ({ name: rib.name, entries: rib.static?.route ?? [] })),
  ];
  const routes = new Map<string, IrRoute>();
  for (const { name, entries } of tables) {
    for (const entry of entries) {
      const destination = formatPrefix(entry.name);
      const unfit = name === undefined ? undefined : unfitTable(name, entry);
      if (unfit !== undefined || routes.has(destination)) {
        notInstalled(entry, unfit ?? "routing-options static has it already", "take it out", diagnostics);
        continue;
      }
      const route = resolveRoute(entry, diagnostics);
      if (route !== undefined) routes.set(destination, route);
    }
  }
  return [...routes.values()];
}

function unfitTable(name: string, entry: StaticRoute): string | undefined {
  const family = familyOfTable[name];
  if (family === undefined) return `packets are forwarded by inet.0 and inet6.0, and not by ${name}`;
  return entry.name.address.family === family ? undefined : `${name} is a table of IPv${family}`;
}

function notInstalled(entry: StaticRoute, why: string, wayOut: string, diagnostics: DiagnosticList): void {
  const message = `route ${formatPrefix(entry.name)} is not installed: ${why}`;
  diagnostics.warning("route.not-installed", entry[origin], message, wayOut);
}

/** The port, with the addresses of its unit without a tag, and behind it a link for each unit with one. */
function resolveLinks(
  entry: Interface,
  device: string | undefined,
  units: UnitTable,
  seen: { readonly ownerOf: Map<string, string>; readonly diagnostics: DiagnosticList },
): readonly IrLink[] {
  const up = entry.disable !== true;
  const mtu = entry.mtu === undefined ? {} : { mtu: entry.mtu };
  const untagged: IpPrefix[] = [];
  const tagged: IrLink[] = [];
  for (const unit of entry.unit) {
    const name = formatInterfaceUnit({ interfaceName: entry.name, unit: unit.name });
    const addresses = addressesOf(unit, unit.name === 0 ? entry.name : name, seen);
    const resolved = units.get(name);
    if (resolved?.vlan === undefined) untagged.push(...addresses);
    else tagged.push({ name, device: resolved.device, up, vlan: resolved.vlan, addresses, origin: unit[origin] });
  }
  if (device === undefined) return [];
  return [{ name: entry.name, device, up, ...mtu, addresses: untagged, origin: entry[origin] }, ...tagged];
}

function addressesOf(
  unit: Interface["unit"][number],
  name: string,
  { ownerOf, diagnostics }: { readonly ownerOf: Map<string, string>; readonly diagnostics: DiagnosticList },
): readonly IpPrefix[] {
  const addresses = [...(unit.family?.inet?.address ?? []), ...(unit.family?.inet6?.address ?? [])];
  for (const address of addresses) {
    const text = formatPrefix(address.name);
    const owner = ownerOf.get(text);
    if (owner !== undefined) {
      const message = `address ${text} is on interface ${owner} and on interface ${name}`;
      diagnostics.error("interface.same-address", address[origin], message, "delete it from one of them");
    }
    ownerOf.set(text, name);
  }
  return addresses.map((address) => address.name);
}

function resolveRoute(entry: StaticRoute, diagnostics: DiagnosticList): IrRoute | undefined {
  const destination = entry.name;
  const unfit = unfitNextHop(entry);
  if (unfit !== undefined) {
    notInstalled(entry, unfit, "name the address of a gateway", diagnostics);
    return undefined;
  }
  const nextHops = nextHopsOf(entry);
  if (nextHops === undefined) {
    diagnostics.error(
      "route.no-next-hop",
      entry[origin],
      `route ${formatPrefix(destination)} says neither where to send packets nor to drop them`,
      `set routing-options static route ${formatPrefix(destination)} next-hop …`,
    );
    return undefined;
  }
  if (typeof nextHops !== "string" && nextHops.some(({ family }) => family !== destination.address.family)) {
    const message = `route ${formatPrefix(destination)} has a next hop of the other IP version`;
    diagnostics.error("route.other-family", entry[origin], message, "use next hops of the same IP version");
    return undefined;
  }
  return { destination, nextHops, preference: entry.preference ?? staticPreference, origin: entry[origin] };
}

/** Ways to forward that the original has and Merlon has not. */
const keptNextHops: ReadonlySet<string> = new Set([
  "receive", "next-table", "qualified-next-hop", "lsp-next-hop", "p2mp-lsp-next-hop", "backup-pe-group",
]); // prettier-ignore

/** Why the route cannot be installed although it says where packets go. */
function unfitNextHop(entry: StaticRoute): string | undefined {
  if (entry.nextHop.some((hop) => !("family" in hop))) return "its next hop is an interface";
  const word = entry[keptWords]?.find((kept) => keptNextHops.has(kept));
  return word === undefined || entry.nextHop.length > 0 ? undefined : `${word} is not followed yet`;
}

function nextHopsOf(entry: StaticRoute): readonly IpAddress[] | "discard" | "reject" | undefined {
  if (entry.discard === true) return "discard";
  if (entry.reject === true) return "reject";
  const addresses = entry.nextHop.filter((hop) => "family" in hop);
  return addresses.length === 0 ? undefined : addresses;
}
