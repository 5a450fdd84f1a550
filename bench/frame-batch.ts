// UDP frames that go into a device 64 with each system call, through a packet socket. They are made once; for a new flow only
// the source port is written, so that sending costs little beside what is measured.

import { buildFrame } from "@merlon/lab/frames.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import {
  MessageBatch,
  addressFamily,
  bindSocket,
  interfaceIndex,
  openSocket,
  setSocketOption,
  socketLevel,
  socketType,
} from "@merlon/gateway/kernel/libc.ts";
import { benchAddress } from "./bench-address.ts";
import { hostDevice } from "./bench-network.ts";
import type { FlowEntry } from "./load-job.ts";

export const framesPerCall = 64;
export const firstSourcePort = 1_024;
export const sourcePortCount = 65_536 - firstSourcePort;

/** Ethernet, IP and UDP need 42 or 62; the rest is payload. */
const payloadSizeBytes = 18;
const slotSizeBytes = { 4: 64, 6: 96 } as const;
const udpOffset = { 4: 14 + 20, 6: 14 + 40 } as const;
const udpSizeBytes = 8;
const destinationPortOffset = 2;
const checksumOffset = 6;
/** PACKET_QDISC_BYPASS of linux/if_packet.h: straight to the driver. */
const qdiscBypass = 20;

/** A packet socket for sending on the device of a host. The caller closes it. */
export function openSender(host: string): number {
  return inNetwork(host, () => {
    const index = interfaceIndex(hostDevice);
    if (index === undefined) throw new Error(`the host ${host} has no ${hostDevice}`);
    const fd = openSocket(addressFamily.packet, socketType.raw, 0);
    setSocketOption(fd, socketLevel.packet, qdiscBypass, 1);
    // struct sockaddr_ll: family 0, protocol 2, interface index 4. Protocol 0 receives nothing.
    const address = new DataView(new ArrayBuffer(20));
    address.setUint16(0, addressFamily.packet, true);
    address.setUint32(4, index, true);
    bindSocket(fd, new Uint8Array(address.buffer));
    return fd;
  });
}

/** The addresses of the entry in batches of 64, again from the beginning where the last one is not full. */
export function batchesOf(entry: FlowEntry): readonly FrameBatch[] {
  if (entry.addresses.length === 0) throw new Error("an entry without addresses");
  return Array.from({ length: Math.ceil(entry.addresses.length / framesPerCall) }, (_, at) => {
    return new FrameBatch(entry, at * framesPerCall);
  });
}

export class FrameBatch {
  readonly #batch: MessageBatch;
  readonly #view: DataView;
  readonly #udpOffset: number;
  readonly #slotSizeBytes: number;
  /** Of each frame, without the source port. Undefined over IPv4, where a checksum of 0 means none. */
  readonly #sums: Uint32Array | undefined;

  /** The entry's pairs of addresses from `firstPair` on, one for each frame. */
  constructor(entry: FlowEntry, firstPair: number) {
    const { family, addresses } = entry;
    this.#slotSizeBytes = slotSizeBytes[family];
    this.#udpOffset = udpOffset[family];
    this.#batch = new MessageBatch(framesPerCall, this.#slotSizeBytes);
    this.#view = new DataView(this.#batch.bytes.buffer);
    const sums = new Uint32Array(framesPerCall);
    this.#sums = family === 6 ? sums : undefined;
    for (let slot = 0; slot < framesPerCall; slot++) {
      const pair = addresses[(firstPair + slot) % addresses.length];
      if (pair === undefined) throw new Error("an entry without addresses");
      const frame = frameOf(entry, pair);
      const view = new DataView(frame.buffer, frame.byteOffset);
      sums[slot] = ~view.getUint16(this.#udpOffset + checksumOffset) & 0xffff;
      if (family === 4) view.setUint16(this.#udpOffset + checksumOffset, 0);
      this.#batch.bytes.set(frame, this.#batch.offsetOf(slot));
      this.#batch.setLength(slot, frame.length);
    }
    this.setSourcePort(entry.sourcePort ?? firstSourcePort);
  }

  setSourcePort(port: number): void {
    for (let slot = 0; slot < framesPerCall; slot++) {
      const at = slot * this.#slotSizeBytes + this.#udpOffset;
      this.#view.setUint16(at, port);
      const sum = this.#sums?.[slot];
      if (sum !== undefined) this.#view.setUint16(at + checksumOffset, checksumOf(sum + port));
    }
  }

  /** Sends every second frame to another port. IPv4 only, as below: there the checksum stays what it is. */
  setOddPort(port: number): void {
    for (let slot = 1; slot < framesPerCall; slot += 2) {
      this.#view.setUint16(slot * this.#slotSizeBytes + this.#udpOffset + destinationPortOffset, port);
    }
  }

  /** Writes a number into the payload of a frame. */
  setNumber(slot: number, number: number): void {
    this.#view.setUint32(slot * this.#slotSizeBytes + this.#udpOffset + udpSizeBytes, number);
  }

  /** As they will be sent. */
  frames(): readonly Uint8Array[] {
    return Array.from({ length: framesPerCall }, (_, slot) => {
      const at = this.#batch.offsetOf(slot);
      return this.#batch.bytes.slice(at, at + this.#udpOffset + udpSizeBytes + payloadSizeBytes);
    });
  }

  /** Throws when the kernel did not take all frames. */
  send(fd: number): void {
    if (this.#batch.send(fd, framesPerCall) !== framesPerCall)
      throw new Error("the kernel took only a part of the frames");
  }
}

/** With source port 0. */
function frameOf({ family, gatewayMac, destinationPort }: FlowEntry, pair: FlowEntry["addresses"][number]) {
  return buildFrame({
    sourceMac: "02:00:00:00:01:00",
    destinationMac: gatewayMac,
    source: benchAddress(family, pair.source),
    destination: benchAddress(family, pair.destination),
    content: { kind: "udp", sourcePort: 0, destinationPort, payload: new Uint8Array(payloadSizeBytes) },
  });
}

/** 0 would mean that there is none, which IPv6 does not allow (RFC 8200 section 8.1). */
function checksumOf(sum: number): number {
  const folded = (sum & 0xffff) + (sum >>> 16);
  const checksum = ~((folded & 0xffff) + (folded >>> 16)) & 0xffff;
  return checksum === 0 ? 0xffff : checksum;
}
