// What happens by itself when its time has come: rollback of a revision that nobody confirmed, the commit that waits for
// its time, and the end of idle sessions. Looks twice a second and does nothing when nothing is due; a rollback that fails
// is an alarm and is tried again.

import type { Gateway } from "../gateway.ts";
import { Repeater } from "../repeater.ts";

const tickMs = 500;
const retryMs = 10_000;
/** How often the time that is left is written down. */
const saveMs = 15_000;

export class CommitTimer {
  readonly #gateway: Gateway;
  readonly #monotonicMs: () => number;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #savedMs = Number.NEGATIVE_INFINITY;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#monotonicMs = gateway.clocks.monotonicMs;
  }

  /** Runs until it is disposed of. */
  static start(gateway: Gateway): Disposable {
    const timer = new CommitTimer(gateway);
    return new Repeater(
      () => timer.tick(),
      () => tickMs,
    );
  }

  /** Does what is due now. Never throws. */
  async tick(): Promise<void> {
    const gateway = this.#gateway;
    gateway.candidates.sweep();
    gateway.showUnconfirmed();
    await this.#rollBack();
    await gateway.scheduled.carryOutDue();
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
