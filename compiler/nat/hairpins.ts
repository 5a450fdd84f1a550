// Hairpins: an inner host reaches another one by its outer end (RFC 4787, REQ-9). What comes in by a device whose traffic is
// translated on its way out may use bindings as what comes from outside does, and its source becomes what it would be if it
// left by the outer side: so both hosts see each other's outer ends.

import type { Family } from "@merlon/model/ip/address.ts";
import type { PacketHeader } from "../interpret.ts";
import type { Ir } from "../ir.ts";
import { boundAddresses } from "./bound-addresses.ts";
import type { PersistentRule } from "./persistent-nat.ts";

export interface Hairpin {
  /** Whose binding is used. */
  readonly rule: PersistentRule;
  readonly entering: string;
  /** The outer device by which the source would have left. */
  readonly leaving: string;
}

/** Undefined where the device is on the outer side itself, or nothing of it would be translated there. */
export function leavingOf(
  ir: Pick<Ir, "nat">,
  { set, outer, persistent }: PersistentRule,
  entering: string,
): string | undefined {
  if (persistent.permit === "nobody" || set.to.devices.includes(entering)) return undefined;
  const outside = outer.kind === "device" ? [outer.device] : set.to.devices;
  const sets = (ir.nat?.source ?? []).filter(({ from }) => from.devices.includes(entering));
  return outside.find((device) => sets.some(({ to }) => to.devices.includes(device)));
}

export function hairpinsOf(ir: Pick<Ir, "nat" | "interfaces">, rules: readonly PersistentRule[]): readonly Hairpin[] {
  return rules.flatMap((rule) =>
    ir.interfaces.flatMap(({ device: entering }) => {
      const leaving = leavingOf(ir, rule, entering);
      return leaving === undefined ? [] : [{ rule, entering, leaving }];
    }),
  );
}

/** Whether a packet is sent to an address of the device that a rule binds. */
export function isForDevice(ir: Ir, { outer }: PersistentRule, { destination }: PacketHeader): boolean {
  if (outer.kind !== "device") return false;
  return boundAddresses(ir, outer.device, destination.family).some(({ value }) => value === destination.value);
}

/** Devices that inner hosts of these rules may be behind. */
export function innerDevices(hairpins: readonly Hairpin[], entering: string): ReadonlySet<string> {
  return new Set(hairpins.flatMap((hairpin) => (hairpin.entering === entering ? hairpin.rule.set.from.devices : [])));
}

/** Rules with bindings of an IP version that others may use. */
export function openRules(rules: readonly PersistentRule[], family: Family): readonly PersistentRule[] {
  return rules.filter(
    ({ persistent, outer }) =>
      persistent.permit !== "nobody" &&
      (outer.kind === "device" || outer.pool.ranges.some((range) => range.family === family)),
  );
}
