// Addresses that the gateway answers for by ARP and neighbor discovery, as rtnetlink messages. Ours carry our protocol
// number. For IPv4 the kernel answers only where the route of the address leads elsewhere than to the asker (arp_process,
// net/ipv4/arp.c), and a pool mostly lies in the asker's own network: so each address has a route to the loopback device,
// by a protocol number of its own. Translation happens before routes, so nothing but the question ever uses it.
// Formats: linux/neighbour.h and linux/rtnetlink.h of Linux 6.1.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import { ourRouteProtocol } from "./kernel.ts";
import { addressFamily } from "./libc.ts";
import { neighborMessage } from "./neighbor-message.ts";
import { networkMessage } from "./network-number.ts";
import { addressBytes, addressIn, familyNumber } from "./route-address.ts";
import { AttributeTable, netlinkFlag } from "./netlink-message.ts";
import type { MessageWriter, NetlinkMessage } from "./netlink-message.ts";

/** NTF_PROXY and NUD_PERMANENT. */
const proxyFlag = 0x08;
const permanentState = 0x80;
const nda = { destination: 1, protocol: 12 } as const;
const rta = { destination: 1, outDevice: 4, table: 15 } as const;
export const proxyRouteProtocol = 78;
const mainTable = 254;
const scopeLink = 253;
const unicast = 1;

const neighborAttributes = new AttributeTable("neighbor message", 15);
const routeAttributes = new AttributeTable("route message", 31);

export function encodeProxyDump(writer: MessageWriter, sequence: number, family: 4 | 6): void {
  writer.begin(neighborMessage.get, netlinkFlag.request | netlinkFlag.dump, sequence).raw(neighborHeader(family, 0, 0));
}

/** Answers for nothing but what stands in no other way: a proxy that is there already stays, and is ours from then on. */
export function encodeAddProxy(writer: MessageWriter, sequence: number, index: number, address: IpAddress): void {
  const flags = netlinkFlag.request | netlinkFlag.acknowledge | netlinkFlag.create;
  writer.begin(neighborMessage.new, flags, sequence).raw(neighborHeader(address.family, index, permanentState));
  writer.attribute(nda.destination, addressBytes(address)).attributeU8(nda.protocol, ourRouteProtocol);
}

export function encodeDeleteProxy(writer: MessageWriter, sequence: number, index: number, address: IpAddress): void {
  writer.begin(neighborMessage.delete, netlinkFlag.request | netlinkFlag.acknowledge, sequence);
  writer.raw(neighborHeader(address.family, index, 0)).attribute(nda.destination, addressBytes(address));
}

/** Undefined for what is none of ours. */
export function decodeProxy(
  message: NetlinkMessage,
): { readonly index: number; readonly address: IpAddress } | undefined {
  const { view, start, end } = message;
  neighborAttributes.read(view, start + 12, end);
  const isOurs =
    (view.getUint8(start + 10) & proxyFlag) !== 0 && neighborAttributes.u8(nda.protocol) === ourRouteProtocol;
  const address = addressIn(neighborAttributes, nda.destination, view.getUint8(start));
  return isOurs && address !== undefined ? { index: view.getInt32(start + 4, true), address } : undefined;
}

export function encodeProxyRouteDump(writer: MessageWriter, sequence: number): void {
  const header = Uint8Array.of(addressFamily.inet, 0, 0, 0, mainTable, proxyRouteProtocol, 0, 0, 0, 0, 0, 0);
  writer.begin(networkMessage.getRoute, netlinkFlag.request | netlinkFlag.dump, sequence).raw(header);
}

export function encodeProxyRoute(
  writer: MessageWriter,
  sequence: number,
  how: "add" | "delete",
  loopbackIndex: number,
  address: IpAddress & { readonly family: 4 },
): void {
  const flags =
    netlinkFlag.request | netlinkFlag.acknowledge | (how === "add" ? netlinkFlag.create | netlinkFlag.exclusive : 0);
  const header = Uint8Array.of(
    addressFamily.inet,
    32,
    0,
    0,
    mainTable,
    proxyRouteProtocol,
    scopeLink,
    unicast,
    0,
    0,
    0,
    0,
  );
  writer.begin(how === "add" ? networkMessage.newRoute : networkMessage.deleteRoute, flags, sequence).raw(header);
  writer.attribute(rta.destination, addressBytes(address)).attributeU32(rta.outDevice, loopbackIndex);
}

export function decodeProxyRoute(message: NetlinkMessage): number | undefined {
  const { view, start, end } = message;
  routeAttributes.read(view, start + 12, end);
  const table = routeAttributes.u32(rta.table) ?? view.getUint8(start + 4);
  const isOurs =
    table === mainTable && view.getUint8(start + 5) === proxyRouteProtocol && view.getUint8(start + 1) === 32;
  return isOurs ? routeAttributes.u32be(rta.destination) : undefined;
}

/** struct ndmsg: family 0, interface index 4, state 8, flags 10, type 11. */
function neighborHeader(family: 4 | 6, index: number, state: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(12));
  header.setUint8(0, familyNumber(family));
  header.setInt32(4, index, true);
  header.setUint16(8, state, true);
  header.setUint8(10, proxyFlag);
  return new Uint8Array(header.buffer);
}
