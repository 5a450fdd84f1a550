// At most so many in a minute, counted over the last sixty seconds.

const minuteMs = 60_000;

export class MinuteRate {
  readonly #monotonicMs: () => number;
  #times: number[] = [];

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Counts one more, unless that would be one too many. */
  take(countMax: number): boolean {
    const nowMs = this.#monotonicMs();
    this.#times = this.#times.filter((time) => nowMs - time < minuteMs);
    if (this.#times.length >= countMax) return false;
    this.#times.push(nowMs);
    return true;
  }
}
