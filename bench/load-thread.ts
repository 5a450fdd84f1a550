// The runner's end of the load thread: one job at a time, and its report.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { LoadJob, LoadReport, LoadRunner } from "./load-job.ts";

export class LoadThread implements AsyncDisposable, LoadRunner {
  readonly #worker = new Worker(new URL("./load-main.ts", import.meta.url));

  /** Throws what went wrong in the thread, which then is of no more use. */
  async run(job: LoadJob): Promise<LoadReport> {
    this.#worker.postMessage(job);
    const [report] = (await once(this.#worker, "message")) as [LoadReport];
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
