// Time that runs out at a moment of the wall clock, but never later than the time that was given: measured on two clocks,
// so that a wall clock that is set back gives nothing, and sleep of the machine, which only the wall clock sees, counts.

export interface Clocks {
  readonly nowMs: () => number;
  /** Runs evenly, whatever is done to the wall clock; starts anywhere. */
  readonly monotonicMs: () => number;
}

export class Countdown {
  readonly deadlineMs: number;
  readonly #clocks: Clocks;
  readonly #endMonotonicMs: number;

  /** `deadlineMs` is absent for a countdown that begins now. */
  constructor(clocks: Clocks, leftMs: number, deadlineMs = clocks.nowMs() + leftMs) {
    this.#clocks = clocks;
    this.deadlineMs = deadlineMs;
    this.#endMonotonicMs = clocks.monotonicMs() + leftMs;
  }

  /** Zero when the time is over. */
  get leftMs(): number {
    const { nowMs, monotonicMs } = this.#clocks;
    return Math.max(0, Math.min(this.deadlineMs - nowMs(), this.#endMonotonicMs - monotonicMs()));
  }

  /** As people say it: `10 minutes`, `1 minute`, `45 seconds`; rounded up. */
  get leftText(): string {
    return durationText(this.leftMs);
  }
}

export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const [count, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
