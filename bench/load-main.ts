// The load thread: stays on one core and carries out one job after the other. A thread of its own, so that it can enter
// namespaces and so that nothing of the runner's stands between two frames.

import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { parentPort } from "node:worker_threads";
import { stayOnCore } from "@merlon/gateway/kernel/libc.ts";
import { carryOut } from "./carry-out.ts";
import type { LoadJob } from "./load-job.ts";
import { threadClockSeesPackets } from "./thread-time.ts";

assert(parentPort !== null, "load-main.ts is the body of a worker thread");
const port = parentPort;
// The last core; the first one is where the system's interrupts are.
stayOnCore(availableParallelism() - 1);
const exact = threadClockSeesPackets();
port.on("message", (job: LoadJob) => port.postMessage(carryOut(job, exact)));
