// Carries something out again and again. The wait begins when the last round has ended, so no two rounds overlap, and none
// begins after the end.

export class Repeater implements Disposable {
  readonly #round: () => Promise<void>;
  readonly #delayMs: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** `round` never throws. `delayMs` is asked before each wait; the first round comes after one. */
  constructor(round: () => Promise<void>, delayMs: () => number) {
    this.#round = round;
    this.#delayMs = delayMs;
    this.#wait();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      void this.#round().then(() => {
        if (this.#timer !== undefined) this.#wait();
      });
    }, this.#delayMs());
  }
}
