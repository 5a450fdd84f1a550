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
import { inNetwork } from "@merlon/lab/network-namespace.ts";

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

/** A socket of the calling thread's namespace, bound to an address of its host. */
export function openTcp(source: number, port: number): number {
  const fd = checked("socket", call.socket(addressFamily.inet, stream, 0));
  try {
    setSocketOption(fd, socketLevel.socket, reuseAddress, 1);
    checked("bind", call.bind(fd, socketAddress(source, port), addressSizeBytes));
    return fd;
  } catch (error) {
    closeFile(fd);
    throw error;
  }
}

export function connectTcp(fd: number, destination: number, port: number): void {
  checked("connect", call.connect(fd, socketAddress(destination, port), addressSizeBytes));
}

/** A listener on every address of the host. */
export function listenTcp(host: string, port: number): number {
  return inNetwork(host, () => {
    const fd = checked("socket", call.socket(addressFamily.inet, stream | nonBlocking, 0));
    setSocketOption(fd, socketLevel.socket, reuseAddress, 1);
    checked("bind", call.bind(fd, socketAddress(0, port), addressSizeBytes));
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

const addressSizeBytes = 16;
const addressView = new DataView(new ArrayBuffer(addressSizeBytes));
const addressBytes = new Uint8Array(addressView.buffer);

/** struct sockaddr_in; the bytes are valid until the next call. */
function socketAddress(address: number, port: number): Uint8Array {
  addressView.setUint16(0, addressFamily.inet, true);
  addressView.setUint16(2, port);
  addressView.setUint32(4, address);
  return addressBytes;
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
