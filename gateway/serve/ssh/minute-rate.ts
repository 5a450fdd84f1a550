// At most so many in a minute, counted over the last sixty seconds. The last of them are for sources that have taken few, so
// that one who takes all that there is does not keep others out.

import { loginSource } from "../../access/login-source.ts";

const minuteMs = 60_000;
/** The part of all that is kept for others. */
const keptPart = 0.1;

export class MinuteRate {
  readonly #monotonicMs: () => number;
  #taken: readonly { readonly atMs: number; readonly source: string }[] = [];

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Counts one more from an address, unless that would be one too many. */
  take(countMax: number, address: string): boolean {
    const nowMs = this.#monotonicMs();
    const source = loginSource(address);
    this.#taken = this.#taken.filter(({ atMs }) => nowMs - atMs < minuteMs);
    const kept = Math.floor(countMax * keptPart);
    const own = this.#taken.filter((one) => one.source === source).length;
    if (this.#taken.length >= (own < kept ? countMax : countMax - kept)) return false;
    this.#taken = [...this.#taken, { atMs: nowMs, source }];
    return true;
  }
}
