// The kernel's connection table as messages: decode an entry into a `KernelSession`, ask for a dump by mark, delete
// one, give one another mark.
// Format: linux/netfilter/nfnetlink_conntrack.h of Linux 6.1 (ctattr_*); what is in which message follows
// net/netfilter/nf_conntrack_netlink.c. An attribute that is absent stays absent in the session, never becomes a zero.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { KernelSession, KernelTuple } from "./kernel.ts";
import { AttributeTable, malformed, netlinkFlag } from "./netlink-message.ts";
import type { MessageWriter, NetlinkMessage } from "./netlink-message.ts";

/** NFNL_SUBSYS_CTNETLINK in the high byte, IPCTNL_MSG_CT_* in the low one. */
export const conntrackMessage = { new: 0x100, get: 0x101, delete: 0x102 } as const;
/** NFNLGRP_CONNTRACK_NEW and _DESTROY. */
export const conntrackGroup = { new: 1, destroy: 3 } as const;

const cta = {
  tupleOriginal: 1,
  tupleReply: 2,
  status: 3,
  protoInfo: 4,
  timeout: 7,
  mark: 8,
  countersOriginal: 9,
  countersReply: 10,
  id: 12,
  zone: 18,
  timestamp: 20,
  markMask: 21,
  labels: 22,
} as const;
const tupleIp = 1;
const tupleProtocol = 2;
const ip = { v4Source: 1, v4Destination: 2, v6Source: 3, v6Destination: 4 } as const;
const protocol = {
  number: 1,
  sourcePort: 2,
  destinationPort: 3,
  icmpId: 4,
  icmpType: 5,
  icmpCode: 6,
  icmp6Id: 7,
  icmp6Type: 8,
  icmp6Code: 9,
} as const;
const counter = { packets: 1, bytes: 2 } as const;
const timestamp = { start: 1, stop: 2 } as const;
/** IPS_OFFLOAD and IPS_HW_OFFLOAD: packets take the fast path, of the kernel or of the card. */
const offloadedStatus = 0xc000;
const protoInfoTcp = 1;
const tcpState = 1;
/** enum tcp_conntrack in linux/netfilter/nf_conntrack_tcp.h; number 9 was LISTEN before it came to mean SYN_SENT2. */
const tcpStates = [
  "NONE",
  "SYN_SENT",
  "SYN_RECV",
  "ESTABLISHED",
  "FIN_WAIT",
  "CLOSE_WAIT",
  "LAST_ACK",
  "TIME_WAIT",
  "CLOSE",
  "SYN_SENT2",
] as const;
/** DCCP, UDP-Lite and the three known ones. GRE keeps its call keys in the same attributes, and those are no ports. */
const protocolsWithPorts: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);
/** Size of struct nfgenmsg. */
const netfilterHeaderSize = 4;

const of = "conntrack message";
const entry = new AttributeTable(of, 27);
const tuple = new AttributeTable(of, 3);
const tuplePart = new AttributeTable(of, 9);
const inner = new AttributeTable(of, 6);
const innermost = new AttributeTable(of, 5);

/** The session that an IPCTNL_MSG_CT_NEW or _DELETE message tells of. Throws `KernelFailure` when it is malformed. */
export function decodeSession(message: NetlinkMessage): KernelSession {
  readEntry(message);
  return sessionRead(message);
}

/** The same, where its mark is wanted: of the others only the mark is looked at, which costs a fifth. */
export function decodeWanted(message: NetlinkMessage, wants: (mark: number) => boolean): KernelSession | undefined {
  readEntry(message);
  return wants(entry.u32be(cta.mark) ?? 0) ? sessionRead(message) : undefined;
}

function readEntry({ view, start, end }: NetlinkMessage): void {
  entry.read(view, start + netfilterHeaderSize, end);
}

function sessionRead(message: NetlinkMessage): KernelSession {
  const counts = { ...decodeCounters(cta.countersOriginal, "Original"), ...decodeCounters(cta.countersReply, "Reply") };
  const timeoutSeconds = entry.u32be(cta.timeout);
  const state = decodeTcpState();
  const connectionZone = entry.u16be(cta.zone) ?? 0;
  return {
    id: entry.u32be(cta.id) ?? 0,
    original: decodeTuple(cta.tupleOriginal, message),
    reply: decodeTuple(cta.tupleReply, message),
    // The kernel leaves a mark of zero out of events.
    mark: entry.u32be(cta.mark) ?? 0,
    ...(connectionZone === 0 ? {} : { connectionZone }),
    ...counts,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...decodeTimes(),
    ...(state === undefined ? {} : { tcpState: state }),
    ...(((entry.u32be(cta.status) ?? 0) & offloadedStatus) === 0 ? {} : { offloaded: true }),
    ...decodeNatRules(),
  };
}

/**
 * Appends a request for all entries whose mark, under `mask`, is `mark`. The kernel filters; a mask of 0 asks for all.
 */
export function encodeDump(writer: MessageWriter, sequence: number, mark: number, mask: number): void {
  const anyFamily = 0;
  writer.begin(conntrackMessage.get, netlinkFlag.request | netlinkFlag.dump, sequence).netfilterHeader(anyFamily, 0);
  if (mask !== 0) writer.attributeU32be(cta.mark, mark).attributeU32be(cta.markMask, mask);
}

/** What the kernel needs to find one entry again: its tuple, zone and id as it wrote them itself. */
export interface ConntrackKey {
  readonly family: number;
  readonly tuple: Uint8Array;
  readonly zone: number | undefined;
  readonly id: number;
}

/** The key of an entry in a dump, copied out of the message's memory, and its mark. */
export function decodeKey(message: NetlinkMessage): { readonly key: ConntrackKey; readonly mark: number } {
  const { view, start, end } = message;
  entry.read(view, start + netfilterHeaderSize, end);
  const tupleBytes = entry.bytes(cta.tupleOriginal);
  const id = entry.u32be(cta.id);
  // A delete without a tuple empties the whole connection table, so such an entry must never become a request.
  if (tupleBytes === undefined || tupleBytes.length === 0 || id === undefined) {
    throw malformed(of, "it has no tuple or no id", view, start, end);
  }
  const key = { family: view.getUint8(start), tuple: tupleBytes.slice(), zone: entry.u16be(cta.zone), id };
  return { key, mark: entry.u32be(cta.mark) ?? 0 };
}

/** Appends a request to delete exactly this entry; answered by ENOENT when it is gone or another has its tuple. */
export function encodeDelete(writer: MessageWriter, flags: number, sequence: number, key: ConntrackKey): void {
  if (key.tuple.length === 0) throw new Error("deleting an entry without its tuple would empty the connection table");
  const nested = 0x8000;
  writer
    .begin(conntrackMessage.delete, netlinkFlag.request | flags, sequence)
    .netfilterHeader(key.family, 0)
    .attribute(cta.tupleOriginal | nested, key.tuple)
    .attributeU32be(cta.id, key.id);
  if (key.zone !== undefined) writer.attributeU16be(cta.zone, key.zone);
}

/**
 * Appends a request to delete all entries whose mark, under `mask`, is `mark`: the kernel walks its table once and asks
 * nobody back (ctnetlink_flush_conntrack). Without a filter it would empty the table, so the mask may never be 0.
 */
export function encodeDeleteMarked(
  writer: MessageWriter,
  sequence: number,
  { mark, mask }: { readonly mark: number; readonly mask: number },
): void {
  if (mask === 0) throw new Error("deleting entries of any mark would empty the connection table");
  const anyFamily = 0;
  writer
    .begin(conntrackMessage.delete, netlinkFlag.request | netlinkFlag.acknowledge, sequence)
    .netfilterHeader(anyFamily, 0)
    .attributeU32be(cta.mark, mark)
    .attributeU32be(cta.markMask, mask);
}

/**
 * Appends a request to change the mark of this entry under `mask`; answered by ENOENT when it is gone. The kernel finds
 * it by its tuple alone: another session with the same tuple has met the same rules.
 */
export function encodeMark(
  writer: MessageWriter,
  flags: number,
  sequence: number,
  key: ConntrackKey,
  { mark, mask }: { readonly mark: number; readonly mask: number },
): void {
  const nested = 0x8000;
  writer
    .begin(conntrackMessage.new, netlinkFlag.request | flags, sequence)
    .netfilterHeader(key.family, 0)
    .attribute(cta.tupleOriginal | nested, key.tuple)
    .attributeU32be(cta.mark, mark)
    .attributeU32be(cta.markMask, mask);
  if (key.zone !== undefined) writer.attributeU16be(cta.zone, key.zone);
}

function decodeTuple(type: number, message: NetlinkMessage): KernelTuple {
  const { view, start, end } = message;
  if (!entry.readNested(type, tuple)) throw malformed(of, "it has no tuple", view, start, end);
  if (!tuple.readNested(tupleIp, tuplePart)) throw malformed(of, "its tuple has no addresses", view, start, end);
  const source = address(ip.v4Source, ip.v6Source);
  const destination = address(ip.v4Destination, ip.v6Destination);
  if (source === undefined || destination === undefined) {
    throw malformed(of, "its tuple lacks an address", view, start, end);
  }
  if (!tuple.readNested(tupleProtocol, tuplePart)) throw malformed(of, "its tuple has no protocol", view, start, end);
  const number = tuplePart.u8(protocol.number);
  if (number === undefined) throw malformed(of, "its tuple has no protocol number", view, start, end);
  return { source, destination, protocol: number, ...decodePorts(number) };
}

function address(v4: number, v6: number): IpAddress | undefined {
  const value4 = tuplePart.u32be(v4);
  if (value4 !== undefined) return { family: 4, value: value4 };
  const value6 = tuplePart.u128be(v6);
  return value6 === undefined ? undefined : { family: 6, value: value6 };
}

function decodePorts(number: number): Partial<KernelTuple> {
  if (protocolsWithPorts.has(number)) {
    const sourcePort = tuplePart.u16be(protocol.sourcePort);
    const destinationPort = tuplePart.u16be(protocol.destinationPort);
    return sourcePort === undefined || destinationPort === undefined ? {} : { sourcePort, destinationPort };
  }
  const icmpType = tuplePart.u8(protocol.icmpType) ?? tuplePart.u8(protocol.icmp6Type);
  const icmpCode = tuplePart.u8(protocol.icmpCode) ?? tuplePart.u8(protocol.icmp6Code);
  const icmpId = tuplePart.u16be(protocol.icmpId) ?? tuplePart.u16be(protocol.icmp6Id);
  if (icmpType === undefined || icmpCode === undefined || icmpId === undefined) return {};
  return { icmpType, icmpCode, icmpId };
}

function decodeCounters(type: number, direction: "Original" | "Reply"): Partial<KernelSession> {
  if (!entry.readNested(type, inner)) return {};
  const packets = inner.u64be(counter.packets);
  const bytes = inner.u64be(counter.bytes);
  if (packets === undefined || bytes === undefined) return {};
  return direction === "Original"
    ? { packetsOriginal: packets, bytesOriginal: bytes }
    : { packetsReply: packets, bytesReply: bytes };
}

function decodeTimes(): Partial<KernelSession> {
  if (!entry.readNested(cta.timestamp, inner)) return {};
  const startedNs = inner.bigU64be(timestamp.start);
  const endedNs = inner.bigU64be(timestamp.stop);
  return {
    ...(startedNs === undefined ? {} : { startedNs }),
    ...(endedNs === undefined ? {} : { endedNs }),
  };
}

/** The first two words of the label, in the byte order of the machine (compiler/nat/nat-rules.ts writes them). */
function decodeNatRules(): Partial<KernelSession> {
  const label = entry.bytes(cta.labels);
  if (label === undefined || label.length < 8) return {};
  const view = new DataView(label.buffer, label.byteOffset, label.length);
  const [destination, source] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (destination === 0 && source === 0) return {};
  return {
    natRules: { ...(destination === 0 ? {} : { destination }), ...(source === 0 ? {} : { source }) },
  };
}

function decodeTcpState(): string | undefined {
  if (!entry.readNested(cta.protoInfo, inner) || !inner.readNested(protoInfoTcp, innermost)) return undefined;
  const state = innermost.u8(tcpState);
  // A later kernel may have states that have no name here yet; the number still tells them apart.
  return state === undefined ? undefined : (tcpStates[state] ?? `STATE_${state}`);
}
