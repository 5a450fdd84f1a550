// Fragments that overlap others of their packet, found in copies of their headers. The kernel throws such packets away before
// any rule could tell why (inet_frag_queue_insert, Linux 5.0 to 6.18), so what it does is done once more: what lies within a
// run of fragments repeats it and is no attack, what lies partly in one is.
// Nothing is remembered for long: headers may be missing, and numbers of packets come again.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { Fragment, KernelTuple } from "../kernel/kernel.ts";

/** Packets that are remembered at once; then the oldest is forgotten. */
const packetsMax = 4_096;
const runsMax = 64;
const rememberedMs = 5_000;
const packetBytesMax = 65_535;

interface Run {
  readonly start: number;
  readonly end: number;
}

interface Packet {
  readonly sinceMs: number;
  /** By their beginnings; a fragment that goes on where the last run ends lengthens it. */
  readonly runs: readonly Run[];
  /** Where the packet ends, once its last fragment is there. */
  readonly end?: number;
}

export class OverlapWatch {
  readonly #packets = new Map<string, Packet>();

  get size(): number {
    return this.#packets.size;
  }

  /** Whether the fragment overlaps earlier ones of its packet; then that packet is over. `where` tells packets apart, too. */
  overlaps(where: number, tuple: KernelTuple, fragment: Fragment, atMs: number): boolean {
    this.#forget(atMs);
    const piece = pieceOf(fragment);
    if (piece === undefined) return false;
    const key = keyOf(where, tuple, fragment);
    const packet = this.#packets.get(key) ?? { sinceMs: atMs, runs: [] };
    const runs = withPiece(packet.runs, piece);
    if (runs === "repeats") return false;
    const end = fragment.more ? packet.end : piece.end;
    if (runs === "overlaps" || runs.length > runsMax || isWhole(runs, end)) this.#packets.delete(key);
    else this.#packets.set(key, { ...packet, runs, ...(end === undefined ? {} : { end }) });
    return runs === "overlaps";
  }

  #forget(atMs: number): void {
    for (const [key, { sinceMs }] of this.#packets) {
      if (this.#packets.size < packetsMax && atMs - sinceMs < rememberedMs) return;
      this.#packets.delete(key);
    }
  }
}

/** As the kernel compares them: the protocol counts for IPv4 alone. */
function keyOf(where: number, { source, destination, protocol }: KernelTuple, { id }: Fragment): string {
  const number = source.family === 4 ? protocol : 0;
  return `${where} ${formatIp(source)} ${formatIp(destination)} ${number} ${id}`;
}

/** Undefined for what the kernel does not put into a packet at all. */
function pieceOf({ offset, size, more }: Fragment): Run | undefined {
  // In the middle of a packet all lengths are multiples of eight.
  const used = more ? size & ~7 : size;
  const end = offset + used;
  return used <= 0 || end > packetBytesMax ? undefined : { start: offset, end };
}

function withPiece(runs: readonly Run[], piece: Run): readonly Run[] | "repeats" | "overlaps" {
  for (const { start, end } of runs) {
    if (piece.end <= start || piece.start >= end) continue;
    return piece.start >= start && piece.end <= end ? "repeats" : "overlaps";
  }
  const last = runs.at(-1);
  if (last !== undefined && last.end === piece.start) return runs.with(-1, { start: last.start, end: piece.end });
  const at = runs.findIndex(({ start }) => start > piece.start);
  return at < 0 ? [...runs, piece] : runs.toSpliced(at, 0, piece);
}

function isWhole(runs: readonly Run[], end: number | undefined): boolean {
  return end !== undefined && runs.reduce((sum, run) => sum + run.end - run.start, 0) >= end;
}
