// Reads back what `frames.ts` builds, from bytes that a packet socket received: the fields that a story compares. Frames
// that are not IP, cut off, or carry IP options or extension headers are `undefined`; checksums are verified on request.

import { formatIpv4, formatIpv6 } from "@merlon/model/ip/address.ts";
import { checksum, etherTypes, ethernetSizeBytes, pseudoHeader } from "./frames.ts";
import type { Frame, FrameContent } from "./frames.ts";

export interface ParsedFrame extends Frame {
  readonly family: 4 | 6;
  readonly hopLimit: number;
  /** The IP header's (IPv4) and the content's checksums are right. */
  readonly checksumsRight: boolean;
}

export function parseFrame(bytes: Uint8Array): ParsedFrame | undefined {
  if (bytes.length < ethernetSizeBytes + 20) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint16(12);
  const packet = bytes.subarray(ethernetSizeBytes);
  const header = type === etherTypes.ipv4 ? readIpv4(packet) : type === etherTypes.ipv6 ? readIpv6(packet) : undefined;
  if (header === undefined) return undefined;
  const content = readContent(header.body, header.protocol, header.family);
  if (content === undefined) return undefined;
  return {
    destinationMac: macText(bytes.subarray(0, 6)),
    sourceMac: macText(bytes.subarray(6, 12)),
    source: addressText(header.source),
    destination: addressText(header.destination),
    family: header.family,
    hopLimit: header.hopLimit,
    content,
    checksumsRight: header.headerRight && contentRight(header, content),
  };
}

interface Header {
  readonly family: 4 | 6;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly hopLimit: number;
  readonly headerRight: boolean;
  readonly body: Uint8Array;
}

function readIpv4(packet: Uint8Array): Header | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const length = view.getUint16(2);
  // Options and fragments are not built here, so they are not read either.
  if (packet[0] !== 0x45 || length < 20 || length > packet.length || (view.getUint16(6) & 0x3fff) !== 0)
    return undefined;
  return {
    family: 4,
    source: packet.subarray(12, 16),
    destination: packet.subarray(16, 20),
    protocol: view.getUint8(9),
    hopLimit: view.getUint8(8),
    headerRight: checksum(packet.subarray(0, 20)) === 0,
    // Short frames are padded to 60 bytes by Ethernet; the header knows the true length.
    body: packet.subarray(20, length),
  };
}

function readIpv6(packet: Uint8Array): Header | undefined {
  if (packet.length < 40 || (packet[0] ?? 0) >>> 4 !== 6) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const length = view.getUint16(4);
  if (40 + length > packet.length) return undefined;
  return {
    family: 6,
    source: packet.subarray(8, 24),
    destination: packet.subarray(24, 40),
    protocol: view.getUint8(6),
    hopLimit: view.getUint8(7),
    headerRight: true,
    body: packet.subarray(40, 40 + length),
  };
}

function readContent(body: Uint8Array, protocol: number, family: 4 | 6): FrameContent | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  switch (protocol) {
    case 17:
      if (body.length < 8) return undefined;
      return { kind: "udp", sourcePort: view.getUint16(0), destinationPort: view.getUint16(2), payload: body.slice(8) };
    case 6: {
      const size = body.length < 20 ? 0 : (view.getUint8(12) >>> 4) * 4;
      if (size < 20 || size > body.length) return undefined;
      return {
        kind: "tcp",
        sourcePort: view.getUint16(0),
        destinationPort: view.getUint16(2),
        sequence: view.getUint32(4),
        acknowledgement: view.getUint32(8),
        flags: view.getUint8(13),
        payload: body.slice(size),
      };
    }
    case family === 4 ? 1 : 58:
      if (body.length < 4) return undefined;
      return { kind: "icmp", type: view.getUint8(0), code: view.getUint8(1), body: body.slice(4) };
    default:
      return { kind: "other", protocol, payload: body.slice() };
  }
}

function contentRight({ family, source, destination, protocol, body }: Header, content: FrameContent): boolean {
  if (content.kind === "other") return true;
  if (content.kind === "icmp" && family === 4) return checksum(body) === 0;
  return checksum(pseudoHeader(source, destination, protocol, body.length), body) === 0;
}

function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function addressText(bytes: Uint8Array): string {
  const hex = bytes.toHex();
  return bytes.length === 4 ? formatIpv4(Number.parseInt(hex, 16)) : formatIpv6(BigInt(`0x${hex}`));
}
