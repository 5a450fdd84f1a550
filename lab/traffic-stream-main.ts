// The thread of a traffic stream: sends what is due each millisecond, so that the rate holds on average and no burst is
// larger than what a millisecond of the rate, or a delay of the machine, makes due.

import assert from "node:assert/strict";
import { parentPort, workerData } from "node:worker_threads";
import { FlowFrames } from "./flow-frames.ts";
import { inNetwork } from "./network-namespace.ts";
import { PacketSocket } from "./packet-socket.ts";
import { sharedCells } from "./traffic-stream.ts";
import type { StreamMessage, StreamReport, TrafficStreamOptions } from "./traffic-stream.ts";

const tickMs = 1;
/** After a delay the backlog is sent in pieces, because a veth's receive queue takes 1,000 packets at once. */
const burstMax = 128;

assert(parentPort !== null, "traffic-stream-main.ts is the body of a worker thread");
const { options, cells } = workerData as { readonly options: TrafficStreamOptions; readonly cells: Int32Array };
const port = parentPort;
port.postMessage({ kind: "done", report: stream() } satisfies StreamMessage);

function stream(): StreamReport {
  using socket = inNetwork(options.network, () => PacketSocket.open(options.device, { receives: false }));
  const kinds = [
    { frames: new FlowFrames({ ...options, destinationPort: options.allowedPort }), cell: sharedCells.allowedSent },
    { frames: new FlowFrames({ ...options, destinationPort: options.deniedPort }), cell: sharedCells.deniedSent },
  ] as const;
  const startedMs = performance.now();
  let lastMs = startedMs;
  let longestGapMs = 0;
  let sent = 0;
  for (;;) {
    const nowMs = performance.now();
    if (nowMs - startedMs >= options.durationMs || Atomics.load(cells, sharedCells.stop) !== 0) break;
    const due = Math.min(burstMax, Math.floor(((nowMs - startedMs) * options.ratePerSecond) / 1000) - sent);
    for (let left = due; left > 0; left--) {
      const kind = kinds[sent % 2 === 0 ? 0 : 1];
      // A packet that the kernel does not take is not counted as sent, and its number is left out.
      if (socket.send([kind.frames.next()]) === 1) Atomics.add(cells, kind.cell, 1);
      sent++;
    }
    if (due > 0) {
      if (lastMs === startedMs) port.postMessage({ kind: "sending" } satisfies StreamMessage);
      longestGapMs = Math.max(longestGapMs, nowMs - lastMs);
      lastMs = nowMs;
    }
    Atomics.wait(cells, sharedCells.stop, 0, tickMs);
  }
  return {
    allowedSent: Atomics.load(cells, sharedCells.allowedSent),
    deniedSent: Atomics.load(cells, sharedCells.deniedSent),
    tookMs: performance.now() - startedMs,
    longestGapMs,
  };
}
