// A thread of the fuzzer: it takes every run that is its turn and says on which one it is, so that the main thread sees
// when one of them does not come to its end.

import { parentPort, workerData } from "node:worker_threads";
import { checkInput } from "./fuzz-check.ts";
import { FuzzInputs } from "./fuzz-inputs.ts";

/** What the main thread gives a worker. */
export interface FuzzOrder {
  readonly seed: number;
  /** The runs `first`, `first + step` … below `end`. */
  readonly first: number;
  readonly step: number;
  readonly end: number;
  /** CPU time of a run above which it counts as a hang. */
  readonly runLimitMs: number;
  /** The number of the present run, −1 before the first; and how many are done. */
  readonly progress: Int32Array;
}

export interface FuzzFinding {
  readonly run: number;
  readonly problem: string;
}

const { seed, first, step, end, runLimitMs, progress } = workerData as FuzzOrder;
const inputs = new FuzzInputs(seed);

/** Of this thread alone: a busy machine makes no run slow. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

for (let run = first; run < end; run += step) {
  Atomics.store(progress, 0, run);
  const started = cpuMs();
  const problem = checkInput(inputs.at(run));
  const took = cpuMs() - started;
  const found = problem ?? (took > runLimitMs ? `slow: ${Math.round(took)} ms of CPU time` : undefined);
  if (found !== undefined) parentPort?.postMessage({ run, problem: found } satisfies FuzzFinding);
  Atomics.add(progress, 1, 1);
}
