// Links, addresses and routes as rtnetlink messages: requests for each network step, decoders for the dumps. Merlon
// speaks rtnetlink itself instead of running `ip`, because each step then has its own errno and the kernel's own
// sentence, a step costs microseconds instead of a process, and the gateway needs no program for its network.
// Formats: linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h of Linux 6.1.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { KernelLink, KernelRoute } from "./kernel.ts";
import { ourRouteProtocol } from "./kernel.ts";
import { addressFamily } from "./libc.ts";
import { networkMessage } from "./network-number.ts";
import { addressBytes, addressIn, familyNumber, formatMac } from "./route-address.ts";
import { decodeVirtualLink } from "./virtual-link.ts";
import { AttributeTable, malformed, netlinkFlag } from "./netlink-message.ts";
import type { MessageWriter, NetlinkMessage } from "./netlink-message.ts";

/** RTNLGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE. */
export const networkGroups: readonly number[] = [1, 5, 7, 9, 11];

const linkFlag = { up: 0x1, lowerUp: 0x10000 } as const;
const ifla = { address: 1, name: 3, mtu: 4, master: 10, statistics64: 23, carrierChanges: 35 } as const;
const ifa = { address: 1, local: 2 } as const;
const rta = { destination: 1, gateway: 5, metric: 6, multipath: 9, table: 15, via: 18 } as const;
const routeType = { any: 0, unicast: 1, blackhole: 6, unreachable: 7 } as const;
const mainTable = 254;
const scopeUniverse = 0;
/** In a delete request: any scope. */
const scopeNowhere = 255;
/** RTM_F_CLONED: an exception that the kernel learnt (path MTU, redirect), not a route that somebody set. */
const clonedFlag = 0x200;

const linkAttributes = new AttributeTable("link message", 35);
const addressAttributes = new AttributeTable("address message", 11);
const routeAttributes = new AttributeTable("route message", 30);
const hopAttributes = new AttributeTable("next hop of a route message", 30);

export function encodeLinkDump(writer: MessageWriter, sequence: number): void {
  writer.begin(networkMessage.getLink, netlinkFlag.request | netlinkFlag.dump, sequence).raw(new Uint8Array(16));
}

export function encodeAddressDump(writer: MessageWriter, sequence: number): void {
  writer.begin(networkMessage.getAddress, netlinkFlag.request | netlinkFlag.dump, sequence).raw(new Uint8Array(8));
}

/** Asks for our routes of the main table; a kernel that cannot filter sends all, so the decoder filters again. */
export function encodeRouteDump(writer: MessageWriter, sequence: number, family: 4 | 6): void {
  writer
    .begin(networkMessage.getRoute, netlinkFlag.request | netlinkFlag.dump, sequence)
    .raw(Uint8Array.of(familyNumber(family), 0, 0, 0, mainTable, ourRouteProtocol, 0, 0, 0, 0, 0, 0));
}

export function encodeSetLink(
  writer: MessageWriter,
  sequence: number,
  index: number,
  change: { readonly up?: boolean; readonly mtu?: number },
): void {
  // struct ifinfomsg: family 0, type 2, index 4, flags 8, change mask 12.
  const header = new DataView(new ArrayBuffer(16));
  header.setInt32(4, index, true);
  if (change.up !== undefined) {
    header.setUint32(8, change.up ? linkFlag.up : 0, true);
    header.setUint32(12, linkFlag.up, true);
  }
  writer.begin(networkMessage.newLink, acknowledged(0), sequence).raw(new Uint8Array(header.buffer));
  if (change.mtu !== undefined) writer.attributeU32(ifla.mtu, change.mtu);
}

export function encodeAddAddress(writer: MessageWriter, sequence: number, index: number, address: IpPrefix): void {
  writer.begin(networkMessage.newAddress, acknowledged(netlinkFlag.create | netlinkFlag.exclusive), sequence);
  writeAddress(writer, index, address);
}

export function encodeDeleteAddress(writer: MessageWriter, sequence: number, index: number, address: IpPrefix): void {
  writer.begin(networkMessage.deleteAddress, acknowledged(0), sequence);
  writeAddress(writer, index, address);
}

/** With NLM_F_EXCL, so that a route which somebody else made is never replaced, nor extended by a next hop (IPv6). */
export function encodeAddRoute(writer: MessageWriter, sequence: number, route: KernelRoute): void {
  writer.begin(networkMessage.newRoute, acknowledged(netlinkFlag.create | netlinkFlag.exclusive), sequence);
  const { nextHops } = route;
  if (typeof nextHops === "string") {
    writeRoute(writer, route, nextHops === "discard" ? routeType.blackhole : routeType.unreachable, scopeUniverse);
    return;
  }
  writeRoute(writer, route, routeType.unicast, scopeUniverse);
  const [only, ...more] = nextHops;
  if (only !== undefined && more.length === 0) {
    writeGateway(writer, route.destination.address.family, only);
    return;
  }
  writer.nested(rta.multipath, () => {
    for (const hop of nextHops) writeNextHop(writer, route.destination.address.family, hop);
  });
}

/**
 * Names the route by destination, metric and our protocol, of whatever kind it is; never touches a route of another
 * protocol. A metric of 0 means any metric to the kernel, so the caller must know that such a route stands.
 */
export function encodeDeleteRoute(writer: MessageWriter, sequence: number, route: KernelRoute): void {
  writer.begin(networkMessage.deleteRoute, acknowledged(0), sequence);
  writeRoute(writer, route, routeType.any, scopeNowhere);
}

/** A link as a dump has it: its master still as an index, its addresses not yet known. */
export interface DecodedLink {
  readonly link: Omit<KernelLink, "addresses" | "master" | "virtual">;
  readonly masterIndex: number | undefined;
  readonly made: ReturnType<typeof decodeVirtualLink>;
}

export function decodeLink(message: NetlinkMessage): DecodedLink {
  const { view, start, end } = message;
  linkAttributes.read(view, start + 16, end);
  const device = linkAttributes.text(ifla.name);
  if (device === undefined) throw malformed("link message", "it has no name", view, start, end);
  const flags = view.getUint32(start + 8, true);
  return {
    link: {
      index: view.getInt32(start + 4, true),
      device,
      up: (flags & linkFlag.up) !== 0,
      carrier: (flags & linkFlag.lowerUp) !== 0,
      mtu: linkAttributes.u32(ifla.mtu) ?? 0,
      macAddress: formatMac(linkAttributes.bytes(ifla.address)),
      statistics: decodeStatistics(view),
      ...carrierChanges(),
    },
    masterIndex: linkAttributes.u32(ifla.master),
    made: decodeVirtualLink(linkAttributes),
  };
}

export function decodeAddress(
  message: NetlinkMessage,
): { readonly index: number; readonly address: IpPrefix } | undefined {
  const { view, start, end } = message;
  addressAttributes.read(view, start + 8, end);
  // On a point-to-point link IFA_ADDRESS is the peer's; IPv6 has IFA_LOCAL only in that case.
  const type = addressAttributes.has(ifa.local) ? ifa.local : ifa.address;
  const address = addressIn(addressAttributes, type, view.getUint8(start));
  if (address === undefined) return undefined;
  return { index: view.getUint32(start + 4, true), address: { address, length: view.getUint8(start + 1) } };
}

/** The route, or undefined when it is not one of ours in the main table. */
export function decodeRoute(message: NetlinkMessage): KernelRoute | undefined {
  const { view, start, end } = message;
  routeAttributes.read(view, start + 12, end);
  const family = view.getUint8(start);
  const table = routeAttributes.u32(rta.table) ?? view.getUint8(start + 4);
  const cloned = (view.getUint32(start + 8, true) & clonedFlag) !== 0;
  if (table !== mainTable || view.getUint8(start + 5) !== ourRouteProtocol || cloned) return undefined;
  const nextHops = decodeNextHops(view.getUint8(start + 7), family, view);
  const destination = routeAttributes.has(rta.destination)
    ? addressIn(routeAttributes, rta.destination, family)
    : anyAddress(family);
  if (nextHops === undefined || destination === undefined) return undefined;
  return {
    destination: { address: destination, length: view.getUint8(start + 1) },
    nextHops,
    metric: routeAttributes.u32(rta.metric) ?? 0,
  };
}

function decodeNextHops(type: number, family: number, view: DataView): KernelRoute["nextHops"] | undefined {
  if (type === routeType.blackhole) return "discard";
  if (type === routeType.unreachable) return "reject";
  if (type !== routeType.unicast) return undefined;
  if (!routeAttributes.has(rta.multipath)) {
    const hop = gatewayIn(routeAttributes, family);
    return hop === undefined ? [] : [hop];
  }
  const hops: IpAddress[] = [];
  let at = routeAttributes.startOf(rta.multipath);
  const end = routeAttributes.endOf(rta.multipath);
  while (at < end) {
    // struct rtnexthop: length 0, flags 2, weight 3, interface index 4, then attributes.
    const length = end - at < 8 ? 0 : view.getUint16(at, true);
    if (length < 8 || length > end - at) throw malformed("route message", "a next hop is cut off", view, at, end);
    hopAttributes.read(view, at + 8, at + length);
    const hop = gatewayIn(hopAttributes, family);
    if (hop !== undefined) hops.push(hop);
    at += (length + 3) & ~3;
  }
  return hops;
}

function gatewayIn(attributes: AttributeTable, family: number): IpAddress | undefined {
  const gateway = addressIn(attributes, rta.gateway, family);
  if (gateway !== undefined || !attributes.has(rta.via)) return gateway;
  // struct rtvia: a family of 2 bytes, then an IPv6 next hop of an IPv4 route (RFC 8950); the reverse does not exist.
  const via = attributes.bytes(rta.via);
  if (via === undefined || via.length < 18 || via[0] !== addressFamily.inet6) return undefined;
  return { family: 6, value: bigintOf(via.subarray(2, 18)) };
}

function anyAddress(family: number): IpAddress {
  return family === addressFamily.inet6 ? { family: 6, value: 0n } : { family: 4, value: 0 };
}

function carrierChanges(): Pick<KernelLink, "carrierChanges"> {
  const count = linkAttributes.u32(ifla.carrierChanges);
  return count === undefined ? {} : { carrierChanges: count };
}

/**
 * struct rtnl_link_stats64, in the host's byte order: packets received, packets sent, bytes received, bytes sent, errors
 * (received, sent), drops (received, sent), multicast, collisions.
 */
function decodeStatistics(view: DataView): KernelLink["statistics"] {
  const at = linkAttributes.startOf(ifla.statistics64);
  if (at < 0 || linkAttributes.endOf(ifla.statistics64) - at < 32) {
    return { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 };
  }
  const count = (offset: number): number => Number(view.getBigUint64(at + offset, true));
  const counts = { receivedPackets: count(0), sentPackets: count(8), receivedBytes: count(16), sentBytes: count(24) };
  if (linkAttributes.endOf(ifla.statistics64) - at < 80) return counts;
  return {
    ...counts,
    receivedErrors: count(32),
    sentErrors: count(40),
    receivedDrops: count(48),
    sentDrops: count(56),
    collisions: count(72),
  };
}

function writeAddress(writer: MessageWriter, index: number, prefix: IpPrefix): void {
  const header = new DataView(new ArrayBuffer(8));
  header.setUint8(0, familyNumber(prefix.address.family));
  header.setUint8(1, prefix.length);
  header.setUint32(4, index, true);
  const bytes = addressBytes(prefix.address);
  writer.raw(new Uint8Array(header.buffer)).attribute(ifa.local, bytes).attribute(ifa.address, bytes);
}

function writeRoute(writer: MessageWriter, route: KernelRoute, type: number, scope: number): void {
  const { destination } = route;
  const family = familyNumber(destination.address.family);
  writer.raw(Uint8Array.of(family, destination.length, 0, 0, mainTable, ourRouteProtocol, scope, type, 0, 0, 0, 0));
  writer.attribute(rta.destination, addressBytes(destination.address));
  writer.attributeU32(rta.metric, route.metric);
}

function writeNextHop(writer: MessageWriter, family: 4 | 6, hop: IpAddress): void {
  const attributeLength = family === hop.family ? 4 + addressBytes(hop).length : 4 + 2 + addressBytes(hop).length;
  const length = 8 + ((attributeLength + 3) & ~3);
  writer.raw(Uint8Array.of(length & 0xff, length >>> 8, 0, 0, 0, 0, 0, 0));
  writeGateway(writer, family, hop);
}

function writeGateway(writer: MessageWriter, family: 4 | 6, hop: IpAddress): void {
  if (family === hop.family) writer.attribute(rta.gateway, addressBytes(hop));
  else writer.attribute(rta.via, Uint8Array.of(familyNumber(hop.family), 0, ...addressBytes(hop)));
}

function acknowledged(flags: number): number {
  return netlinkFlag.request | netlinkFlag.acknowledge | flags;
}

function bigintOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
