// Reads, adds and deletes the addresses that the gateway answers for, in the network namespace of the calling thread. One
// stands only when all of it does: the entry, for IPv4 its route, for IPv6 the switch of the device.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { KernelProxy } from "./kernel.ts";
import { interfaceIndex, interfaceName } from "./libc.ts";
import { neighborMessage } from "./neighbor-message.ts";
import { networkMessage } from "./network-number.ts";
import { MessageWriter } from "./netlink-message.ts";
import { dumpAttemptsMax, NetlinkRefusal } from "./netlink-socket.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";
import {
  decodeProxy,
  decodeProxyRoute,
  encodeAddProxy,
  encodeDeleteProxy,
  encodeProxyDump,
  encodeProxyRoute,
  encodeProxyRouteDump,
} from "./proxy-message.ts";
import { dumpRoute } from "./route-dump.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

/** Throws `KernelFailure`. */
export function readProxies(socket: NetlinkSocket): readonly KernelProxy[] {
  const found = ([4, 6] as const).flatMap((family) =>
    dump(socket, neighborMessage.new, (writer, sequence) => encodeProxyDump(writer, sequence, family), decodeProxy),
  );
  if (found.length === 0) return [];
  const routed = new Set(dump(socket, networkMessage.newRoute, encodeProxyRouteDump, decodeProxyRoute));
  return found.flatMap(({ index, address }): readonly KernelProxy[] => {
    const device = interfaceName(index);
    if (device === undefined) return [];
    const complete = address.family === 4 ? routed.has(address.value) : readSysctl(switchOf(device)) === "1";
    return complete ? [{ device, address }] : [];
  });
}

export function addProxy(socket: NetlinkSocket, { device, address }: KernelProxy): void {
  const index = needIndex(device);
  if (address.family === 6) writeSysctl(switchOf(device), "1");
  else changeRoute(socket, "add", address);
  request(socket, [], (writer, sequence) => encodeAddProxy(writer, sequence, index, address));
}

/** Another device may still answer for the same address. */
export function deleteProxy(socket: NetlinkSocket, { device, address }: KernelProxy): void {
  const index = interfaceIndex(device);
  if (index !== undefined) {
    request(socket, ["ENOENT"], (writer, sequence) => encodeDeleteProxy(writer, sequence, index, address));
  }
  if (address.family !== 4) return;
  const others = dump(
    socket,
    neighborMessage.new,
    (writer, sequence) => encodeProxyDump(writer, sequence, 4),
    decodeProxy,
  );
  if (!others.some((other) => other.address.value === address.value)) changeRoute(socket, "delete", address);
}

/** A host route of somebody else leads elsewhere too, and is left alone. */
function changeRoute(socket: NetlinkSocket, how: "add" | "delete", address: IpAddress & { readonly family: 4 }): void {
  const loopback = needIndex("lo");
  const standing = how === "add" ? ["EEXIST"] : ["ESRCH"];
  request(socket, standing, (writer, sequence) => encodeProxyRoute(writer, sequence, how, loopback, address));
}

function switchOf(device: string): string {
  return `net.ipv6.conf.${device.replaceAll(".", "/")}.proxy_ndp`;
}

function needIndex(device: string): number {
  const index = interfaceIndex(device);
  if (index === undefined) throw new NetlinkRefusal("ENODEV", `there is no device ${device}`);
  return index;
}

function request(
  socket: NetlinkSocket,
  standing: readonly string[],
  encode: (writer: MessageWriter, sequence: number) => void,
): void {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  encode(writer, sequence);
  try {
    socket.request(writer.take(), sequence);
  } catch (error) {
    if (!(error instanceof NetlinkRefusal) || !standing.includes(error.code)) throw error;
  }
}

/** Neighbors come and go all the time: after a few attempts a mixture is as good as can be had. */
function dump<T>(...request: Parameters<typeof dumpRoute<T>>): readonly T[] {
  for (let attempt = 1; ; attempt++) {
    const { found, interrupted } = dumpRoute(...request);
    if (!interrupted || attempt === dumpAttemptsMax) return found;
  }
}
