// Bindings of persistent NAT live as long as one of their sessions. The kernel begins a binding's time anew with every
// session that takes it; a session that lives longer than that is why the gateway looks again and again which bindings have
// sessions, and begins their times anew. Without the gateway a binding ends early, and nothing is opened.

import { natHitsSet, natRefusals } from "@merlon/compiler/nat/nat-names.ts";
import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import { persistentRules } from "@merlon/compiler/nat/persistent-nat.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { NftValue } from "@merlon/compiler/nft/program.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import type { Gateway } from "../gateway.ts";
import type { FilledChange, FilledElement } from "../kernel/kernel.ts";
import { readBindings } from "../live-bindings.ts";
import type { LiveBinding } from "../live-bindings.ts";
import { Repeater } from "../repeater.ts";

/** A quarter of the shortest time that a binding may have. */
const lookMs = 15_000;
/** What ends so soon may be gone before it is written anew. */
const tooLateMs = 2_000;

export class BindingKeeper {
  readonly #gateway: Gateway;
  #refusedCount: number | undefined;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Runs until it is disposed of. */
  static start(gateway: Gateway): Disposable {
    const keeper = new BindingKeeper(gateway);
    return new Repeater(
      () => keeper.tick(),
      () => lookMs,
    );
  }

  /** Begins the times of bindings anew that have sessions. Never throws. */
  async tick(): Promise<void> {
    const { alarms } = this.#gateway;
    try {
      await this.#gateway.exclusively(() => this.#look());
      alarms.clear("nat.bindings-unkept");
    } catch (error) {
      const message = `bindings of persistent NAT may end before their sessions: ${String(error)}`;
      alarms.raise("nat.bindings-unkept", "minor", message);
    }
  }

  async #look(): Promise<void> {
    const { kernel, running, checked } = this.#gateway;
    const ir = running?.prepared.ir;
    if (ir === undefined || persistentRules(ir).length === 0) {
      this.#refusedCount = undefined;
      return this.#gateway.alarms.clear("nat.bindings-refused");
    }
    await this.#countRefusals();
    const due = (await readBindings(kernel, ir)).filter(isDue);
    for (const family of [4, 6] as const) {
      const ofFamily = due.filter((binding) => binding.family === family);
      for (const [timeoutMs, same] of Map.groupBy(ofFamily, timeOf)) {
        checked.stepped(await kernel.changeFilled(await this.#anew(family, same, timeoutMs)));
      }
    }
  }

  /** All rows of the bindings; those that have gone already come back. */
  async #anew(family: Family, bindings: readonly LiveBinding[], timeoutMs: number): Promise<readonly FilledChange[]> {
    const { kernel } = this.#gateway;
    const { bound, taken, inward, peers } = bindingSets[family];
    const keys = new Set(bindings.map(({ outerKey }) => textOf(outerKey)));
    const ofThem = (rows: readonly FilledElement[]) => rows.filter(({ key }) => keys.has(textOf(key.slice(0, 3))));
    const peerRows = ofThem(await kernel.readFilled(peers));
    return [
      { set: bound, timeoutMs, remove: bindings.map(({ row }) => row), add: bindings.map(({ row }) => row) },
      {
        set: taken,
        timeoutMs,
        remove: ofThem(await kernel.readFilled(taken)),
        add: bindings.map(({ outerKey }) => ({ key: outerKey })),
      },
      {
        set: inward,
        timeoutMs,
        remove: ofThem(await kernel.readFilled(inward)),
        // The inner end as it is: its protocol fills the first byte of a word, as a number does that is below 256.
        add: bindings.map(({ outerKey, row }) => ({ key: outerKey, data: row.key })),
      },
      { set: peers, timeoutMs, remove: peerRows, add: peerRows },
    ];
  }

  async #countRefusals(): Promise<void> {
    const { kernel, alarms } = this.#gateway;
    const count = (await kernel.readHits(natHitsSet)).get(natRefusals)?.packets ?? 0;
    const before = this.#refusedCount ?? count;
    this.#refusedCount = count;
    const message = `persistent NAT refused ${count - before} sessions in ${lookMs / 1_000} seconds: there was no free outer end, or its binding has as many as it may`;
    alarms.set("nat.bindings-refused", "minor", count > before ? message : undefined);
  }
}

function timeOf({ rule }: LiveBinding): number {
  return rule.persistent.inactivitySeconds * 1_000;
}

function isDue(binding: LiveBinding): boolean {
  const { isBusy, remainingMs } = binding;
  return isBusy && remainingMs > tooLateMs && remainingMs < timeOf(binding) - lookMs;
}

function textOf(key: readonly NftValue[]): string {
  return printElement({ key });
}
