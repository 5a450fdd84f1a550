// The load thread: stays on one core and carries out one job after the other. A thread of its own, so that it can enter
// namespaces and so that nothing of the runner's stands between two frames.

import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { parentPort } from "node:worker_threads";
import { fillStream } from "./fill-stream.ts";
import type { LoadJob, LoadReport } from "./load-job.ts";
import { sendNumbered } from "./numbered-stream.ts";
import { stayOnCore, threadClockSeesPackets } from "./one-core.ts";
import { openConnections } from "./open-connections.ts";
import { sendFlows } from "./send-flows.ts";

assert(parentPort !== null, "load-main.ts is the body of a worker thread");
const port = parentPort;
// The last core; the first one is where the system's interrupts are.
stayOnCore(availableParallelism() - 1);
const exact = threadClockSeesPackets();
port.on("message", (job: LoadJob) => {
  const report = carryOut(job);
  port.postMessage(exact ? report : { ...report, threadNs: report.wallNs });
});

function carryOut(job: LoadJob): LoadReport {
  switch (job.kind) {
    case "new-flows":
      return sendFlows(job.entries, job.limit, true);
    case "same-flows":
      return sendFlows(job.entries, job.limit, false);
    case "connections":
      return openConnections(job.entries, job.limit);
    case "stream":
      return fillStream(job.entry, job.limit);
    case "numbered":
      return sendNumbered(job.stream);
  }
}
