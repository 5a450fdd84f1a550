// Packets that a log rule copies to user space (NFLOG): the requests that take a log group over, and the decoder.
// Format: linux/netfilter/nfnetlink_log.h of Linux 6.1; behaviour from net/netfilter/nfnetlink_log.c: the kernel
// collects packets per group until the rule's queue threshold, the buffer or the timeout is reached; each one carries a
// sequence number that counts even the packets it could not deliver, so losses are known exactly.

import type { LoggedPacket } from "./kernel.ts";
import { AttributeTable, malformed, netlinkFlag } from "./netlink-message.ts";
import type { MessageWriter, NetlinkMessage } from "./netlink-message.ts";
import { readPacketHeader } from "./packet-header.ts";

/** NFNL_SUBSYS_ULOG in the high byte, NFULNL_MSG_* in the low one. */
export const packetLogMessage = { packet: 0x400, configure: 0x401 } as const;

/** The group that Merlon's log rules name. */
export const packetLogGroup = 5;

/** Enough for an IPv6 header, eight extension headers of common size and the ports; the rule's snaplen may be less. */
const copyBytes = 256;
/** One datagram's worth of packets, within a receive slot. */
const kernelBufferBytes = 32_000;
/** Hundredths of a second after which the kernel delivers a batch that is not full. */
const flushTimeoutCentiseconds = 1;
const queueThresholdMax = 64;

const config = { command: 1, mode: 2, bufferSize: 3, timeout: 4, queueThreshold: 5, flags: 6 } as const;
const command = { bind: 1 } as const;
const copyPacket = 2;
const flagSequence = 1;

const attribute = {
  mark: 2,
  inDevice: 4,
  outDevice: 5,
  inPort: 6,
  outPort: 7,
  payload: 9,
  prefix: 10,
  sequence: 12,
} as const;
const attributes = new AttributeTable("packet log message", 19);

/**
 * Appends the request that binds `group` to the sending socket and sets it up, all in one message so that the very
 * first packet is numbered. Refused with EPERM when another socket has the group; closing the socket gives it back.
 */
export function encodeBind(writer: MessageWriter, sequence: number, group: number): void {
  writer
    .begin(packetLogMessage.configure, netlinkFlag.request | netlinkFlag.acknowledge, sequence)
    .netfilterHeader(0, group)
    .attributeU8(config.command, command.bind)
    // struct nfulnl_msg_config_mode is packed: range (big-endian), mode, padding.
    .attribute(config.mode, Uint8Array.of(0, 0, copyBytes >>> 8, copyBytes & 0xff, copyPacket, 0))
    .attributeU32be(config.bufferSize, kernelBufferBytes)
    .attributeU32be(config.timeout, flushTimeoutCentiseconds)
    .attributeU32be(config.queueThreshold, queueThresholdMax)
    .attributeU16be(config.flags, flagSequence);
}

/** A logged packet and its sequence number. Throws `KernelFailure` when the message is malformed. */
export function decodeLoggedPacket(
  message: NetlinkMessage,
  deviceName: (index: number) => string | undefined,
): { readonly packet: LoggedPacket; readonly sequence: number } {
  const { view, start, end } = message;
  const sequence = decodePacketSequence(message);
  const header = attributes.has(attribute.payload)
    ? readPacketHeader(view, attributes.startOf(attribute.payload), attributes.endOf(attribute.payload))
    : undefined;
  if (header === undefined) throw malformed("packet log message", "it holds no IP packet", view, start, end);
  // Of a frame that crosses a bridge the devices are the bridge, and the ports say more (NFULA_IFINDEX_PHYSINDEV).
  const device = (port: number, whole: number): string | undefined =>
    nameOf(attributes.u32be(port) ?? attributes.u32be(whole), deviceName);
  const inDevice = device(attribute.inPort, attribute.inDevice);
  const outDevice = device(attribute.outPort, attribute.outDevice);
  return {
    sequence,
    packet: {
      mark: attributes.u32be(attribute.mark) ?? 0,
      prefix: attributes.text(attribute.prefix) ?? "",
      ...(inDevice === undefined ? {} : { inDevice }),
      ...(outDevice === undefined ? {} : { outDevice }),
      tuple: header.tuple,
      length: header.length,
      ...(header.fragment === undefined ? {} : { fragment: header.fragment }),
    },
  };
}

function decodePacketSequence(message: NetlinkMessage): number {
  const { view, start, end } = message;
  // Behind struct nfgenmsg, 4 bytes.
  attributes.read(view, start + 4, end);
  const sequence = attributes.u32be(attribute.sequence);
  if (sequence === undefined) throw malformed("packet log message", "it has no sequence number", view, start, end);
  return sequence;
}

function nameOf(index: number | undefined, deviceName: (index: number) => string | undefined): string | undefined {
  return index === undefined || index === 0 ? undefined : deviceName(index);
}
