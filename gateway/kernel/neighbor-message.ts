// Neighbors as rtnetlink messages: who stands behind an address on a link, learnt by ARP (IPv4) or neighbor discovery
// (IPv6). Formats: linux/neighbour.h of Linux 6.1, rtnetlink(7).

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { NeighborState } from "./kernel.ts";
import { addressFamily } from "./libc.ts";
import { AttributeTable, netlinkFlag } from "./netlink-message.ts";
import type { MessageWriter, NetlinkMessage } from "./netlink-message.ts";
import { addressBytes, addressIn, formatMac } from "./route-address.ts";

export const neighborMessage = { new: 28, delete: 29, get: 30 } as const;

const nda = { destination: 1, linkAddress: 2, cacheInfo: 3 } as const;
const stateBits: readonly (readonly [number, NeighborState])[] = [
  [0x01, "incomplete"],
  [0x02, "reachable"],
  [0x04, "stale"],
  [0x08, "delay"],
  [0x10, "probe"],
  [0x20, "failed"],
  [0x40, "noarp"],
  [0x80, "permanent"],
];
/** NTF_PROXY: an address that the gateway answers for; those are no neighbors. */
const proxyFlag = 0x08;
const routerFlag = 0x80;
/** Clock ticks a second in `struct nda_cacheinfo`. */
const ticksPerSecond = 100;

const attributes = new AttributeTable("neighbor message", 15);

export interface DecodedNeighbor {
  readonly index: number;
  readonly address: IpAddress;
  readonly macAddress: string;
  readonly state: NeighborState;
  readonly isRouter: boolean;
  /** Seconds since the address was last known to be right. */
  readonly confirmedSeconds: number;
}

export function encodeNeighborDump(writer: MessageWriter, sequence: number): void {
  writer.begin(neighborMessage.get, netlinkFlag.request | netlinkFlag.dump, sequence).raw(new Uint8Array(12));
}

export function encodeDeleteNeighbor(
  writer: MessageWriter,
  sequence: number,
  neighbor: Pick<DecodedNeighbor, "index" | "address">,
): void {
  const { index, address } = neighbor;
  // struct ndmsg: family 0, interface index 4, state 8, flags 10, type 11.
  const header = new DataView(new ArrayBuffer(12));
  header.setUint8(0, address.family === 4 ? addressFamily.inet : addressFamily.inet6);
  header.setInt32(4, index, true);
  writer.begin(neighborMessage.delete, netlinkFlag.request | netlinkFlag.acknowledge, sequence);
  writer.raw(new Uint8Array(header.buffer)).attribute(nda.destination, addressBytes(address));
}

/** Undefined for what is no neighbor: a proxy entry, multicast, an entry of another family. */
export function decodeNeighbor(message: NetlinkMessage): DecodedNeighbor | undefined {
  const { view, start, end } = message;
  attributes.read(view, start + 12, end);
  const address = addressIn(attributes, nda.destination, view.getUint8(start));
  const state = stateBits.find(([bit]) => (view.getUint16(start + 8, true) & bit) !== 0)?.[1];
  const flags = view.getUint8(start + 10);
  if (address === undefined || state === undefined || state === "noarp" || (flags & proxyFlag) !== 0) return undefined;
  const cacheInfo = attributes.startOf(nda.cacheInfo);
  return {
    index: view.getInt32(start + 4, true),
    address,
    macAddress: formatMac(attributes.bytes(nda.linkAddress)),
    state,
    isRouter: (flags & routerFlag) !== 0,
    confirmedSeconds: cacheInfo < 0 ? 0 : Math.floor(view.getUint32(cacheInfo, true) / ticksPerSecond),
  };
}
