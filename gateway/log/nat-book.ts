// What the numbers of NAT rules in a session's label mean, and which rules translated the sessions that live now: the
// kernel says so when a session begins and not when it ends. Rules that a commit removed stay known for a while.

import type { Ir } from "@merlon/compiler/ir.ts";
import type { NatKind } from "@merlon/compiler/nat/ir-nat.ts";
import { sameIp } from "@merlon/model/ip/address.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import { natOf } from "./session-nat.ts";
import type { SessionNat } from "./session-nat.ts";

export interface NatRuleName {
  readonly kind: NatKind;
  readonly ruleSet: string;
  readonly rule: string;
}

const retiredCountMax = 10_000;
/** Sessions whose rules are remembered; of the oldest of more than these, the names are not known at their end. */
const rememberedCountMax = 500_000;

export class NatBook {
  #current = new Map<number, NatRuleName>();
  readonly #retired = new Map<number, NatRuleName>();
  /** By the session's id: the numbers of both rules as one, the destination's in the upper 24 bits. */
  readonly #sessions = new Map<number, number>();

  replace({ nat }: Pick<Ir, "nat">): void {
    const next = new Map<number, NatRuleName>();
    for (const kind of ["static", "destination", "source"] as const) {
      for (const { name, rules } of nat?.[kind] ?? []) {
        for (const rule of rules) next.set(rule.id, { kind, ruleSet: name, rule: rule.name });
      }
    }
    for (const [id, name] of this.#current) if (!next.has(id)) this.#retired.set(id, name);
    for (const id of this.#retired.keys()) {
      if (this.#retired.size <= retiredCountMax) break;
      this.#retired.delete(id);
    }
    this.#current = next;
  }

  find(id: number): NatRuleName | undefined {
    return this.#current.get(id) ?? this.#retired.get(id);
  }

  /** Ids of rules that are not there any more. */
  retired(): ReadonlySet<number> {
    return new Set(this.#retired.keys());
  }

  /** To be called when a session begins whose end is of interest. */
  remember({ id, natRules }: KernelSession): void {
    if (natRules === undefined) return this.forget(id);
    this.#sessions.set(id, (natRules.destination ?? 0) * 2 ** 24 + (natRules.source ?? 0));
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= rememberedCountMax) break;
      this.#sessions.delete(oldest);
    }
  }

  /** How a session is translated and by which rules, when it begins, lives or ends; undefined when it is not. */
  natOf(session: KernelSession): SessionNat | undefined {
    const { original, reply, natRules = this.#remembered(session.id) } = session;
    const isPlain = sameIp(original.source, reply.destination) && sameIp(original.destination, reply.source);
    if (natRules === undefined && isPlain && samePorts(session)) return undefined;
    const nameOf = (id: number | undefined) => (id === undefined ? undefined : this.find(id));
    return natOf(session, nameOf(natRules?.destination), nameOf(natRules?.source));
  }

  forget(id: number): void {
    this.#sessions.delete(id);
  }

  #remembered(id: number): KernelSession["natRules"] {
    const both = this.#sessions.get(id);
    if (both === undefined) return undefined;
    const [destination, source] = [Math.floor(both / 2 ** 24), both % 2 ** 24];
    return { ...(destination === 0 ? {} : { destination }), ...(source === 0 ? {} : { source }) };
  }
}

function samePorts({ original, reply }: KernelSession): boolean {
  return (
    original.sourcePort === reply.destinationPort &&
    original.destinationPort === reply.sourcePort &&
    original.icmpId === reply.icmpId
  );
}
