// Sends UDP frames of new flows, or of the same flows again and again, as fast as the gateway takes them. Runs on the load
// thread.

import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { batchesOf, firstSourcePort, framesPerCall, openSender, sourcePortCount } from "./frame-batch.ts";
import type { FrameBatch } from "./frame-batch.ts";
import { LoadClock } from "./load-clock.ts";
import type { FlowEntry, LoadLimit, LoadReport } from "./load-job.ts";

interface Sender {
  readonly fd: number;
  readonly batch: FrameBatch;
}

export function sendFlows(entries: readonly FlowEntry[], limit: LoadLimit, changing: boolean): LoadReport {
  const descriptors = new Map([...new Set(entries.map(({ host }) => host))].map((host) => [host, openSender(host)]));
  try {
    const senders = entries.flatMap((entry) =>
      batchesOf(entry).map((batch) => ({ batch, fd: descriptors.get(entry.host) ?? -1 })),
    );
    return send(senders, limit, changing);
  } finally {
    for (const fd of descriptors.values()) closeFile(fd);
  }
}

function send(senders: readonly Sender[], limit: LoadLimit, changing: boolean): LoadReport {
  const clock = new LoadClock(limit);
  let count = 0;
  for (let turn = 0; ; turn++) {
    for (const { fd, batch } of senders) {
      if (clock.isOver(count, framesPerCall)) return clock.report(count);
      if (changing) batch.setSourcePort(firstSourcePort + (turn % sourcePortCount));
      batch.send(fd);
      count += framesPerCall;
    }
  }
}
