// Carries something out after a burst of causes: once for all that come within a moment, never twice at a time, and with
// rests that grow with the work, so that whoever makes causes without end has the process busy for a share of its time.

/** Work of one second is followed by so many of rest. */
const restFactor = 4;

export class AfterBurst implements Disposable {
  readonly #work: () => Promise<void>;
  readonly #settleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isWorking = false;
  /** There was a cause after the work had begun. */
  #again = false;
  #ended = false;

  /** `work` never throws. */
  constructor(work: () => Promise<void>, settleMs: number) {
    this.#work = work;
    this.#settleMs = settleMs;
  }

  /** Another cause. */
  tell(): void {
    if (this.#isWorking) this.#again = true;
    else this.#wait(this.#settleMs);
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #wait(delayMs: number): void {
    if (this.#ended) return;
    this.#timer ??= setTimeout(() => void this.#round(), delayMs);
  }

  async #round(): Promise<void> {
    this.#isWorking = true;
    this.#again = false;
    const begunMs = performance.now();
    await this.#work();
    this.#timer = undefined;
    this.#isWorking = false;
    if (this.#again) this.#wait(Math.max(this.#settleMs, (performance.now() - begunMs) * restFactor));
  }
}
