// The tuple of a packet from its first bytes, which may end anywhere: what was not copied stays absent. For packets
// that a log rule hands over, so a packet that makes no sense is answered with undefined and never with an error.
// Formats: RFC 791, RFC 8200 section 4 (extension headers), RFC 4302 section 2.2 (the odd length unit of AH), RFC 792,
// RFC 4443; protocol numbers by IANA.

import type { KernelTuple } from "./kernel.ts";

export interface PacketHeader {
  readonly tuple: KernelTuple;
  /** By the IP header; the whole packet's, however much of it was copied. Bytes. */
  readonly length: number;
}

const protocolNumber = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const;
const extension = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destination: 60 } as const;
/** Mobility, HIP and Shim6 have the same shape as the generic extension header. */
const genericExtensions: ReadonlySet<number> = new Set([
  extension.hopByHop,
  extension.routing,
  extension.destination,
  135,
  139,
  140,
]);
/** More than any honest packet has; a chain that goes on counts as a packet of the protocol where we stopped. */
const extensionsMax = 8;

/** The header that stands between `start` and `end`; undefined when that is not an IP packet. */
export function readPacketHeader(view: DataView, start: number, end: number): PacketHeader | undefined {
  if (end - start < 1) return undefined;
  const version = view.getUint8(start) >>> 4;
  if (version === 4) return readIpv4(view, start, end);
  if (version === 6) return readIpv6(view, start, end);
  return undefined;
}

function readIpv4(view: DataView, start: number, end: number): PacketHeader | undefined {
  if (end - start < 20) return undefined;
  const headerLength = (view.getUint8(start) & 15) * 4;
  if (headerLength < 20) return undefined;
  const protocol = view.getUint8(start + 9);
  const fragmentOffset = view.getUint16(start + 6) & 0x1fff;
  const transport = fragmentOffset === 0 ? readTransport(view, start + headerLength, end, protocol) : {};
  return {
    length: view.getUint16(start + 2),
    tuple: {
      source: { family: 4, value: view.getUint32(start + 12) },
      destination: { family: 4, value: view.getUint32(start + 16) },
      protocol,
      ...transport,
    },
  };
}

function readIpv6(view: DataView, start: number, end: number): PacketHeader | undefined {
  const headerLength = 40;
  if (end - start < headerLength) return undefined;
  const { protocol, at } = skipExtensions(view, start + headerLength, end, view.getUint8(start + 6));
  const transport = at === undefined ? {} : readTransport(view, at, end, protocol);
  return {
    length: headerLength + view.getUint16(start + 4),
    tuple: {
      source: { family: 6, value: bigUint128(view, start + 8) },
      destination: { family: 6, value: bigUint128(view, start + 24) },
      protocol,
      ...transport,
    },
  };
}

/** Where the transport header begins, or undefined when it is in another fragment or was not copied. */
function skipExtensions(
  view: DataView,
  start: number,
  end: number,
  first: number,
): { readonly protocol: number; readonly at: number | undefined } {
  let protocol = first;
  let at = start;
  for (let count = 0; count < extensionsMax; count++) {
    const isFragment = protocol === extension.fragment;
    const isAuthentication = protocol === extension.authentication;
    if (!isFragment && !isAuthentication && !genericExtensions.has(protocol)) return { protocol, at };
    if (end - at < 8) return { protocol, at: undefined };
    const next = view.getUint8(at);
    if (isFragment && view.getUint16(at + 2) >>> 3 !== 0) return { protocol: next, at: undefined };
    const lengthField = view.getUint8(at + 1);
    at += isFragment ? 8 : isAuthentication ? (lengthField + 2) * 4 : (lengthField + 1) * 8;
    protocol = next;
  }
  return { protocol, at: undefined };
}

function readTransport(view: DataView, at: number, end: number, protocol: number): Partial<KernelTuple> {
  switch (protocol) {
    case protocolNumber.tcp:
    case protocolNumber.udp:
    case protocolNumber.sctp:
      if (end - at < 4) return {};
      return { sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
    case protocolNumber.icmp:
    case protocolNumber.icmp6:
      return readIcmp(view, at, end, protocol);
    default:
      return {};
  }
}

function readIcmp(view: DataView, at: number, end: number, protocol: number): Partial<KernelTuple> {
  if (end - at < 2) return {};
  const icmpType = view.getUint8(at);
  const icmpCode = view.getUint8(at + 1);
  const queries = protocol === protocolNumber.icmp ? icmpQueries : icmp6Queries;
  if (!queries.has(icmpType) || end - at < 6) return { icmpType, icmpCode };
  return { icmpType, icmpCode, icmpId: view.getUint16(at + 4) };
}

/** The types that carry an identifier: echo, timestamp, information and address mask, each with its reply. */
const icmpQueries: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);
const icmp6Queries: ReadonlySet<number> = new Set([128, 129]);

function bigUint128(view: DataView, at: number): bigint {
  return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
}
