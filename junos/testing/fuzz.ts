// The fuzzer: many runs over some threads, bounded in time, and every finding with what is needed to see it again. A
// thread that stands still on one run is ended, the run counts as a hang, and another thread goes on behind it.

import { Worker } from "node:worker_threads";
import { checkInput } from "./fuzz-check.ts";
import { FuzzInputs } from "./fuzz-inputs.ts";
import type { FuzzFinding, FuzzOrder } from "./fuzz-worker.ts";
import { shrinkText } from "./shrink-text.ts";

export interface FuzzPlan {
  readonly seed: number;
  readonly runs: number;
  readonly threads: number;
  readonly runLimitMs: number;
  /** Real time after which a run is ended: far above the limit, because the machine may be busy. */
  readonly hangMs: number;
  /** The fuzzer stops after so many. */
  readonly findingsMax: number;
  /** The program of a thread, for tests of the fuzzer itself. */
  readonly worker?: URL;
}

export interface Fuzzed {
  /** By run. */
  readonly findings: readonly FuzzFinding[];
  /** The runs that came to their end, or were ended as hangs: all of them, unless there were too many findings. */
  readonly done: number;
}

export async function fuzz(plan: FuzzPlan): Promise<Fuzzed> {
  const findings: FuzzFinding[] = [];
  const done = await Promise.all(
    Array.from({ length: plan.threads }, (_, thread) => runThread(plan, thread, findings)),
  );
  return { findings: findings.toSorted((a, b) => a.run - b.run), done: done.reduce((sum, count) => sum + count, 0) };
}

/** The runs of one thread, over as many workers as it takes; how many are done. */
async function runThread(plan: FuzzPlan, thread: number, findings: FuzzFinding[]): Promise<number> {
  let done = 0;
  let first: number | undefined = thread;
  while (first !== undefined && first < plan.runs && findings.length < plan.findingsMax) {
    const progress = new Int32Array(new SharedArrayBuffer(8));
    const hung: number | undefined = await runWorker(plan, first, progress, findings);
    done += Atomics.load(progress, 1) + (hung === undefined ? 0 : 1);
    if (hung !== undefined) findings.push({ run: hung, problem: `hang: no end after ${plan.hangMs} ms` });
    first = hung === undefined ? undefined : hung + plan.threads;
  }
  return done;
}

/** Ends with the worker; the run that it hung in, if it did. */
async function runWorker(
  plan: FuzzPlan,
  first: number,
  progress: Int32Array,
  findings: FuzzFinding[],
): Promise<number | undefined> {
  Atomics.store(progress, 0, -1);
  const { seed, runs, threads, runLimitMs } = plan;
  const order: FuzzOrder = { seed, first, step: threads, end: runs, runLimitMs, progress };
  const worker = new Worker(plan.worker ?? new URL("./fuzz-worker.ts", import.meta.url), { workerData: order });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | undefined>();
  let last = -1;
  let since = performance.now();
  const watch = setInterval(() => {
    const run = Atomics.load(progress, 0);
    if (run !== last) [last, since] = [run, performance.now()];
    else if (run >= 0 && performance.now() - since > plan.hangMs) resolve(run);
    if (findings.length >= plan.findingsMax) resolve(undefined);
  }, 250);
  worker.on("message", (finding: FuzzFinding) => void findings.push(finding));
  worker.on("error", reject);
  worker.on("exit", () => resolve(undefined));
  try {
    return await ended;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

/** The input of a finding as small as it could be made. A hang is not shrunk: every try would hang. */
export function shrinkFinding(seed: number, { run, problem }: FuzzFinding): string {
  const inputs = new FuzzInputs(seed);
  const { text } = inputs.at(run);
  if (/^(?:hang|slow):/.test(problem)) return text;
  // A fresh input each time, because the random numbers of a run are used up by its checks.
  const lawOf = (what: string | undefined): string | undefined => what?.split(/[:"]/)[0];
  return shrinkText(text, (smaller) => lawOf(checkInput({ ...inputs.at(run), text: smaller })) === lawOf(problem));
}
