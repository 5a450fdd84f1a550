// Reads and changes the links, addresses and routes of the network namespace that the calling thread is in, over
// rtnetlink. A step whose result already stands counts as done, so a plan may be carried out again.

import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { KernelLink, KernelNetwork, KernelRoute, NetworkStep, VirtualLink } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";
import { interfaceIndex } from "./libc.ts";
import {
  decodeAddress,
  decodeLink,
  decodeRoute,
  encodeAddAddress,
  encodeAddRoute,
  encodeAddressDump,
  encodeDeleteAddress,
  encodeDeleteRoute,
  encodeLinkDump,
  encodeRouteDump,
  encodeSetLink,
} from "./network-message.ts";
import type { DecodedLink } from "./network-message.ts";
import { networkMessage } from "./network-number.ts";
import { addProxy, deleteProxy, readProxies } from "./proxies.ts";
import { checkStep, samePrefix, sameRoute, sameRouteKey, stepFailure } from "./network-step.ts";
import { dumpRoute, openRouteSocket } from "./route-dump.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";
import { MessageWriter } from "./netlink-message.ts";
import { NetlinkRefusal, dumpAttemptsMax } from "./netlink-socket.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";
import { encodeAddBridge, encodeAddVlan, encodeClaimLink, encodeDeleteLink, encodeSetMaster } from "./virtual-link.ts";

/** IFNAMSIZ less the final zero. */
const deviceLengthMax = 15;

/** Throws `KernelFailure`. */
export function readNetwork(): KernelNetwork {
  using socket = openRouteSocket();
  const links: DecodedLink[] = dumpAll(socket, networkMessage.newLink, encodeLinkDump, decodeLink);
  const names = new Map(links.map(({ link }) => [link.index, link.device]));
  const addresses = new Map<number, IpPrefix[]>();
  for (const found of dumpAll(socket, networkMessage.newAddress, encodeAddressDump, decodeAddress)) {
    const list = addresses.get(found.index);
    if (list === undefined) addresses.set(found.index, [found.address]);
    else list.push(found.address);
  }
  return {
    links: links.map(({ link, masterIndex, made }): KernelLink => {
      const master = masterIndex === undefined ? undefined : names.get(masterIndex);
      return {
        ...link,
        ...(master === undefined ? {} : { master }),
        ...(made === undefined ? {} : { virtual: virtualOf(made, names) }),
        addresses: addresses.get(link.index) ?? [],
      };
    }),
    routes: readRoutes(socket),
    ...proxiesOf(socket),
  };
}

function proxiesOf(socket: NetlinkSocket): Pick<KernelNetwork, "proxies"> {
  const proxies = readProxies(socket);
  return proxies.length === 0 ? {} : { proxies };
}

function virtualOf(
  { virtual, parentIndex }: NonNullable<DecodedLink["made"]>,
  names: ReadonlyMap<number, string>,
): VirtualLink {
  const parent = parentIndex === undefined ? undefined : names.get(parentIndex);
  return virtual.kind === "vlan" && parent !== undefined ? { ...virtual, parent } : virtual;
}

/** In order, up to the first that fails; throws its `KernelFailure`, which names it. */
export function applyNetwork(steps: readonly NetworkStep[]): void {
  if (steps.length === 0) return;
  using socket = openRouteSocket();
  for (const step of steps) applyStep(socket, step);
}

function applyStep(socket: NetlinkSocket, step: NetworkStep): void {
  checkStep(step);
  // To the kernel a metric of 0 in a delete means any metric; only a route that stands with 0 may be meant.
  const mustStand = step.kind === "delete-route" && step.route.metric === 0;
  if (step.kind === "delete-link" && interfaceIndex(step.device) === undefined) return;
  if (step.kind === "add-proxy" || step.kind === "delete-proxy") return applyProxy(socket, step);
  if (mustStand && !readRoutes(socket).some((route) => sameRouteKey(route, step.route))) return;
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  switch (step.kind) {
    case "add-bridge":
      encodeAddBridge(writer, sequence, step.device);
      break;
    case "add-vlan":
      encodeAddVlan(writer, sequence, { ...step, parentIndex: indexOf(step, step.parent) });
      break;
    case "delete-link":
      encodeDeleteLink(writer, sequence, indexOf(step, step.device));
      break;
    case "set-master":
      encodeSetMaster(writer, sequence, indexOf(step, step.device), masterIndex(step));
      break;
    case "set-link":
      encodeSetLink(writer, sequence, indexOf(step, step.device), step);
      break;
    case "add-address":
      encodeAddAddress(writer, sequence, indexOf(step, step.device), step.address);
      break;
    case "delete-address":
      encodeDeleteAddress(writer, sequence, indexOf(step, step.device), step.address);
      break;
    case "add-route":
      encodeAddRoute(writer, sequence, step.route);
      break;
    case "delete-route":
      encodeDeleteRoute(writer, sequence, step.route);
      break;
  }
  try {
    socket.request(writer.take(), sequence);
  } catch (error) {
    if (!(error instanceof NetlinkRefusal)) throw error;
    if (!alreadyStands(socket, step, error.code))
      throw stepFailure(step, explain(step, error), error.code, { cause: error });
  }
  if (step.kind === "add-bridge" || step.kind === "add-vlan") claim(socket, step);
}

function applyProxy(socket: NetlinkSocket, step: Extract<NetworkStep, { kind: "add-proxy" | "delete-proxy" }>): void {
  try {
    if (step.kind === "add-proxy") addProxy(socket, step.proxy);
    else deleteProxy(socket, step.proxy);
  } catch (error) {
    if (!(error instanceof NetlinkRefusal)) throw error;
    throw stepFailure(step, error.message, error.code, { cause: error });
  }
}

/** True when the kernel refused because what the step wants is already so. */
function alreadyStands(socket: NetlinkSocket, step: NetworkStep, code: string): boolean {
  switch (step.kind) {
    case "set-link":
    case "set-master":
    case "add-proxy":
    case "delete-proxy":
      return false;
    case "delete-link":
      return code === "ENODEV";
    case "add-bridge":
    case "add-vlan":
      return code === "EEXIST" && isMade(step);
    case "add-address":
      // IPv6 knows an address once per device whatever its length, so EEXIST alone does not tell.
      return code === "EEXIST" && hasAddress(socket, step.device, step.address);
    case "delete-address":
      return code === "EADDRNOTAVAIL";
    case "add-route":
      return code === "EEXIST" && readRoutes(socket).some((route) => sameRoute(route, step.route));
    case "delete-route":
      return code === "ESRCH";
  }
}

/** Ours by its name, and of the kind that was asked for: somebody stopped between making and claiming it. */
function isMade(step: Extract<NetworkStep, { kind: "add-bridge" | "add-vlan" }>): boolean {
  const virtual = readNetwork().links.find(({ device }) => device === step.device)?.virtual;
  if (step.kind === "add-bridge") return virtual?.kind === "bridge";
  return virtual?.kind === "vlan" && virtual.id === step.id && virtual.parent === step.parent;
}

function claim(socket: NetlinkSocket, step: Extract<NetworkStep, { kind: "add-bridge" | "add-vlan" }>): void {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  encodeClaimLink(writer, sequence, indexOf(step, step.device), step.kind === "add-bridge");
  try {
    socket.request(writer.take(), sequence);
  } catch (error) {
    if (!(error instanceof NetlinkRefusal)) throw error;
    throw stepFailure(step, explain(step, error), error.code, { cause: error });
  }
  // A bridge that knows IPv6 joins groups and says so on both of its ports.
  const silent = `net.ipv6.conf.${step.device.replaceAll(".", "/")}.disable_ipv6`;
  if (step.kind === "add-bridge" && readSysctl(silent) !== undefined) writeSysctl(silent, "1");
}

function masterIndex(step: Extract<NetworkStep, { kind: "set-master" }>): number {
  return step.master === undefined ? 0 : indexOf(step, step.master);
}

function explain(step: NetworkStep, refusal: NetlinkRefusal): string {
  if (refusal.code === "EEXIST" && step.kind === "add-route") {
    return "another route to this destination with this metric exists; remove it or choose another preference";
  }
  if (step.kind === "add-vlan" && refusal.message.includes("Unknown device type")) {
    return "this kernel knows no VLANs (802.1Q); load the module 8021q";
  }
  if (refusal.code === "EEXIST" && (step.kind === "add-bridge" || step.kind === "add-vlan")) {
    return "another device has this name";
  }
  if (refusal.code === "EEXIST") return "the device has this address with another prefix length";
  if (refusal.code === "ENETUNREACH" || refusal.code === "EHOSTUNREACH") {
    return `no interface that is up has a network with the next hop (${refusal.message})`;
  }
  return refusal.message;
}

function hasAddress(socket: NetlinkSocket, device: string, address: IpPrefix): boolean {
  const index = interfaceIndex(device);
  return dumpAll(socket, networkMessage.newAddress, encodeAddressDump, decodeAddress).some(
    (found) => found.index === index && samePrefix(found.address, address),
  );
}

function readRoutes(socket: NetlinkSocket): readonly KernelRoute[] {
  const families = [4, 6] as const;
  return families.flatMap((family) => {
    const encode = (writer: MessageWriter, sequence: number): void => encodeRouteDump(writer, sequence, family);
    try {
      return dumpAll(socket, networkMessage.newRoute, encode, decodeRoute);
    } catch (error) {
      // A namespace that never had a route of this family has no main table ("FIB table does not exist", kernel 6.18).
      if (error instanceof NetlinkRefusal && error.code === "ENOENT") return [];
      throw error;
    }
  });
}

function indexOf(step: NetworkStep, device: string): number {
  const index = device.length > deviceLengthMax ? undefined : interfaceIndex(device);
  if (index === undefined) throw stepFailure(step, "there is no such device", "ENODEV");
  return index;
}

/** A whole dump; begun again when the kernel says that a change came between its pieces. */
function dumpAll<T>(...request: Parameters<typeof dumpRoute<T>>): T[] {
  for (let attempt = 1; attempt <= dumpAttemptsMax; attempt++) {
    const { found, interrupted } = dumpRoute(...request);
    if (!interrupted) return found;
  }
  throw new KernelFailure(
    "the network changed each time Merlon read it; try again",
    `${dumpAttemptsMax} interrupted dumps of type ${request[1]}`,
  );
}
