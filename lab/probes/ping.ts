// The client side of ping: one ICMP or ICMPv6 echo over the kernel's own echo sockets (SOCK_DGRAM with IPPROTO_ICMP,
// icmp(7)): the kernel writes the identifier and checksum and hands back only our replies, and no raw socket is needed.
// Node knows no such sockets, but it takes an open datagram descriptor and does not care that it carries no ports.

import { addressFamily, openSocket, socketType } from "@merlon/gateway/kernel/libc.ts";
import { createSocket } from "node:dgram";
import type { Family } from "../topology.ts";
import { askDatagram } from "./ask-datagram.ts";
import { runProbe, WrongAnswer } from "./probe.ts";
import type { ProbeRequest, ProbeResult } from "./probe.ts";

const kinds = {
  4: { domain: addressFamily.inet, protocol: 1, type: "udp4", request: 8, reply: 0 },
  6: { domain: addressFamily.inet6, protocol: 58, type: "udp6", request: 128, reply: 129 },
} as const satisfies Record<Family, object>;

const payload = Buffer.from("merlon lab: is anybody there?");
/** An echo has no port; the socket interface wants one that is not zero. */
const anyPort = 1;

let lastSequence = 0;

export function probePing(probe: ProbeRequest): Promise<ProbeResult> {
  lastSequence = (lastSequence + 1) & 0xffff;
  const sequence = lastSequence;
  const kind = kinds[probe.family];
  return runProbe(probe.timeoutMs, async (signal) => {
    const reply = await echo(probe, encodeEcho(kind.request, sequence), signal);
    if (reply[0] !== kind.reply) throw new WrongAnswer(`answered with ICMP type ${reply[0] ?? "none"}`);
    if (reply.length < 8 || reply.readUInt16BE(6) !== sequence) throw new WrongAnswer("answered another echo");
    if (!reply.subarray(8).equals(payload)) throw new WrongAnswer("answered with other bytes than sent");
  });
}

/** Type, code, checksum, identifier (both filled in by the kernel), sequence, payload. */
function encodeEcho(type: number, sequence: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt16BE(sequence, 6);
  return Buffer.concat([header, payload]);
}

/** Not being allowed to ask is no answer of the network: it must not look like a refusal (EACCES is both). */
function openEchoSocket(domain: number, protocol: number): number {
  try {
    return openSocket(domain, socketType.datagram, protocol);
  } catch (cause) {
    throw new Error("no ICMP echo socket may be opened here; see net.ipv4.ping_group_range", { cause });
  }
}

function echo(probe: ProbeRequest, request: Buffer, signal: AbortSignal): Promise<Buffer> {
  const { domain, protocol, type } = kinds[probe.family];
  const fd = openEchoSocket(domain, protocol);
  const socket = createSocket({ type, signal });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ fd }, () => void askDatagram(socket, probe.address, anyPort, request).then(resolve, reject));
  });
}
