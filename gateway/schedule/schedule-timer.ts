// Brings the configuration in force into the kernel again whenever a scheduler begins or ends. It wakes at the next
// change, and often enough before it that a clock that is set, or a machine that slept, is noticed soon.

import { prepare } from "../commit/prepare.ts";
import type { Gateway } from "../gateway.ts";
import { scheduleState } from "./active-schedulers.ts";
import { wallClock } from "./wall-clock.ts";

const lookMs = 5_000;
/** A wake-up may come a little early: never spin. */
const leastMs = 50;

export class ScheduleTimer implements Disposable {
  readonly #gateway: Gateway;
  #timer: NodeJS.Timeout | undefined;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  static start(gateway: Gateway): ScheduleTimer {
    const timer = new ScheduleTimer(gateway);
    timer.#next();
    return timer;
  }

  /** Enforces what the schedulers say now, when that is not what is in force. Never throws. */
  async tick(): Promise<void> {
    const gateway = this.#gateway;
    await gateway.exclusively(async () => {
      const { running } = gateway;
      if (running === undefined) return;
      const { tree, configuration, ruleIds, activeSchedulers } = running.prepared;
      try {
        const { active } = scheduleState(configuration, wallClock(configuration, gateway.nowMs()).now);
        if (active.symmetricDifference(activeSchedulers).size > 0) {
          const preparation = prepare(tree, ruleIds, gateway.world);
          if (!preparation.ok) throw new Error("the configuration in force is not accepted any more");
          await gateway.repair(preparation.prepared);
        }
        gateway.alarms.clear("schedule.not-followed");
      } catch (error) {
        const message = `policies with a scheduler are not in force as they should be, and it is tried again: ${String(error)}`;
        gateway.alarms.raise("schedule.not-followed", "major", message);
      }
    });
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
    }, this.#delayMs());
  }

  #delayMs(): number {
    const configuration = this.#gateway.running?.prepared.configuration;
    if (configuration === undefined) return lookMs;
    const nowMs = this.#gateway.nowMs();
    const { nextChange } = scheduleState(configuration, wallClock(configuration, nowMs).now);
    const leftMs = nextChange === undefined ? lookMs : nextChange.epochMilliseconds - nowMs;
    return Math.max(leastMs, Math.min(lookMs, leftMs));
  }
}
