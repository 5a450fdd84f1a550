// Loads and checks of packets carried out in memory, on the bytes of an IP packet, as the kernel does it
// (nft_payload.c, nft_exthdr.c with ipv6_find_hdr, nft_meta.c).

import type { NftPacketLoad } from "../nft/packet-check.ts";

export interface CheckedPacket {
  /** From the IP header on. */
  readonly bytes?: Uint8Array;
  readonly tcpFlags?: number;
  readonly protocol: number;
  /** Whether its source is an address of the machine itself. */
  readonly fromGateway?: boolean;
  /** Whether its destination is an address of the device that it came in by. */
  readonly toGateway?: boolean;
  /** The device that the route back to the source leads out by. */
  readonly routeBack?: string;
}

/** Undefined where the packet has no such thing. */
export function loadPacket(
  load: Exclude<NftPacketLoad, { kind: "original" }>,
  packet: CheckedPacket,
): Uint8Array | undefined {
  const { bytes } = packet;
  if (load.kind === "route-back") {
    const device = new Uint8Array(16);
    device.set(Buffer.from(packet.routeBack ?? ""));
    return device;
  }
  if (load.kind === "source-type") return Uint8Array.of(packet.fromGateway === true ? 2 : 1, 0, 0, 0);
  if (load.kind === "destination-type") return Uint8Array.of(packet.toGateway === true ? 2 : 1, 0, 0, 0);
  if (bytes === undefined) {
    const isFlags = load.kind === "bytes" && load.header === "transport" && load.offset === 13;
    if (!isFlags) throw new Error(`${load.kind} is not carried out without the packet's bytes`);
    return packet.protocol === 6 ? Uint8Array.of(packet.tcpFlags ?? 2) : undefined;
  }
  switch (load.kind) {
    case "bytes": {
      const start = load.header === "network" ? 0 : transportOf(bytes)?.at;
      return start === undefined ? undefined : cut(bytes, start + load.offset, load.length);
    }
    case "has-extension":
      return Uint8Array.of(findHeader(bytes, load.header) === undefined ? 0 : 1);
    case "extension": {
      const at = findHeader(bytes, load.header);
      return at === undefined ? undefined : cut(bytes, at + load.offset, load.length);
    }
    case "has-ip-option":
      return Uint8Array.of(ipOptionsOf(bytes).includes(load.option) ? 1 : 0);
    case "packet-length": {
      const word = new Uint8Array(4);
      new DataView(word.buffer).setUint32(0, bytes.length, true);
      return word;
    }
  }
}

/** The protocol and where its header begins; undefined when the packet ends before. */
export function transportOf(bytes: Uint8Array): { readonly protocol: number; readonly at: number } | undefined {
  if ((bytes[0] ?? 0) >>> 4 === 4) return { protocol: bytes[9] ?? 0, at: ((bytes[0] ?? 0) & 15) * 4 };
  const end = walkHeaders(bytes, undefined);
  return end === undefined ? undefined : { protocol: end.number, at: end.at };
}

function findHeader(bytes: Uint8Array, wanted: number): number | undefined {
  const found = walkHeaders(bytes, wanted);
  return found?.number === wanted ? found.at : undefined;
}

const extensionHeaders: ReadonlySet<number> = new Set([0, 43, 44, 51, 60]);

/** As ipv6_find_hdr: up to the wanted header, else to the first that is no extension header. */
function walkHeaders(bytes: Uint8Array, wanted: number | undefined): { number: number; at: number } | undefined {
  let [number, at] = [bytes[6] ?? 59, 40];
  while (number !== wanted && extensionHeaders.has(number)) {
    if (at + 2 > bytes.length) return undefined;
    const length = number === 51 ? ((bytes[at + 1] ?? 0) + 2) * 4 : number === 44 ? 8 : ((bytes[at + 1] ?? 0) + 1) * 8;
    number = bytes[at] ?? 59;
    at += length;
  }
  return { number, at };
}

/** The types of the options, as far as they add up. */
function ipOptionsOf(bytes: Uint8Array): readonly number[] {
  const end = ((bytes[0] ?? 0) & 15) * 4;
  const types: number[] = [];
  for (let at = 20; at < end;) {
    const type = bytes[at] ?? 0;
    if (type === 0) break;
    const length = type === 1 ? 1 : (bytes[at + 1] ?? 0);
    if (length < 1 || (type !== 1 && length < 2) || at + length > end) return [];
    types.push(type);
    at += length;
  }
  return types;
}

function cut(bytes: Uint8Array, at: number, length: number): Uint8Array | undefined {
  return at + length > bytes.length ? undefined : bytes.slice(at, at + length);
}
