// The thread of one of several senders that set off in the same instant: what the kernel makes of a first packet runs in the
// thread that sends it, so two senders on two processors have the same rules carried out at the same time.

import assert from "node:assert/strict";
import { parentPort, workerData } from "node:worker_threads";
import { stayOnCore } from "@merlon/gateway/kernel/libc.ts";
import { inNetwork } from "./network-namespace.ts";
import { PacketSocket } from "./packet-socket.ts";
import { raceCells } from "./race-senders.ts";
import type { RaceMessage, RacerOptions } from "./race-senders.ts";

/** One whose processor somebody else has now is not waited for longer. */
const meetMsMax = 20;

assert(parentPort !== null, "racing-sender-main.ts is the body of a worker thread");
const port = parentPort;
const { network, device, core, rounds, racers, cells } = workerData as RacerOptions;
using socket = inNetwork(network, () => PacketSocket.open(device, { receives: false }));
port.postMessage({ kind: "ready", apart: stayOnCore(core) } satisfies RaceMessage);
for (const [round, frames] of rounds.entries()) {
  Atomics.wait(cells, raceCells.round, round);
  const met = meet(round);
  port.postMessage({ kind: "sent", count: socket.send(frames), met } satisfies RaceMessage);
}

/** Awake for the few microseconds until all are; false where one is late. */
function meet(round: number): boolean {
  Atomics.add(cells, raceCells.awake, 1);
  const untilMs = performance.now() + meetMsMax;
  while (Atomics.load(cells, raceCells.awake) < racers * (round + 1)) if (performance.now() > untilMs) return false;
  return true;
}
