// Traffic for stories, made by single system calls: which namespace a socket belongs to is decided when it is opened,
// so the callers open it with the thread in the client's or server's namespace and send from anywhere.

import { parseIp } from "@merlon/model/ip/address.ts";
import { SystemCallFailure, addressFamily, openSocket, send, socketType } from "./libc.ts";

const protocolIcmp = 1;
const protocolIcmp6 = 58;

export function openUdpSocket(family: 4 | 6): number {
  return openSocket(family === 4 ? addressFamily.inet : addressFamily.inet6, socketType.datagram, 0);
}

/** A raw socket that sends ICMP or ICMPv6; the kernel fills in ICMPv6's checksum (RFC 3542) but not ICMP's. */
export function openIcmpSocket(family: 4 | 6): number {
  return family === 4
    ? openSocket(addressFamily.inet, socketType.raw, protocolIcmp)
    : openSocket(addressFamily.inet6, socketType.raw, protocolIcmp6);
}

/** False when the datagram was refused by an ICMP error that answers an earlier one. */
export function sendUdp(fd: number, address: string, port: number, payload: Uint8Array): boolean {
  try {
    send(fd, payload, 0, socketAddressOf(address, port));
    return true;
  } catch (error) {
    if (error instanceof SystemCallFailure && error.code === "ECONNREFUSED") return false;
    throw error;
  }
}

export function sendEchoRequest(fd: number, address: string, id: number, sequence: number): void {
  const family = parseIp(address)?.family ?? 4;
  const message = new DataView(new ArrayBuffer(16));
  message.setUint8(0, family === 4 ? 8 : 128);
  message.setUint16(4, id);
  message.setUint16(6, sequence);
  let sum = 0;
  for (let at = 0; at < message.byteLength; at += 2) sum += message.getUint16(at);
  if (family === 4) message.setUint16(2, ~((sum & 0xffff) + (sum >>> 16)));
  send(fd, new Uint8Array(message.buffer), 0, socketAddressOf(address, 0));
}

/** struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)). */
export function socketAddressOf(text: string, port: number): Uint8Array {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`${text} is not an address`);
  const view = new DataView(new ArrayBuffer(address.family === 4 ? 16 : 28));
  view.setUint16(0, address.family === 4 ? addressFamily.inet : addressFamily.inet6, true);
  view.setUint16(2, port);
  if (address.family === 4) view.setUint32(4, address.value);
  else {
    view.setBigUint64(8, address.value >> 64n);
    view.setBigUint64(16, address.value & 0xffff_ffff_ffff_ffffn);
  }
  return new Uint8Array(view.buffer);
}

/**
 * A program for a child process, which lives in the namespace that it is started from: it answers every TCP connection
 * to port 80 with `hello` and closes. Node's own sockets cannot be opened across namespaces, because it opens them a
 * turn later than asked.
 */
export const helloServer = `
  require("node:net").createServer((socket) => socket.end("hello")).listen(80, () => console.log("ready"));`;

/** A program that connects, reads to the end and is done; a refused or unanswered connection ends it too. */
export function helloClient(address: string, port: number): string {
  return `
    const socket = require("node:net").connect(${port}, "${address}");
    socket.resume();
    socket.on("error", () => {});
    socket.on("close", () => console.log("closed"));
    setTimeout(() => socket.destroy(), 2000).unref();`;
}
