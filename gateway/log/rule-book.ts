// What a rule id in a connection mark means: policy, zones, action, what to log. Ids of policies that a commit removed
// stay known for a while, because their sessions are still being closed and logged.

import { systemRuleIds } from "@merlon/compiler/ir.ts";
import type { Action, Ir, PolicyName } from "@merlon/compiler/ir.ts";
import { NatBook } from "./nat-book.ts";
import { ScreenBook } from "./screen-book.ts";

export interface RuleEntry {
  readonly policy: PolicyName;
  readonly fromZone: string;
  readonly toZone: string;
  readonly action: Action;
  readonly log: { readonly sessionInit: boolean; readonly sessionClose: boolean };
}

/** Removed rules that are still remembered; the oldest are forgotten first. */
const retiredCountMax = 100_000;

const noZone: RuleEntry = {
  policy: { scope: "default", name: "no-zone" },
  fromZone: "none",
  toZone: "none",
  action: "deny",
  log: { sessionInit: true, sessionClose: false },
};

const hostInbound: RuleEntry = {
  policy: { scope: "default", name: "host-inbound-traffic" },
  fromZone: "none",
  toZone: "junos-host",
  action: "deny",
  log: { sessionInit: true, sessionClose: false },
};

const permittedQuietly: Pick<RuleEntry, "action" | "log"> = {
  action: "permit",
  log: { sessionInit: false, sessionClose: false },
};

export class RuleBook {
  readonly nat = new NatBook();
  readonly screens = new ScreenBook();
  #current = new Map<number, RuleEntry>();
  #zoneOfDevice = new Map<string, string>();
  #nameOfDevice = new Map<string, string>();
  readonly #retired = new Map<number, RuleEntry>();

  /** Makes the rules of `ir` the current ones and retires those that are gone. */
  replace(ir: Ir): void {
    this.nat.replace(ir);
    const next = new Map<number, RuleEntry>();
    for (const { fromZone, toZone, rules } of ir.contexts) {
      for (const { id, policy, action, log } of rules) next.set(id, { policy, fromZone, toZone, action, log });
    }
    for (const {
      zone,
      hostInbound: { ruleId },
    } of ir.interfaces) {
      if (ruleId !== undefined) next.set(ruleId, { ...hostInbound, ...permittedQuietly, fromZone: zone });
    }
    for (const [id, entry] of this.#current) {
      const now = next.get(id);
      if (now === undefined || (entry.action === "permit" && now.action !== "permit")) this.#retired.set(id, entry);
    }
    for (const id of this.#retired.keys()) {
      if (this.#retired.size <= retiredCountMax) break;
      this.#retired.delete(id);
    }
    this.#current = next;
    this.screens.replace(ir);
    this.#zoneOfDevice = new Map(ir.interfaces.map(({ device, zone }) => [device, zone]));
    this.#nameOfDevice = new Map(ir.interfaces.map(({ device, name }) => [device, name]));
  }

  /** The entry of a mark, with zones filled in from the devices where the rule itself has none. */
  find(mark: number, devices: { readonly in?: string; readonly out?: string } = {}): RuleEntry | undefined {
    const id = mark & 0xff_ffff;
    if (id === systemRuleIds.noZone) {
      return { ...noZone, fromZone: this.#zone(devices.in), toZone: this.#zone(devices.out) };
    }
    if (id === systemRuleIds.hostInbound) return { ...hostInbound, fromZone: this.#zone(devices.in) };
    return this.#current.get(id) ?? this.#retired.get(id);
  }

  /** Ids of rules that permit now: the only marks that a living session may carry. */
  permitted(): ReadonlySet<number> {
    return new Set([...this.#current].filter(([, entry]) => entry.action === "permit").map(([id]) => id));
  }

  /** What let a session with this mark pass: the rule as it is, or as it was when it last permitted. */
  permitOf(mark: number): RuleEntry | undefined {
    const id = mark & 0xff_ffff;
    return [this.#current.get(id), this.#retired.get(id)].find((entry) => entry?.action === "permit");
  }

  isRetired(mark: number): boolean {
    return !this.#current.has(mark & 0xff_ffff);
  }

  /** The interface by its configured name (`ge-0/0/0.0`); the device itself where it is in no zone. */
  interfaceOf(device: string): string {
    return this.#nameOfDevice.get(device) ?? device;
  }

  #zone(device: string | undefined): string {
    return device === undefined ? "none" : (this.#zoneOfDevice.get(device) ?? "none");
  }
}
