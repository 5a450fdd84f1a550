// What a step does to links and routes, as a pure model of the kernel, and its one-line description for people.
// Steps are idempotent: a step whose result already stands is done, so that a plan may be carried out again after a
// failure half way.

import { formatIp, sameIp } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import type { KernelLink, KernelNetwork, KernelProxy, KernelRoute, NetworkStep, VirtualLink } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";

/** The network after the step. Throws `KernelFailure` where the real kernel would refuse. */
export function applyNetworkStep(network: KernelNetwork, step: NetworkStep): KernelNetwork {
  switch (step.kind) {
    case "add-bridge":
      return addLink(network, step, { kind: "bridge", ours: true });
    case "add-vlan":
      if (!network.links.some(({ device }) => device === step.parent)) {
        throw stepFailure(step, "there is no such device", "ENODEV");
      }
      return addLink(network, step, { kind: "vlan", ours: true, id: step.id, parent: step.parent });
    case "delete-link":
      return deleteLink(network, step.device);
    case "set-master":
      return changeLink(network, step.device, step, ({ master: _left, ...link }) =>
        step.master === undefined ? link : { ...link, master: step.master },
      );
    case "set-link":
      return changeLink(network, step.device, step, (link) => ({
        ...link,
        up: step.up ?? link.up,
        mtu: step.mtu ?? link.mtu,
      }));
    case "add-address":
      return changeLink(network, step.device, step, (link) =>
        link.addresses.some((address) => samePrefix(address, step.address))
          ? link
          : { ...link, addresses: [...link.addresses, step.address] },
      );
    case "delete-address":
      return changeLink(network, step.device, step, (link) => ({
        ...link,
        addresses: link.addresses.filter((address) => !samePrefix(address, step.address)),
      }));
    case "add-proxy":
    case "delete-proxy": {
      const others = (network.proxies ?? []).filter((proxy) => !sameProxy(proxy, step.proxy));
      if (step.kind === "delete-proxy") return { ...network, proxies: others };
      if (!network.links.some(({ device }) => device === step.proxy.device)) {
        throw stepFailure(step, "there is no such device", "ENODEV");
      }
      return { ...network, proxies: [...others, step.proxy] };
    }
    case "add-route": {
      checkStep(step);
      const standing = network.routes.find((route) => sameRouteKey(route, step.route));
      if (standing === undefined) return { ...network, routes: [...network.routes, step.route] };
      if (sameRoute(standing, step.route)) return network;
      throw stepFailure(step, "another route to this destination with this metric exists", "EEXIST");
    }
    case "delete-route":
      return { ...network, routes: network.routes.filter((route) => !sameRouteKey(route, step.route)) };
  }
}

/** Throws `KernelFailure` for a step that no kernel could carry out as it is meant. */
export function checkStep(step: NetworkStep): void {
  if (step.kind !== "add-route") return;
  const { destination, metric, nextHops } = step.route;
  if (nextHops.length === 0) throw stepFailure(step, "it has no next hop", "");
  if (destination.address.family === 6 && metric === 0) {
    // The kernel would make it 1024, and what is read back would differ from what was asked for.
    throw stepFailure(step, "IPv6 has no metric 0; choose a preference of at least 1", "");
  }
}

/** `add address 10.1.1.1/24 to eth1`. */
export function describeStep(step: NetworkStep): string {
  switch (step.kind) {
    case "add-bridge":
      return `make bridge ${step.device}`;
    case "add-vlan":
      return `make device ${step.device} for VLAN ${step.id} of ${step.parent}`;
    case "delete-link":
      return `delete device ${step.device}`;
    case "set-master":
      return step.master === undefined
        ? `take ${step.device} out of its bridge`
        : `put ${step.device} into ${step.master}`;
    case "set-link": {
      const up = step.up === undefined ? "" : step.up ? " up" : " down";
      const mtu = step.mtu === undefined ? "" : ` mtu ${step.mtu}`;
      return `set device ${step.device}${up}${mtu}`;
    }
    case "add-address":
      return `add address ${formatPrefix(step.address)} to ${step.device}`;
    case "delete-address":
      return `delete address ${formatPrefix(step.address)} from ${step.device}`;
    case "add-proxy":
      return `answer for ${formatIp(step.proxy.address)} on ${step.proxy.device}`;
    case "delete-proxy":
      return `no longer answer for ${formatIp(step.proxy.address)} on ${step.proxy.device}`;
    case "add-route":
      return `add route ${describeRoute(step.route)}`;
    case "delete-route":
      return `delete route ${describeRoute(step.route)}`;
  }
}

export function stepFailure(step: NetworkStep, why: string, detail: string, options?: ErrorOptions): KernelFailure {
  return new KernelFailure(`cannot ${describeStep(step)}: ${why}`, detail, options);
}

export function sameRoute(a: KernelRoute, b: KernelRoute): boolean {
  if (!sameRouteKey(a, b)) return false;
  if (typeof a.nextHops === "string" || typeof b.nextHops === "string") return a.nextHops === b.nextHops;
  const others = b.nextHops;
  // The order of next hops has no meaning, and the kernel does not keep it for IPv6.
  return a.nextHops.length === others.length && a.nextHops.every((hop) => others.some((other) => sameIp(hop, other)));
}

/** The kernel tells routes of one table apart by destination and metric. */
export function sameRouteKey(a: KernelRoute, b: KernelRoute): boolean {
  return samePrefix(a.destination, b.destination) && a.metric === b.metric;
}

export function sameProxy(a: KernelProxy, b: KernelProxy): boolean {
  return a.device === b.device && sameIp(a.address, b.address);
}

export function samePrefix(a: IpPrefix, b: IpPrefix): boolean {
  return a.length === b.length && sameIp(a.address, b.address);
}

function changeLink(
  network: KernelNetwork,
  device: string,
  step: NetworkStep,
  change: (link: KernelLink) => KernelLink,
): KernelNetwork {
  if (!network.links.some((link) => link.device === device))
    throw stepFailure(step, "there is no such device", "ENODEV");
  return { ...network, links: network.links.map((link) => (link.device === device ? change(link) : link)) };
}

function addLink(
  network: KernelNetwork,
  step: Extract<NetworkStep, { kind: "add-bridge" | "add-vlan" }>,
  virtual: VirtualLink,
): KernelNetwork {
  const standing = network.links.find(({ device }) => device === step.device);
  if (standing !== undefined) {
    const same = standing.virtual?.kind === virtual.kind;
    if (!same) throw stepFailure(step, "another device has this name", "EEXIST");
    return changeLink(network, step.device, step, (link) => ({ ...link, virtual }));
  }
  const link: KernelLink = {
    index: Math.max(0, ...network.links.map(({ index }) => index)) + 1,
    device: step.device,
    up: false,
    carrier: false,
    mtu: 1500,
    macAddress: "02:00:00:00:00:01",
    virtual,
    addresses: [],
    statistics: { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 },
  };
  return { ...network, links: [...network.links, link] };
}

/** Its ports become free, and VLANs of it go with it. */
function deleteLink(network: KernelNetwork, device: string): KernelNetwork {
  const links = network.links
    .filter((link) => link.device !== device && !(link.virtual?.kind === "vlan" && link.virtual.parent === device))
    .map(({ master, ...link }) => (master === undefined || master === device ? link : { ...link, master }));
  return { ...network, links };
}

function describeRoute(route: KernelRoute): string {
  const via = typeof route.nextHops === "string" ? route.nextHops : `via ${route.nextHops.map(formatIp).join(", ")}`;
  return `${formatPrefix(route.destination)} ${via} metric ${route.metric}`;
}
