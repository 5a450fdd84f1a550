// Puts sessions into the connection table without any traffic, for contract tests and measurements of large tables.
// Format: as `conntrack-message.ts`; IPCTNL_MSG_CT_NEW needs both tuples and a timeout.

import { conntrackMessage } from "./conntrack-message.ts";
import { MessageWriter, netlinkFlag } from "./netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";

const sessionsPerSend = 64;
const lifetimeSeconds = 600;
const protocolUdp = 17;
const familyIpv4 = 2;
const cta = { tupleOriginal: 1, tupleReply: 2, timeout: 7, mark: 8 } as const;
const nest = { ip: 1, protocol: 2 } as const;
/** 10.20.0.0: sources count up from here, so that every session's tuple is its own. */
const firstSource = 0x0a14_0000;
const destination = 0x0a1e_0001;

/** One UDP session per mark, to port 53; their tuples are counted from `first`. Throws `KernelFailure`. */
export function addSessions(marks: readonly number[], first = 0): void {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 4 });
  const writer = new MessageWriter();
  for (const [index, mark] of marks.entries()) {
    const last = index === marks.length - 1 || index % sessionsPerSend === sessionsPerSend - 1;
    const sequence = socket.nextSequence();
    encodeSession(writer, last ? netlinkFlag.acknowledge : 0, sequence, first + index, mark);
    if (!last) continue;
    socket.transact(writer.take(), sequence, (_, refusal) => {
      throw refusal;
    });
  }
}

function encodeSession(writer: MessageWriter, flags: number, sequence: number, index: number, mark: number): void {
  const create = netlinkFlag.request | netlinkFlag.create | netlinkFlag.exclusive;
  const source = firstSource + (index >>> 14);
  const sourcePort = 40_000 + (index & 0x3fff);
  writer.begin(conntrackMessage.new, create | flags, sequence).netfilterHeader(familyIpv4, 0);
  writer.nested(cta.tupleOriginal, () => encodeTuple(writer, source, destination, sourcePort, 53));
  writer.nested(cta.tupleReply, () => encodeTuple(writer, destination, source, 53, sourcePort));
  writer.attributeU32be(cta.timeout, lifetimeSeconds).attributeU32be(cta.mark, mark);
}

function encodeTuple(writer: MessageWriter, source: number, to: number, sourcePort: number, port: number): void {
  writer.nested(nest.ip, () => writer.attributeU32be(1, source).attributeU32be(2, to));
  writer.nested(nest.protocol, () => {
    writer.attributeU8(1, protocolUdp).attributeU16be(2, sourcePort).attributeU16be(3, port);
  });
}
