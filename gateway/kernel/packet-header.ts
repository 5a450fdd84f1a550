// The tuple of a packet from its first bytes, which may end anywhere: what was not copied stays absent. For packets
// that a log rule hands over, so a packet that makes no sense is answered with undefined and never with an error.
// Formats: RFC 791, RFC 8200 section 4 (extension headers), RFC 4302 section 2.2 (the odd length unit of AH), RFC 792,
// RFC 4443; protocol numbers by IANA.

import type { Fragment, KernelTuple } from "./kernel.ts";

export interface PacketHeader {
  readonly tuple: KernelTuple;
  /** By the IP header; the whole packet's, however much of it was copied. Bytes. */
  readonly length: number;
  /** Of a packet that is one. */
  readonly fragment?: Fragment;
}

const protocolNumber = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const;
const fragmentHeaderBytes = 8;
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
  const length = view.getUint16(start + 2);
  const place = view.getUint16(start + 6);
  const [offset, more] = [(place & 0x1fff) * 8, (place & 0x2000) !== 0];
  const transport = offset === 0 ? readTransport(view, start + headerLength, end, protocol) : {};
  const fragment = { id: view.getUint16(start + 4), offset, size: length - headerLength, more };
  return {
    length,
    ...(more || offset > 0 ? { fragment } : {}),
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
  const { protocol, at, fragmentAt } = skipExtensions(view, start + headerLength, end, view.getUint8(start + 6));
  const transport = at === undefined ? {} : readTransport(view, at, end, protocol);
  const length = headerLength + view.getUint16(start + 4);
  const fragment = fragmentAt === undefined ? undefined : readFragment(view, fragmentAt, start + length);
  return {
    length,
    ...(fragment === undefined ? {} : { fragment }),
    tuple: {
      source: { family: 6, value: bigUint128(view, start + 8) },
      destination: { family: 6, value: bigUint128(view, start + 24) },
      protocol,
      ...transport,
    },
  };
}

/** Undefined where the header says that the packet is whole. */
function readFragment(view: DataView, at: number, packetEnd: number): Fragment | undefined {
  const place = view.getUint16(at + 2);
  const [offset, more] = [place & 0xfff8, (place & 1) !== 0];
  const size = packetEnd - at - fragmentHeaderBytes;
  return more || offset > 0 ? { id: view.getUint32(at + 4), offset, size, more } : undefined;
}

/** Where the transport header begins, or undefined when it is in another fragment or was not copied. */
function skipExtensions(
  view: DataView,
  start: number,
  end: number,
  first: number,
): { readonly protocol: number; readonly at: number | undefined; readonly fragmentAt: number | undefined } {
  let protocol = first;
  let at = start;
  let fragmentAt: number | undefined;
  for (let count = 0; count < extensionsMax; count++) {
    const isFragment = protocol === extension.fragment;
    const isAuthentication = protocol === extension.authentication;
    if (!isFragment && !isAuthentication && !genericExtensions.has(protocol)) return { protocol, at, fragmentAt };
    if (end - at < 8) return { protocol, at: undefined, fragmentAt };
    const next = view.getUint8(at);
    if (isFragment) fragmentAt ??= at;
    if (isFragment && view.getUint16(at + 2) >>> 3 !== 0) return { protocol: next, at: undefined, fragmentAt };
    const lengthField = view.getUint8(at + 1);
    at += isFragment ? fragmentHeaderBytes : isAuthentication ? (lengthField + 2) * 4 : (lengthField + 1) * 8;
    protocol = next;
  }
  return { protocol, at: undefined, fragmentAt };
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
