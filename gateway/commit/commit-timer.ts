// What happens by itself when its time has come: rollback of a revision that nobody confirmed, the commit that waits for
// its time, and the end of idle sessions. Looks twice a second and does nothing when nothing is due; a rollback that fails
// is an alarm and is tried again.

import type { Gateway } from "../gateway.ts";

const tickMs = 500;
const retryMs = 10_000;
/** How often the time that is left is written down. */
const saveMs = 15_000;

export class CommitTimer implements Disposable {
  readonly #gateway: Gateway;
  readonly #monotonicMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #savedMs = Number.NEGATIVE_INFINITY;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#monotonicMs = gateway.clocks.monotonicMs;
  }

  static start(gateway: Gateway): CommitTimer {
    const timer = new CommitTimer(gateway);
    timer.#next();
    return timer;
  }

  /** Does what is due now. Never throws. */
  async tick(): Promise<void> {
    const gateway = this.#gateway;
    gateway.candidates.sweep();
    gateway.showUnconfirmed();
    await this.#rollBack();
    await gateway.scheduled.carryOutDue();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(): void {
    this.#timer = setTimeout(() => {
      void this.tick().then(() => {
        if (this.#timer !== undefined) this.#next();
      });
    }, tickMs);
  }

  async #rollBack(): Promise<void> {
    const gateway = this.#gateway;
    const unconfirmed = gateway.running?.unconfirmed;
    const nowMs = this.#monotonicMs();
    if (unconfirmed === undefined || nowMs < this.#notBeforeMs) return;
    try {
      if (unconfirmed.countdown.leftMs <= 0) await gateway.rollBackUnconfirmed();
      else if (nowMs - this.#savedMs >= saveMs) {
        this.#savedMs = nowMs;
        await gateway.saveCountdown();
      }
      gateway.alarms.clear("commit.not-rolled-back");
    } catch (error) {
      this.#notBeforeMs = nowMs + retryMs;
      gateway.alarms.raise(
        "commit.not-rolled-back",
        "major",
        `the revision that nobody confirmed cannot be rolled back or its time written down, and is tried again: ${String(error)}`,
      );
    }
  }
}
