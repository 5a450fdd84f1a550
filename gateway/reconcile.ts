// Keeps the kernel as the configuration says: when somebody else changes our table, or a link appears or vanishes, the
// difference is found, reported as an alarm and repaired. Repairs are limited, so that a fight with another program
// ends in an alarm and not in a loop.

import { AfterBurst } from "./after-burst.ts";
import { settleDevices } from "./commit/device-settings.ts";
import { tellForeignBridges } from "./commit/foreign-bridges.ts";
import { prepareWires, settleWires } from "./commit/wire-ports.ts";
import { planNetwork } from "./commit/plan-network.ts";
import { reviewSessions } from "./commit/settle.ts";
import { zoneReview } from "./commit/zone-review.ts";
import { followDevices } from "./follow-devices.ts";
import { findForeign } from "./find-foreign.ts";
import { foreignAlarm } from "./foreign-findings.ts";
import type { Gateway } from "./gateway.ts";
import { rulesetDifferences } from "./ruleset-differences.ts";

/** Notifications come in bursts; one look after the burst is enough. */
const settleMs = 200;
const repairsPerMinuteMax = 20;
/** Somebody who changes thousands of rules again and again must not keep us reading them. */
const foreignIntervalMs = 5_000;

export class Reconciler implements Disposable {
  readonly #gateway: Gateway;
  readonly #rulesetChange = new AfterBurst(() => this.checkRuleset(), settleMs);
  readonly #networkChange = new AfterBurst(() => this.checkNetwork(), settleMs);
  #foreignTimer: NodeJS.Timeout | undefined;
  #foreignCheckedMs = -Infinity;
  #repairedAtMs: number[] = [];

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  rulesetChanged(): void {
    this.#rulesetChange.tell();
    const sinceMs = this.#gateway.clocks.monotonicMs() - this.#foreignCheckedMs;
    this.#foreignTimer ??= setTimeout(
      () => {
        this.#foreignTimer = undefined;
        void this.checkForeignRules();
      },
      Math.max(settleMs, foreignIntervalMs - sinceMs),
    );
  }

  networkChanged(): void {
    this.#networkChange.tell();
  }

  /** Compares the kernel's ruleset with the one that shall be in force and repairs it. Never throws. */
  async checkRuleset(): Promise<void> {
    const gateway = this.#gateway;
    await gateway.exclusively(async () => {
      const { running } = gateway;
      if (running === undefined) return;
      try {
        const generation = await gateway.kernel.readRulesetGeneration();
        if (gateway.checked.holds(generation)) return gateway.alarms.clear("ruleset.unrepaired");
        const differences = await rulesetDifferences(gateway.kernel, running);
        if (differences.length === 0) {
          gateway.checked.found(generation);
          return gateway.alarms.clear("ruleset.unrepaired");
        }
        const what = differences.slice(0, 3).join("; ");
        if (!this.#mayRepair()) {
          gateway.alarms.raise("ruleset.contested", "major", `something keeps changing the ruleset of Merlon: ${what}`);
          return;
        }
        await gateway.repair();
        gateway.alarms.raise(
          "ruleset.drift",
          "minor",
          `the ruleset was changed from outside and has been repaired: ${what}`,
        );
      } catch (error) {
        gateway.alarms.raise(
          "ruleset.unrepaired",
          "major",
          `the ruleset cannot be checked or repaired: ${String(error)}`,
        );
      }
    });
  }

  /** Sets up links that have appeared and routes that wait for them, and follows what devices are and have. Never throws. */
  async checkNetwork(): Promise<void> {
    const gateway = this.#gateway;
    await gateway.exclusively(async () => {
      const { running } = gateway;
      if (running === undefined) return;
      try {
        const desired = running.prepared.ir.network;
        const actual = await gateway.kernel.readNetwork();
        await tellForeignBridges(gateway.kernel, running.prepared.ir, actual.links);
        const plan = planNetwork({ desired, before: desired, actual });
        await prepareWires(gateway.kernel, desired);
        await settleDevices(gateway.kernel, desired);
        if (plan.steps.length > 0) await gateway.kernel.applyNetwork(plan.steps);
        await settleWires(gateway.kernel, desired);
        gateway.reportNetwork(plan);
        const standing = plan.steps.length === 0 ? actual : await gateway.kernel.readNetwork();
        await followDevices(gateway, standing.links);
        const { ir } = running.prepared;
        const review = zoneReview(gateway.kernel, { before: ir, next: ir, network: standing });
        if (review !== undefined) await reviewSessions(gateway, review);
        await gateway.refreshFastDevices();
        gateway.alarms.clear("network.unrepaired");
      } catch (error) {
        gateway.alarms.raise("network.unrepaired", "major", `interfaces or routes cannot be set up: ${String(error)}`);
      }
    });
  }

  /** Looks for rules of others that stand in the way of what is enforced, and says so. Never throws. */
  async checkForeignRules(): Promise<void> {
    const { alarms, clocks } = this.#gateway;
    this.#foreignCheckedMs = clocks.monotonicMs();
    try {
      const alarm = foreignAlarm(await findForeign(this.#gateway));
      alarms.set("ruleset.foreign", alarm?.severity ?? "minor", alarm?.message);
      alarms.clear("ruleset.foreign-unread");
    } catch (error) {
      alarms.raise("ruleset.foreign-unread", "minor", `rules of other programs cannot be read: ${String(error)}`);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#foreignTimer);
    this.#rulesetChange[Symbol.dispose]();
    this.#networkChange[Symbol.dispose]();
  }

  #mayRepair(): boolean {
    const now = this.#gateway.nowMs();
    this.#repairedAtMs = this.#repairedAtMs.filter((at) => now - at < 60_000);
    if (this.#repairedAtMs.length >= repairsPerMinuteMax) return false;
    this.#repairedAtMs.push(now);
    return true;
  }
}
