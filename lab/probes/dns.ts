// The client side of DNS: one question for the host's own name over UDP; the answer must be the address that was asked.

import { createSocket } from "node:dgram";
import { decodeAnswer, encodeQuestion, recordTypes } from "../services/dns-message.ts";
import { dnsNameOf } from "../services/dns.ts";
import { servicePorts } from "../topology.ts";
import { askDatagram } from "./ask-datagram.ts";
import { runProbe, WrongAnswer } from "./probe.ts";
import type { ProbeRequest, ProbeResult } from "./probe.ts";

let lastId = 0;

export function probeDns(probe: ProbeRequest, port: number = servicePorts.dns.port): Promise<ProbeResult> {
  lastId = (lastId + 1) & 0xffff;
  const id = lastId;
  const type = probe.family === 4 ? recordTypes.a : recordTypes.aaaa;
  const question = encodeQuestion({ id, name: dnsNameOf(probe.hostName), type });
  return runProbe(probe.timeoutMs, async (signal) => {
    const socket = createSocket({ type: probe.family === 4 ? "udp4" : "udp6", signal });
    const answer = decodeAnswer(await askDatagram(socket, probe.address, port, question));
    if (answer.id !== id) throw new WrongAnswer(`answered with the id ${answer.id} instead of ${id}`);
    if (answer.responseCode !== 0) throw new WrongAnswer(`answered with code ${answer.responseCode}`);
    if (answer.addresses.join() !== probe.address) {
      throw new WrongAnswer(`answered ${answer.addresses.join(", ") || "without an address"}`);
    }
  });
}
