// Brings the configuration in force into the kernel again whenever a scheduler or the time of a group begins or ends. It
// wakes at the next change, and often enough before it that a clock that is set, or a machine that slept, is noticed soon.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { prepare } from "../commit/prepare.ts";
import type { Gateway } from "../gateway.ts";
import { Repeater } from "../repeater.ts";
import { timeState } from "./time-state.ts";

const lookMs = 5_000;
/** A wake-up may come a little early: never spin. */
const leastMs = 50;

export class ScheduleTimer {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Runs until it is disposed of. */
  static start(gateway: Gateway): Disposable {
    const timer = new ScheduleTimer(gateway);
    return new Repeater(
      () => timer.tick(),
      () => timer.#delayMs(),
    );
  }

  /** Enforces what the time says now, when that is not what is in force. Never throws. */
  async tick(): Promise<void> {
    const gateway = this.#gateway;
    await gateway.exclusively(async () => {
      const { running } = gateway;
      if (running === undefined) return;
      const { tree, ruleIds } = running.prepared;
      try {
        if (!timeState(running.prepared, gateway.nowMs()).same) {
          const preparation = prepare(tree, ruleIds, gateway.world, running.prepared);
          if (!preparation.ok) throw new Error(whyRefused(preparation.diagnostics));
          await gateway.repair(preparation.prepared);
        }
        gateway.alarms.clear("schedule.not-followed");
      } catch (error) {
        const message = `what the time changes is not in force as it should be, and it is tried again: ${String(error)}`;
        gateway.alarms.raise("schedule.not-followed", "major", message);
      }
    });
  }

  #delayMs(): number {
    const prepared = this.#gateway.running?.prepared;
    if (prepared === undefined) return lookMs;
    const nowMs = this.#gateway.nowMs();
    const { nextChangeMs } = timeState(prepared, nowMs);
    return Math.max(leastMs, Math.min(lookMs, (nextChangeMs ?? Number.POSITIVE_INFINITY) - nowMs));
  }
}

/** A group whose time has come may bring what does not fit together; what was in force then stays. */
function whyRefused(diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics.find(({ severity }) => severity === "error");
  return `with the groups of this hour the configuration has errors: ${first?.message ?? "unknown"}`;
}
