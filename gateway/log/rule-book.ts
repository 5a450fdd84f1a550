// What a rule id in a connection mark means: policy, zones, action, what to log. Ids of policies that a commit removed
// stay known for a while, because their sessions are still being closed and logged.

import { systemRuleIds } from "@merlon/compiler/ir.ts";
import type { Action, Ir, IrContext, PolicyName } from "@merlon/compiler/ir.ts";
import { IncomingInterfaces } from "./incoming-interfaces.ts";
import { NatBook } from "./nat-book.ts";
import { ScreenBook } from "./screen-book.ts";

export interface RuleEntry {
  readonly policy: PolicyName;
  readonly fromZone: string;
  readonly toZone: string;
  readonly action: Action;
  /** Why it denies, where its policy is written to permit. */
  readonly unmet?: string;
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

const ownSource: RuleEntry = { ...noZone, policy: { scope: "default", name: "own-address" } };

const modeDrop: RuleEntry = { ...noZone, policy: { scope: "default", name: "mode-drop" } };

/** Their zones are those of the devices. */
const withoutZones: ReadonlyMap<number, RuleEntry> = new Map([
  [systemRuleIds.noZone, noZone],
  [systemRuleIds.ownSource, ownSource],
  [systemRuleIds.modeDrop, modeDrop],
]);

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
  readonly incoming = new IncomingInterfaces();
  readonly #current = new Map<number, RuleEntry>();
  #contexts: ReadonlySet<IrContext> = new Set();
  /** Those of sessions with the gateway itself. */
  #hostEntries: ReadonlyMap<number, RuleEntry> = new Map();
  #zoneOfDevice = new Map<string, string>();
  #nameOfDevice = new Map<string, string>();
  readonly #retired = new Map<number, RuleEntry>();
  #recordsAny = false;
  /** Called when rules have been replaced, before the first packet meets the new ones. */
  onReplaced: (() => void) | undefined;

  /** Makes the rules of `ir` the current ones and retires those that are gone. */
  replace(ir: Ir): void {
    this.nat.replace(ir);
    this.#replaceRules(ir);
    this.screens.replace(ir);
    this.incoming.replace(ir);
    this.#zoneOfDevice = new Map(ir.interfaces.map(({ device, zone }) => [device, zone]));
    this.#nameOfDevice = new Map(ir.interfaces.map(({ device, name }) => [device, name]));
    this.#recordsAny = someRecords(this.#current.values()) || someRecords(this.#retired.values());
    this.onReplaced?.();
  }

  /** Whether the begin or the end of any session is recorded, be it of a rule that is gone. */
  get recordsAny(): boolean {
    return this.#recordsAny;
  }

  /** Whether the begin or the end of a session with this mark may be recorded. */
  records(mark: number): boolean {
    const id = mark & 0xff_ffff;
    const [current, retired] = [this.#current.get(id), this.#retired.get(id)];
    return (current !== undefined && recordsSession(current)) || (retired !== undefined && recordsSession(retired));
  }

  /** Looks only at contexts that are not the very same as before. */
  #replaceRules(ir: Ir): void {
    const contexts = new Set(ir.contexts);
    const hostEntries = hostEntriesOf(ir);
    const next = new Map(hostEntries);
    for (const context of contexts.difference(this.#contexts)) addEntries(context, next);
    const old = new Map(this.#hostEntries);
    for (const context of this.#contexts.difference(contexts)) addEntries(context, old);
    for (const id of old.keys()) {
      const entry = this.#current.get(id);
      const now = next.get(id);
      if (entry === undefined) continue;
      if (now === undefined || (entry.action === "permit" && now.action !== "permit")) this.#retired.set(id, entry);
      this.#current.delete(id);
    }
    for (const [id, entry] of next) this.#current.set(id, entry);
    for (const id of this.#retired.keys()) {
      if (this.#retired.size <= retiredCountMax) break;
      this.#retired.delete(id);
    }
    this.#contexts = contexts;
    this.#hostEntries = hostEntries;
  }

  /** The entry of a mark, with zones filled in from the devices where the rule itself has none. */
  find(mark: number, devices: { readonly in?: string; readonly out?: string } = {}): RuleEntry | undefined {
    const id = mark & 0xff_ffff;
    const entry = withoutZones.get(id);
    if (entry !== undefined) return { ...entry, fromZone: this.#zone(devices.in), toZone: this.#zone(devices.out) };
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

function recordsSession({ action, log }: RuleEntry): boolean {
  return action === "permit" && (log.sessionInit || log.sessionClose);
}

function someRecords(entries: Iterable<RuleEntry>): boolean {
  for (const entry of entries) if (recordsSession(entry)) return true;
  return false;
}

function addEntries({ fromZone, toZone, rules }: IrContext, entries: Map<number, RuleEntry>): void {
  for (const { id, policy, action, unmet, log } of rules) {
    const entry: RuleEntry = { policy, fromZone, toZone, action, log };
    entries.set(id, unmet === undefined ? entry : { ...entry, unmet });
  }
}

function hostEntriesOf({ interfaces }: Ir): ReadonlyMap<number, RuleEntry> {
  const entries = new Map<number, RuleEntry>();
  for (const { zone, hostInbound: own } of interfaces) {
    if (own.ruleId !== undefined) entries.set(own.ruleId, { ...hostInbound, ...permittedQuietly, fromZone: zone });
  }
  return entries;
}
