// Writes down who the members of dynamic addresses are, a moment after they changed and once more at the end: many
// changes in a row cost one write. A change is in force before it is on disk.

import type { DynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import type { Alarms } from "../alarms.ts";
import { Repeater } from "../repeater.ts";
import type { Membership } from "./membership.ts";

const tickMs = 250;

/** What a keeper watches over. */
interface Kept {
  readonly membership: Membership;
  readonly alarms: Alarms;
}

export class MemberKeeper implements AsyncDisposable {
  readonly #gateway: Kept;
  readonly #save: (members: DynamicMembers) => Promise<void>;
  #saved: DynamicMembers;
  #ticks: Disposable | undefined;

  /** The members that the gateway has now are on disk already. */
  constructor(gateway: Kept, save: (members: DynamicMembers) => Promise<void>) {
    this.#gateway = gateway;
    this.#save = save;
    this.#saved = gateway.membership.members;
  }

  static start(gateway: Kept, save: (members: DynamicMembers) => Promise<void>): MemberKeeper {
    const keeper = new MemberKeeper(gateway, save);
    keeper.#ticks = new Repeater(
      () => keeper.tick(),
      () => tickMs,
    );
    return keeper;
  }

  /** Never throws: what cannot be written is an alarm, and is tried again. */
  async tick(): Promise<void> {
    const { membership, alarms } = this.#gateway;
    const { members } = membership;
    if (members === this.#saved) return;
    try {
      await this.#save(members);
      this.#saved = members;
      alarms.clear("dynamic-address.not-saved");
    } catch (error) {
      const message = `members of dynamic addresses cannot be written to disk, and a restart would forget them: ${String(error)}`;
      alarms.raise("dynamic-address.not-saved", "minor", message);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ticks?.[Symbol.dispose]();
    await this.tick();
  }
}
