// What must change in the kernel's links, addresses and routes so that they are what the configuration says. Only what
// the configuration names, or named before, is touched: foreign addresses and routes stay.

import type { IrLink, IrNetwork, IrRoute } from "@merlon/compiler/ir.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { formatPrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { planProxies } from "./plan-proxies.ts";
import { planVirtualLinks } from "./plan-virtual-links.ts";
import type { VirtualLinks } from "./plan-virtual-links.ts";
import type { KernelLink, KernelNetwork, KernelRoute, NetworkStep } from "../kernel/kernel.ts";

export interface NetworkPlan {
  readonly steps: readonly NetworkStep[];
  /** Configured links whose device the kernel does not have now; they are set up when it appears. */
  readonly absent: readonly { readonly name: string; readonly device: string }[];
  /** Configured links whose device belongs to a bridge or bond, so that addresses on it would have no effect. */
  readonly taken: readonly { readonly link: IrLink; readonly master: string }[];
  /** Ports of secure wires that belong to another bridge or bond. */
  readonly takenPorts: VirtualLinks["taken"];
  /** Routes that wait for a next hop on a link that is not there or not up. */
  readonly waiting: readonly IrRoute[];
}

/**
 * `before` is the network of the configuration in force until now: what it named and `desired` does not is removed.
 * Steps come in an order that always works: deletions, links, addresses, routes.
 */
export function planNetwork(options: {
  readonly desired: IrNetwork;
  readonly before: IrNetwork;
  readonly actual: KernelNetwork;
}): NetworkPlan {
  const { desired, before, actual } = options;
  const links = new Map(actual.links.map((link) => [link.device, link]));
  const virtual = planVirtualLinks(desired, links);
  for (const { device } of virtual.deletions) links.delete(device);
  for (const link of virtual.made) links.set(link.device, link);
  // The ports of a bridge that goes are free.
  for (const [device, { master, ...link }] of links) {
    if (master !== undefined && virtual.deletions.some((gone) => gone.device === master)) links.set(device, link);
  }
  const bridges = new Set((desired.wires ?? []).map(({ device }) => device));
  const routes = planRoutes(desired, actual, links);
  const proxies = planProxies(desired, actual, links);
  const deletions = planDeletions(desired, before, links);
  const present = desired.links.flatMap((link) => {
    const kernelLink = links.get(link.device);
    return kernelLink === undefined ? [] : [{ link, kernelLink }];
  });
  return {
    steps: [
      ...proxies.deletions,
      ...routes.deletions,
      ...deletions,
      ...virtual.deletions,
      ...virtual.additions,
      ...present.flatMap(({ link, kernelLink }) => planLink(link, kernelLink)),
      ...virtual.wiresUp,
      ...routes.additions,
      ...proxies.additions,
    ],
    absent: [...desired.links.filter((link) => !links.has(link.device)), ...absentPorts(virtual.absent, desired)],
    takenPorts: virtual.taken,
    taken: present.flatMap(({ link, kernelLink }) =>
      kernelLink.master === undefined || bridges.has(kernelLink.master) ? [] : [{ link, master: kernelLink.master }],
    ),
    waiting: routes.waiting,
  };
}

/** A port that `interfaces` names is there already. */
function absentPorts(ports: VirtualLinks["absent"], desired: IrNetwork): VirtualLinks["absent"] {
  const named = new Set(desired.links.map(({ device }) => device));
  return ports.filter(({ device }) => !named.has(device));
}

function planLink(link: IrLink, kernelLink: KernelLink): NetworkStep[] {
  const steps: NetworkStep[] = [];
  const mtu = link.mtu !== undefined && link.mtu !== kernelLink.mtu ? { mtu: link.mtu } : {};
  const up = link.up === kernelLink.up ? {} : { up: link.up };
  // Addresses come before the link goes up, so that nothing is announced with a half-set address list.
  const there = new Set(kernelLink.addresses.map(formatPrefix));
  for (const address of link.addresses) {
    if (!there.has(formatPrefix(address))) steps.push({ kind: "add-address", device: link.device, address });
  }
  if ("mtu" in mtu || "up" in up) steps.push({ kind: "set-link", device: link.device, ...mtu, ...up });
  return steps;
}

function planDeletions(
  desired: IrNetwork,
  before: IrNetwork,
  links: ReadonlyMap<string, KernelLink>,
): readonly NetworkStep[] {
  const wanted = new Set(
    desired.links.flatMap((link) => link.addresses.map((it) => `${link.device} ${formatPrefix(it)}`)),
  );
  return before.links.flatMap((link) => {
    const there = new Set((links.get(link.device)?.addresses ?? []).map(formatPrefix));
    return link.addresses
      .filter((address) => there.has(formatPrefix(address)) && !wanted.has(`${link.device} ${formatPrefix(address)}`))
      .map((address) => ({ kind: "delete-address" as const, device: link.device, address }));
  });
}

function planRoutes(
  desired: IrNetwork,
  actual: KernelNetwork,
  links: ReadonlyMap<string, KernelLink>,
): { deletions: NetworkStep[]; additions: NetworkStep[]; waiting: IrRoute[] } {
  const wanted = new Map<string, KernelRoute>();
  const waiting: IrRoute[] = [];
  for (const route of desired.routes) {
    const { destination, nextHops } = route;
    // The kernel takes an IPv6 metric of 0 for "the default", which is 1024.
    const metric = destination.address.family === 6 ? Math.max(1, route.preference) : route.preference;
    const kernelRoute = { destination, nextHops, metric };
    if (typeof route.nextHops === "string" || reachable(route, desired, links)) {
      wanted.set(routeText(kernelRoute), kernelRoute);
    } else waiting.push(route);
  }
  const there = new Set(actual.routes.map(routeText));
  return {
    deletions: actual.routes
      .filter((route) => !wanted.has(routeText(route)))
      .map((route) => ({ kind: "delete-route", route })),
    additions: [...wanted].filter(([text]) => !there.has(text)).map(([, route]) => ({ kind: "add-route", route })),
    waiting,
  };
}

/** True when every next hop lies on a network that some link has, or will have after this plan, and that link is up. */
function reachable(route: IrRoute, desired: IrNetwork, links: ReadonlyMap<string, KernelLink>): boolean {
  if (typeof route.nextHops === "string") return true;
  const configured = new Map(desired.links.map((link) => [link.device, link]));
  const networks: IpPrefix[] = [];
  for (const [device, kernelLink] of links) {
    const link = configured.get(device);
    if (link === undefined ? kernelLink.up : link.up) {
      networks.push(...kernelLink.addresses, ...(link?.addresses ?? []));
    }
  }
  return route.nextHops.every((hop) =>
    networks.some((network) => {
      const range = rangeOfPrefix(network);
      return range.family === hop.family && hop.value >= range.first && hop.value <= range.last;
    }),
  );
}

/** What makes two routes the same: an equal text is an equal route. */
export function routeText(route: KernelRoute): string {
  const hops = typeof route.nextHops === "string" ? route.nextHops : route.nextHops.map(formatIp).toSorted().join(",");
  return `${formatPrefix(route.destination)} via ${hops} metric ${route.metric}`;
}
