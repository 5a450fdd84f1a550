// Does what a load job says, on the calling thread, which is busy until it is done.

import { fillStream } from "./fill-stream.ts";
import type { LoadJob, LoadReport } from "./load-job.ts";
import { sendNumbered } from "./numbered-stream.ts";
import { openConnections } from "./open-connections.ts";
import { sendFlows } from "./send-flows.ts";

/** With `exact` the thread's own clock counts; without, it leaves packets out (`threadClockSeesPackets`). */
export function carryOut(job: LoadJob, exact: boolean): LoadReport {
  const report = doJob(job);
  return exact ? report : { ...report, threadNs: report.wallNs };
}

function doJob(job: LoadJob): LoadReport {
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
