// Ethernet frames with IPv4 or IPv6 and TCP, UDP, ICMP or anything else inside, built and read byte by byte, so that a
// story can send what no socket would and say exactly what came out. Formats: RFC 791, 8200, 9293, 768, 792, 4443;
// checksums: RFC 1071 with the pseudo-headers of RFC 9293 section 3.1 and RFC 8200 section 8.1.

import { parseIp } from "@merlon/model/ip/address.ts";

export interface Frame {
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** Both of one family. */
  readonly source: string;
  readonly destination: string;
  /** Time to live or hop limit; 64 when absent. */
  readonly hopLimit?: number;
  readonly content: FrameContent;
}

export type FrameContent =
  | {
      readonly kind: "udp";
      readonly sourcePort: number;
      readonly destinationPort: number;
      readonly payload: Uint8Array;
    }
  | {
      readonly kind: "tcp";
      readonly sourcePort: number;
      readonly destinationPort: number;
      readonly sequence: number;
      readonly acknowledgement: number;
      /** The flag bits from FIN (1) to CWR (128). */
      readonly flags: number;
      readonly payload: Uint8Array;
    }
  /** ICMP over IPv4, ICMPv6 over IPv6; `body` is what follows the checksum. */
  | { readonly kind: "icmp"; readonly type: number; readonly code: number; readonly body: Uint8Array }
  /** Any other IP protocol, without a checksum of ours. */
  | { readonly kind: "other"; readonly protocol: number; readonly payload: Uint8Array };

export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;
export const ethernetSizeBytes = 14;
const ipv4SizeBytes = 20;
const ipv6SizeBytes = 40;
const tcpSizeBytes = 20;
const udpSizeBytes = 8;
/** The length field of IPv4 has 16 bits. */
const packetSizeBytesMax = 65_535;

const protocols = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** The frame's bytes. Throws when the addresses are of two families or the packet is too long. */
export function buildFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const source = addressBytes(frame.source);
  const destination = addressBytes(frame.destination);
  if (source.length !== destination.length) {
    throw new Error(`${frame.source} and ${frame.destination} are of different families`);
  }
  const family = source.length === 4 ? 4 : 6;
  const protocol = protocolOf(frame.content, family);
  const body = contentBytes(frame.content);
  setContentChecksum(body, frame.content.kind, pseudoHeader(source, destination, protocol, body.length));
  const headerSize = family === 4 ? ipv4SizeBytes : ipv6SizeBytes;
  if (headerSize + body.length > packetSizeBytesMax) throw new Error(`a packet of ${body.length} bytes is too long`);
  const bytes = new Uint8Array(ethernetSizeBytes + headerSize + body.length);
  bytes.set(macBytes(frame.destinationMac), 0);
  bytes.set(macBytes(frame.sourceMac), 6);
  const view = new DataView(bytes.buffer);
  view.setUint16(12, family === 4 ? etherTypes.ipv4 : etherTypes.ipv6);
  const header = new DataView(bytes.buffer, ethernetSizeBytes, headerSize);
  const hopLimit = frame.hopLimit ?? 64;
  if (family === 4) {
    header.setUint8(0, 0x45);
    header.setUint16(2, ipv4SizeBytes + body.length);
    header.setUint16(6, 0x4000); // Do not fragment.
    header.setUint8(8, hopLimit);
    header.setUint8(9, protocol);
    bytes.set(source, ethernetSizeBytes + 12);
    bytes.set(destination, ethernetSizeBytes + 16);
    header.setUint16(10, checksum(bytes.subarray(ethernetSizeBytes, ethernetSizeBytes + ipv4SizeBytes)));
  } else {
    header.setUint8(0, 0x60);
    header.setUint16(4, body.length);
    header.setUint8(6, protocol);
    header.setUint8(7, hopLimit);
    bytes.set(source, ethernetSizeBytes + 8);
    bytes.set(destination, ethernetSizeBytes + 24);
  }
  bytes.set(body, ethernetSizeBytes + headerSize);
  return bytes;
}

/** The internet checksum: the complement of the ones' complement sum of 16-bit words. */
export function checksum(...parts: readonly Uint8Array[]): number {
  return ~fold(parts.reduce((sum, part) => sum + sumOf(part), 0)) & 0xffff;
}

/** The sum of 16-bit words, an odd last byte as the high half of a word; not folded. */
export function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return even === bytes.length ? sum : sum + ((bytes[even] ?? 0) << 8);
}

export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 65_536);
  return folded;
}

/** What the checksum of TCP, UDP and ICMPv6 covers besides the content: addresses, length, protocol. */
export function pseudoHeader(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  lengthBytes: number,
): Uint8Array {
  const bytes = new Uint8Array(source.length + destination.length + 8);
  bytes.set(source, 0);
  bytes.set(destination, source.length);
  const view = new DataView(bytes.buffer, source.length + destination.length);
  view.setUint32(0, lengthBytes);
  view.setUint32(4, protocol);
  return bytes;
}

export function protocolOf(content: FrameContent, family: 4 | 6): number {
  switch (content.kind) {
    case "udp":
      return protocols.udp;
    case "tcp":
      return protocols.tcp;
    case "icmp":
      return family === 4 ? protocols.icmp : protocols.icmp6;
    case "other":
      return content.protocol;
  }
}

/** Four bytes for IPv4, sixteen for IPv6. */
export function addressBytes(text: string): Uint8Array {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`"${text}" is not an IP address`);
  return Uint8Array.fromHex(address.value.toString(16).padStart(address.family === 4 ? 8 : 32, "0"));
}

function macBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw new Error(`"${text}" is not a MAC address`);
  return Uint8Array.fromHex(text.replaceAll(":", ""));
}

/** The content with its checksum field zero. */
function contentBytes(content: FrameContent): Uint8Array<ArrayBuffer> {
  switch (content.kind) {
    case "udp": {
      const { view, bytes } = room(udpSizeBytes, content.payload);
      view.setUint16(0, content.sourcePort);
      view.setUint16(2, content.destinationPort);
      view.setUint16(4, bytes.length);
      return bytes;
    }
    case "tcp": {
      const { view, bytes } = room(tcpSizeBytes, content.payload);
      view.setUint16(0, content.sourcePort);
      view.setUint16(2, content.destinationPort);
      view.setUint32(4, content.sequence);
      view.setUint32(8, content.acknowledgement);
      view.setUint8(12, (tcpSizeBytes / 4) << 4);
      view.setUint8(13, content.flags);
      view.setUint16(14, 65_535);
      return bytes;
    }
    case "icmp": {
      const { view, bytes } = room(4, content.body);
      view.setUint8(0, content.type);
      view.setUint8(1, content.code);
      return bytes;
    }
    case "other":
      return Uint8Array.from(content.payload);
  }
}

function room(headerSizeBytes: number, payload: Uint8Array) {
  const bytes = new Uint8Array(headerSizeBytes + payload.length);
  bytes.set(payload, headerSizeBytes);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Offsets of the checksum in each content. */
const checksumOffsets = { udp: 6, tcp: 16, icmp: 2 } as const;

function setContentChecksum(body: Uint8Array<ArrayBuffer>, kind: FrameContent["kind"], pseudo: Uint8Array): void {
  if (kind === "other") return;
  // ICMP over IPv4 alone has no pseudo-header; its pseudo-header is the one of twice 4 + 8 bytes.
  const sum = kind === "icmp" && pseudo.length === 16 ? checksum(body) : checksum(pseudo, body);
  // RFC 768: a UDP checksum of zero is sent as all ones, because zero means none.
  const value = kind === "udp" && sum === 0 ? 0xffff : sum;
  new DataView(body.buffer).setUint16(checksumOffsets[kind], value);
}
