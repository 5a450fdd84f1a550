// Links, addresses and static routes as the kernel shall have them.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import type { DeviceTable } from "./resolve-interfaces.ts";
import type { IrLink, IrNetwork, IrRoute } from "./ir.ts";

type Interface = NonNullable<Configuration["interfaces"]>["interface"][number];
type StaticRoute = NonNullable<NonNullable<Configuration["routingOptions"]>["static"]>["route"][number];

/** The preference of a static route on the original. */
const staticPreference = 5;

export function resolveNetwork(
  configuration: Configuration,
  devices: DeviceTable,
  diagnostics: DiagnosticList,
): IrNetwork {
  const ownerOf = new Map<string, string>();
  const links: IrLink[] = [];
  for (const entry of configuration.interfaces?.interface ?? []) {
    const link = resolveLink(entry, devices.get(entry.name), ownerOf, diagnostics);
    if (link !== undefined) links.push(link);
  }
  const routes: IrRoute[] = [];
  for (const entry of configuration.routingOptions?.static?.route ?? []) {
    const route = resolveRoute(entry, diagnostics);
    if (route !== undefined) routes.push(route);
  }
  return { links, routes };
}

function resolveLink(
  entry: Interface,
  device: string | undefined,
  ownerOf: Map<string, string>,
  diagnostics: DiagnosticList,
): IrLink | undefined {
  for (const unit of entry.unit) {
    if (unit.name === 0) continue;
    const message = `unit ${unit.name} of interface ${entry.name} is not supported yet: only unit 0 is`;
    diagnostics.error("interface.unit", unit[origin], message, "use unit 0");
  }
  const family = entry.unit.find((unit) => unit.name === 0)?.family;
  const addresses = [...(family?.inet?.address ?? []), ...(family?.inet6?.address ?? [])];
  for (const address of addresses) {
    const text = formatPrefix(address.name);
    const owner = ownerOf.get(text);
    if (owner !== undefined) {
      const message = `address ${text} is on interface ${owner} and on interface ${entry.name}`;
      diagnostics.error("interface.same-address", address[origin], message, "delete it from one of them");
    }
    ownerOf.set(text, entry.name);
  }
  if (device === undefined) return undefined;
  return {
    name: entry.name,
    device,
    up: entry.disable !== true,
    ...(entry.mtu === undefined ? {} : { mtu: entry.mtu }),
    addresses: addresses.map(({ name }) => name),
    origin: entry[origin],
  };
}

function resolveRoute(entry: StaticRoute, diagnostics: DiagnosticList): IrRoute | undefined {
  const destination = entry.name;
  const unfit = unfitNextHop(entry);
  if (unfit !== undefined) {
    const message = `route ${formatPrefix(destination)} is not installed: ${unfit}`;
    diagnostics.warning("route.not-installed", entry[origin], message, "name the address of a gateway");
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
