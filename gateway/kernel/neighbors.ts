// Reads and forgets neighbors of the network namespace that the calling thread is in, over rtnetlink.

import type { KernelNeighbor } from "./kernel.ts";
import { interfaceIndex, interfaceName } from "./libc.ts";
import { decodeNeighbor, encodeDeleteNeighbor, encodeNeighborDump, neighborMessage } from "./neighbor-message.ts";
import { MessageWriter } from "./netlink-message.ts";
import { NetlinkRefusal } from "./netlink-socket.ts";
import { openRouteSocket } from "./route-dump.ts";

/** The kernel keeps 1,024 of a family by default (gc_thresh3); where an administrator lets it keep more, these are read. */
const neighborsMax = 100_000;

/** Throws `KernelFailure`. */
export function readNeighbors(): readonly KernelNeighbor[] {
  using socket = openRouteSocket();
  const found: KernelNeighbor[] = [];
  const names = new Map<number, string | undefined>();
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  encodeNeighborDump(writer, sequence);
  const dump = socket.dump(writer.take(), sequence, (message) => {
    const neighbor = message.type === neighborMessage.new ? decodeNeighbor(message) : undefined;
    if (neighbor === undefined || found.length >= neighborsMax) return;
    const { index, ...rest } = neighbor;
    if (!names.has(index)) names.set(index, interfaceName(index));
    const device = names.get(index);
    if (device !== undefined) found.push({ device, ...rest });
  });
  while (dump.next().done !== true);
  return found;
}

/** How many of them there were; one that is gone already is none. Throws `KernelFailure`. */
export function deleteNeighbors(neighbors: readonly Pick<KernelNeighbor, "device" | "address">[]): number {
  using socket = openRouteSocket();
  let count = 0;
  for (const { device, address } of neighbors) {
    const index = interfaceIndex(device);
    if (index === undefined) continue;
    const writer = new MessageWriter();
    const sequence = socket.nextSequence();
    encodeDeleteNeighbor(writer, sequence, { index, address });
    try {
      socket.request(writer.take(), sequence);
      count++;
    } catch (error) {
      if (!(error instanceof NetlinkRefusal) || error.code !== "ENOENT") throw error;
    }
  }
  return count;
}
