// TCP sockets as system calls, for traffic that shall cost as little as possible beside what it measures. Nothing here is
// polled: every call does its work at once, or its caller expects it to say that there is nothing to do.
// Sources: tcp(7), ip(7), accept(2), recv(2).

import koffi from "koffi";
import {
  addressFamily,
  closeFile,
  errnoName,
  messageFlag,
  setSocketOption,
  socketLevel,
} from "@merlon/gateway/kernel/libc.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { benchAddressBytes } from "./bench-address.ts";

const libc = koffi.load(null);
const call = {
  socket: libc.func("int socket(int domain, int type, int protocol)"),
  bind: libc.func("int bind(int fd, const void *address, uint32_t length)"),
  listen: libc.func("int listen(int fd, int backlog)"),
  connect: libc.func("int connect(int fd, const void *address, uint32_t length)"),
  accept: libc.func("int accept4(int fd, void *address, void *length, int flags)"),
  send: libc.func("int64_t send(int fd, const void *bytes, size_t length, int flags)"),
  recv: libc.func("int64_t recv(int fd, void *bytes, size_t length, int flags)"),
} as const;

const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const stream = 1 | closeOnExec;
const reuseAddress = 2;
const backlog = 256;

const domains = { 4: addressFamily.inet, 6: addressFamily.inet6 } as const;

/** A socket of the calling thread's namespace, bound to an address of its host. */
export function openTcp(family: Family, source: number, port: number): number {
  const fd = checked("socket", call.socket(domains[family], stream, 0));
  try {
    setSocketOption(fd, socketLevel.socket, reuseAddress, 1);
    checked("bind", bind(fd, socketAddress(family, source, port)));
    return fd;
  } catch (error) {
    closeFile(fd);
    throw error;
  }
}

export function connectTcp(family: Family, fd: number, destination: number, port: number): void {
  const address = socketAddress(family, destination, port);
  checked("connect", call.connect(fd, address, address.length));
}

/** A listener on every address of the host. */
export function listenTcp(family: Family, host: string, port: number): number {
  return inNetwork(host, () => {
    const fd = checked("socket", call.socket(domains[family], stream | nonBlocking, 0));
    setSocketOption(fd, socketLevel.socket, reuseAddress, 1);
    checked("bind", bind(fd, socketAddress(family, undefined, port)));
    checked("listen", call.listen(fd, backlog));
    return fd;
  });
}

/** The connection that waits at a listener. Throws when none does. */
export function acceptTcp(listener: number): number {
  return checked("accept", call.accept(listener, null, null, closeOnExec));
}

/** How many bytes the kernel took without waiting. */
export function sendTcp(fd: number, bytes: Uint8Array): number {
  return sizeOr0("send", Number(call.send(fd, bytes, bytes.length, messageFlag.doNotWait)));
}

/** Throws away what has arrived, at most so many bytes (recv with MSG_TRUNC, tcp(7)). How many bytes it was. */
export function discardTcp(fd: number, sizeBytesMax: number): number {
  const flags = messageFlag.doNotWait | messageFlag.truncated;
  return sizeOr0("recv", Number(call.recv(fd, null, sizeBytesMax, flags)));
}

/** struct sockaddr_in has 16 bytes, sockaddr_in6 28. Kept, because a connection needs two. */
const addresses = { 4: new DataView(new ArrayBuffer(16)), 6: new DataView(new ArrayBuffer(28)) } as const;
const addressOffset = { 4: 4, 6: 8 } as const;

/** The bytes are valid until the next call. An undefined address is any of the host. */
function socketAddress(family: Family, address: number | undefined, port: number): Uint8Array {
  const view = addresses[family];
  const bytes = new Uint8Array(view.buffer);
  bytes.fill(0);
  view.setUint16(0, domains[family], true);
  view.setUint16(2, port);
  if (address !== undefined) bytes.set(benchAddressBytes(family, address), addressOffset[family]);
  return bytes;
}

function bind(fd: number, address: Uint8Array): number {
  return call.bind(fd, address, address.length) as number;
}

function checked(name: string, result: number): number {
  if (result >= 0) return result;
  throw new Error(`${name} failed with ${errnoName(koffi.errno())}`);
}

function sizeOr0(name: string, result: number): number {
  if (result >= 0) return result;
  const code = errnoName(koffi.errno());
  if (code === "EAGAIN" || code === "EWOULDBLOCK") return 0;
  throw new Error(`${name} failed with ${code}`);
}
