// Sends UDP frames through packet sockets, 64 with each system call. The frames are made once; for a new flow only the
// source port is written, so that sending costs little beside what is measured. Runs on the load thread.

import { buildFrame } from "@merlon/lab/frames.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import {
  MessageBatch,
  addressFamily,
  bindSocket,
  closeFile,
  interfaceIndex,
  openSocket,
  setSocketOption,
  socketLevel,
  socketType,
} from "@merlon/gateway/kernel/libc.ts";
import { formatIpv4 } from "@merlon/model/ip/address.ts";
import { hostDevice } from "./bench-network.ts";
import { LoadClock } from "./load-clock.ts";
import type { FlowEntry, LoadLimit, LoadReport } from "./load-job.ts";

export const framesPerCall = 64;
const slotSizeBytes = 64;
/** Ethernet, IPv4 and UDP need 42; the rest is payload. */
const payloadSizeBytes = 18;
export const firstSourcePort = 1_024;
const sourcePortCount = 65_536 - firstSourcePort;
const sourcePortOffset = 14 + 20;
/** PACKET_QDISC_BYPASS of linux/if_packet.h: straight to the driver. */
const qdiscBypass = 20;

interface Sender {
  readonly fd: number;
  readonly batch: MessageBatch;
  readonly view: DataView;
}

export function sendFlows(entries: readonly FlowEntry[], limit: LoadLimit, changing: boolean): LoadReport {
  const descriptors = new Map([...new Set(entries.map(({ host }) => host))].map((host) => [host, openSender(host)]));
  try {
    const senders = entries.flatMap((entry) => batchesOf(entry, descriptors.get(entry.host) ?? -1));
    return send(senders, limit, changing);
  } finally {
    for (const fd of descriptors.values()) closeFile(fd);
  }
}

function send(senders: readonly Sender[], limit: LoadLimit, changing: boolean): LoadReport {
  const clock = new LoadClock(limit);
  let count = 0;
  for (let turn = 0; ; turn++) {
    for (const { fd, batch, view } of senders) {
      if (clock.isOver(count, framesPerCall)) return clock.report(count);
      if (changing) setSourcePorts(view, firstSourcePort + (turn % sourcePortCount));
      const taken = batch.send(fd, framesPerCall);
      if (taken !== framesPerCall) throw new Error("the kernel took only a part of the frames");
      count += taken;
    }
  }
}

function setSourcePorts(view: DataView, port: number): void {
  for (let slot = 0; slot < framesPerCall; slot++) view.setUint16(slot * slotSizeBytes + sourcePortOffset, port);
}

function openSender(host: string): number {
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
function batchesOf(
  { gatewayMac, addresses, sourcePort = firstSourcePort, destinationPort }: FlowEntry,
  fd: number,
): readonly Sender[] {
  return Array.from({ length: Math.ceil(addresses.length / framesPerCall) }, (_, at) => {
    const batch = new MessageBatch(framesPerCall, slotSizeBytes);
    for (let slot = 0; slot < framesPerCall; slot++) {
      const pair = addresses[(at * framesPerCall + slot) % addresses.length];
      if (pair === undefined) throw new Error("an entry without addresses");
      const frame = buildFrame({
        sourceMac: "02:00:00:00:01:00",
        destinationMac: gatewayMac,
        source: formatIpv4(pair.source),
        destination: formatIpv4(pair.destination),
        content: {
          kind: "udp",
          sourcePort,
          destinationPort,
          payload: new Uint8Array(payloadSizeBytes),
        },
      });
      // A UDP checksum of 0 means none, so that the source port can change.
      frame.fill(0, 40, 42);
      batch.bytes.set(frame, batch.offsetOf(slot));
      batch.setLength(slot, frame.length);
    }
    return { fd, batch, view: new DataView(batch.bytes.buffer) };
  });
}
