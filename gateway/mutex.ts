// One at a time, in the order of asking: commits, repairs and recovery never run beside each other.

export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();
  #waitingCount = 0;

  get busy(): boolean {
    return this.#waitingCount > 0;
  }

  /** Runs `work` when all earlier work is done, and answers what it answers. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#waitingCount++;
    const result = this.#tail.then(work).finally(() => {
      this.#waitingCount--;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
