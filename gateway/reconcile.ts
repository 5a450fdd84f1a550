// Keeps the kernel as the configuration says: when somebody else changes our table, or a link appears or vanishes, the
// difference is found, reported as an alarm and repaired. Repairs are limited, so that a fight with another program
// ends in an alarm and not in a loop.

import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import type { NftTable } from "@merlon/compiler/nft/program.ts";
import { markElements, revokedIn } from "./commit/revocation.ts";
import { planNetwork } from "./commit/plan-network.ts";
import type { Gateway } from "./gateway.ts";

/** Notifications come in bursts; one look after the burst is enough. */
const settleMs = 200;
const repairsPerMinuteMax = 20;

export class Reconciler implements Disposable {
  readonly #gateway: Gateway;
  #rulesetTimer: NodeJS.Timeout | undefined;
  #networkTimer: NodeJS.Timeout | undefined;
  #repairedAtMs: number[] = [];

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  rulesetChanged(): void {
    this.#rulesetTimer ??= setTimeout(() => {
      this.#rulesetTimer = undefined;
      void this.checkRuleset();
    }, settleMs);
  }

  networkChanged(): void {
    this.#networkTimer ??= setTimeout(() => {
      this.#networkTimer = undefined;
      void this.checkNetwork();
    }, settleMs);
  }

  /** Compares the kernel's ruleset with the one that shall be in force and repairs it. Never throws. */
  async checkRuleset(): Promise<void> {
    const gateway = this.#gateway;
    await gateway.exclusively(async () => {
      const { running } = gateway;
      if (running === undefined) return;
      try {
        const actual = await gateway.kernel.readTable();
        const desired = withRunTimeState(lowerTable(running.prepared.ir, running.generation), actual);
        const differences = actual === undefined ? [{ sentence: "the table is gone" }] : diffTables(actual, desired);
        if (differences.length === 0) return gateway.alarms.clear("ruleset.unrepaired");
        const what = differences
          .slice(0, 3)
          .map(({ sentence }) => sentence)
          .join("; ");
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

  /** Sets up links that have appeared and routes that wait for them. Never throws. */
  async checkNetwork(): Promise<void> {
    const gateway = this.#gateway;
    await gateway.exclusively(async () => {
      const { running } = gateway;
      if (running === undefined) return;
      try {
        const desired = running.prepared.ir.network;
        const plan = planNetwork({ desired, before: desired, actual: await gateway.kernel.readNetwork() });
        if (plan.steps.length > 0) await gateway.kernel.applyNetwork(plan.steps);
        gateway.reportNetwork(plan);
        gateway.alarms.clear("network.unrepaired");
      } catch (error) {
        gateway.alarms.raise("network.unrepaired", "major", `interfaces or routes cannot be set up: ${String(error)}`);
      }
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#rulesetTimer);
    clearTimeout(this.#networkTimer);
  }

  #mayRepair(): boolean {
    const now = this.#gateway.nowMs();
    this.#repairedAtMs = this.#repairedAtMs.filter((at) => now - at < 60_000);
    if (this.#repairedAtMs.length >= repairsPerMinuteMax) return false;
    this.#repairedAtMs.push(now);
    return true;
  }
}

/** Revoked marks are run-time state: whichever are there now are as they should be, but 0 must always be among them. */
function withRunTimeState(desired: NftTable, actual: NftTable | undefined): NftTable {
  const revoked = markElements(revokedIn(actual));
  const sets = desired.sets.map((set) =>
    set.name === "revoked" ? { ...set, elements: [...set.elements, ...revoked] } : set,
  );
  return { ...desired, sets };
}
