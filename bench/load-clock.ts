// When a job of the load thread has had its time: its own, or three times as much on the wall where others have the core.

import type { LoadLimit, LoadReport } from "./load-job.ts";
import { threadTimeNs, wallTimeNs } from "./thread-time.ts";

const wallFactorMax = 3;

export class LoadClock {
  readonly #startNs = wallTimeNs();
  readonly #startThreadNs = threadTimeNs();
  readonly #limit: LoadLimit;

  constructor(limit: LoadLimit) {
    this.#limit = limit;
  }

  /** `next` is how many would come with the next step. */
  isOver(count: number, next = 1): boolean {
    if (count + next > this.#limit.countMax) return true;
    const limitNs = this.#limit.durationMs * 1e6;
    return threadTimeNs() - this.#startThreadNs >= limitNs || wallTimeNs() - this.#startNs >= limitNs * wallFactorMax;
  }

  report(count: number): LoadReport {
    return { count, wallNs: wallTimeNs() - this.#startNs, threadNs: threadTimeNs() - this.#startThreadNs };
  }
}
