// Who the members of dynamic addresses are now, and how they change: elements of sets go and come, nearly always in one
// transaction, under the generation that is in force. No policy is compiled, and the table is neither lowered nor read.
// Commits, repairs and schedules put the same members into force again, because they are part of the gateway's world.

import { setTimeout as sleep } from "node:timers/promises";
import { noDynamicMembers, withDynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import type { DynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import { planMemberChange } from "@merlon/compiler/nft/dynamic-sets.ts";
import { differenceOf, emptyRangeSet, sameRangeSet, unionOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { planSessionReview } from "../commit/plan-session-review.ts";
import type { Running } from "../commit/running.ts";
import { reviewSessions } from "../commit/settle.ts";
import type { Settling } from "../commit/settle.ts";
import type { RulesetCheck } from "../ruleset-check.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { Kernel, RulesetStep } from "../kernel/kernel.ts";
import { KernelFailure } from "../kernel/kernel.ts";

/** Ranges of one dynamic address, and of all together. */
export const membersMax = 65_536;
export const membersInAllMax = 262_144;

/** Addresses to take away and to add, in this order, or all that there shall be. */
export type MemberChange = { readonly add?: RangeSet; readonly remove?: RangeSet } | { readonly replace: RangeSet };

export interface MemberOutcome {
  /** `elements`: as meant. `repair`: the kernel's table was not as it should be, and all of it was written anew. */
  readonly how: "no change" | "elements" | "repair";
  readonly members: RangeSet;
}

/** What was asked for cannot be; nothing has changed. */
export class MembersRefused extends Error {
  override readonly name = "MembersRefused";
}

/** What membership has to do with of a gateway. */
interface Enforcing extends Settling {
  readonly kernel: Kernel;
  readonly running: Running | undefined;
  readonly checked: RulesetCheck;
  /** Within this time a packet on its way is through all chains. */
  readonly graceMs: number;
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  adopt(ir: Ir): void;
  repair(prepared?: Running["prepared"]): Promise<void>;
}

export class Membership {
  readonly #gateway: Enforcing;
  #members: DynamicMembers;

  constructor(gateway: Enforcing, members: DynamicMembers = noDynamicMembers) {
    this.#gateway = gateway;
    this.#members = members;
  }

  /** One object for as long as nobody comes or goes. */
  get members(): DynamicMembers {
    return this.#members;
  }

  membersOf(name: string): RangeSet {
    return this.#members.get(name) ?? emptyRangeSet;
  }

  /** Names of the configuration in force, in its order. */
  get names(): readonly string[] {
    const declared = this.#gateway.running?.prepared.configuration.security?.dynamicAddress?.addressName ?? [];
    return declared.map(({ name }) => name);
  }

  /**
   * Changes who the members of a dynamic address are; kept when it is in force in the kernel. Throws `MembersRefused`, and
   * `KernelFailure` when the kernel cannot be brought to it; then the members are those of before.
   */
  change(name: string, change: MemberChange): Promise<MemberOutcome> {
    return this.#gateway.exclusively(async () => {
      const members = this.#changed(name, change);
      const before = this.membersOf(name);
      if (sameRangeSet(before, members)) return { how: "no change", members };
      const all = new Map(this.#members);
      if (countOf(members) === 0) all.delete(name);
      else all.set(name, members);
      const how = await this.#enforce(name, all);
      return { how, members };
    });
  }

  #changed(name: string, change: MemberChange): RangeSet {
    const declared = this.names.includes(name);
    const before = this.membersOf(name);
    if (!declared && countOf(before) === 0) {
      throw new MembersRefused(
        `there is no dynamic address ${name}: set security dynamic-address address-name ${name}, and commit`,
      );
    }
    const after = "replace" in change ? change.replace : merged(before, change);
    // Those of a name that the configuration has no longer may only leave.
    if (!declared && countOf(differenceOf(after, before)) > 0) {
      throw new MembersRefused(
        `nobody can join ${name}: the configuration does not have this dynamic address any more`,
      );
    }
    const others = [...this.#members].reduce((sum, [one, set]) => sum + (one === name ? 0 : countOf(set)), 0);
    const count = countOf(after);
    if (count > membersMax || others + count > membersInAllMax) {
      throw new MembersRefused(
        `${name} would have ${count} ranges: one dynamic address has ${membersMax} at most, and all have ${membersInAllMax}`,
      );
    }
    return after;
  }

  async #enforce(name: string, all: DynamicMembers): Promise<"elements" | "repair"> {
    const gateway = this.#gateway;
    const { running } = gateway;
    if (running === undefined) throw new MembersRefused("no configuration is in force yet");
    const { prepared, generation } = running;
    const next = withDynamicMembers(prepared.ir, all);
    let how: "elements" | "repair" = "elements";
    try {
      const steps: RulesetStep[] = [];
      for (const changes of planMemberChange(prepared.ir, next, name, generation)) {
        if (steps.length > 0) await sleep(gateway.graceMs);
        steps.push(await gateway.kernel.changeElements(changes));
      }
      // Only the last one leaves the table as it shall be.
      for (const step of steps) gateway.checked.stepped(step);
      gateway.adopt(next);
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      // Somebody has changed the table, or it would have taken the elements: it is written as it shall be.
      how = "repair";
      await gateway.repair({ ...prepared, ir: next });
    }
    this.#members = all;
    // `policy-rematch extensive` means who the members are, too.
    const review = next.rematch === "extensive" ? planSessionReview(prepared.ir, next) : undefined;
    if (review !== undefined) await reviewSessions(gateway, review);
    return how;
  }
}

function merged(
  before: RangeSet,
  { add = emptyRangeSet, remove = emptyRangeSet }: Exclude<MemberChange, { replace: RangeSet }>,
) {
  return unionOf([differenceOf(before, remove), add]);
}

function countOf({ ipv4, ipv6 }: RangeSet): number {
  return ipv4.length + ipv6.length;
}
