// A stream of packets that each begin a new flow, at a rate, each with its number in its payload: even ones go to one port,
// odd ones to the other. Runs on the load thread; how many were sent stands in memory that the runner sees, too.

import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { batchesOf, firstSourcePort, framesPerCall, openSender, sourcePortCount } from "./frame-batch.ts";
import { LoadClock } from "./load-clock.ts";
import type { FlowEntry, LoadReport } from "./load-job.ts";
import { wallTimeNs } from "./thread-time.ts";

/** Cells of the memory that both threads see. */
export const streamCells = { stop: 0, sent: 1, length: 2 } as const;

export interface NumberedStream {
  /** To the port of even numbers. All addresses are used in turn. */
  readonly even: FlowEntry;
  readonly oddPort: number;
  readonly packetsPerSecond: number;
  /** The stream ends by itself after so many. */
  readonly countMax: number;
  /** Of `streamCells`. */
  readonly cells: Int32Array;
}

/** What a pause may be late; after that the stream catches up. */
const pauseMs = 0.5;

export function sendNumbered({ even, oddPort, packetsPerSecond, countMax, cells }: NumberedStream): LoadReport {
  const batches = batchesOf(even);
  for (const batch of batches) batch.setOddPort(oddPort);
  const fd = openSender(even.host);
  const clock = new LoadClock({ durationMs: Number.MAX_SAFE_INTEGER, countMax });
  const startNs = wallTimeNs();
  let count = 0;
  try {
    for (let turn = 0; !clock.isOver(count, framesPerCall); turn++) {
      const batch = batches[turn % batches.length];
      if (batch === undefined || !pauseUntilDue(cells, startNs + (count / packetsPerSecond) * 1e9)) break;
      batch.setSourcePort(firstSourcePort + (Math.floor(turn / batches.length) % sourcePortCount));
      for (let slot = 0; slot < framesPerCall; slot++) batch.setNumber(slot, count + slot);
      batch.send(fd);
      count += framesPerCall;
      Atomics.store(cells, streamCells.sent, count);
    }
    return clock.report(count);
  } finally {
    closeFile(fd);
  }
}

/** False when the stream shall end. */
function pauseUntilDue(cells: Int32Array, dueNs: number): boolean {
  while (Atomics.load(cells, streamCells.stop) === 0) {
    if (wallTimeNs() >= dueNs) return true;
    Atomics.wait(cells, streamCells.stop, 0, pauseMs);
  }
  return false;
}
