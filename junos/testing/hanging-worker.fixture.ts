// A thread like that of the fuzzer whose run 5 never ends, and whose run 8 finds something.

import { parentPort, workerData } from "node:worker_threads";
import type { FuzzFinding, FuzzOrder } from "./fuzz-worker.ts";

const { first, step, end, progress } = workerData as FuzzOrder;
for (let run = first; run < end; run += step) {
  Atomics.store(progress, 0, run);
  for (; run === 5;);
  if (run === 8) parentPort?.postMessage({ run, problem: "law: run 8" } satisfies FuzzFinding);
  Atomics.add(progress, 1, 1);
}
