// The resolver of a host: knows one name, its own, and answers A and AAAA for it over UDP. One socket per address, so that
// an answer leaves with the address that was asked.

import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { servicePorts } from "../topology.ts";
import { decodeQuestion, encodeAnswer } from "./dns-message.ts";

const noSuchName = 3;

/** The name under which a host is known to its resolver. */
export function dnsNameOf(hostName: string): string {
  return `${hostName}.lab.example`;
}

/** Resolves when it listens on all of the addresses. */
export function startDns(
  hostName: string,
  addresses: readonly string[],
  port: number = servicePorts.dns.port,
): Promise<readonly Socket[]> {
  const knownName = dnsNameOf(hostName);
  return Promise.all(addresses.map((address) => listen(address, port, (bytes) => answer(bytes, knownName, addresses))));
}

/** The answer to a datagram, or undefined for bytes that are no question: those get silence, as no reply could help. */
function answer(bytes: Uint8Array, knownName: string, addresses: readonly string[]): Buffer | undefined {
  try {
    const question = decodeQuestion(bytes);
    const known = question.name.toLowerCase() === knownName;
    return encodeAnswer(question, known ? 0 : noSuchName, known ? addresses : []);
  } catch {
    return undefined;
  }
}

function listen(address: string, port: number, reply: (bytes: Uint8Array) => Buffer | undefined): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
  socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
    const text = reply(bytes);
    // A reply that the network refuses concerns the asker alone.
    if (text !== undefined) socket.send(text, from.port, from.address, () => undefined);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}
