// Persistent NAT: what a rule of source NAT says of it, and the rules that have it, each with a number for all that makes
// its bindings what they are. A rule that means something else has another number, so its old bindings open nothing.

import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import { hash32 } from "@merlon/model/text-hash.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import type { Ir } from "../ir.ts";
import { sourceRuleMeaning } from "./changed-nat-rules.ts";
import type { NatRule, PersistentNat, SourceAction, SourcePool, SourceRuleSet } from "./ir-nat.ts";
import type { NatContext } from "./nat-context.ts";
import { sizeOf } from "./range-size.ts";

const inactivitySecondsDefault = 300;
const sessionsMaxDefault = 30;

interface PersistentWords {
  readonly permit?: { readonly anyRemoteHost?: boolean; readonly targetHost?: boolean };
  readonly blockExtSession?: boolean;
  readonly addressMapping?: boolean;
  readonly inactivityTimeout?: number;
  readonly maxSessionNumber?: number;
}

/** `pool` is absent where the address of an interface is bound. Without `permit` nobody but who was asked may answer. */
export function persistentNatOf(
  rule: { readonly name: string } & HasOrigin,
  set: string,
  words: PersistentWords | undefined,
  pool: SourcePool | undefined,
  { diagnostics }: Pick<NatContext, "diagnostics">,
): PersistentNat | undefined {
  if (words === undefined) return undefined;
  const warn = (why: string, hint: string) => {
    const message = `persistent-nat of source NAT rule ${rule.name} of rule set ${set} ${why}`;
    diagnostics.warning("nat.persistent", rule[origin], message, hint);
  };
  if (pool?.base !== undefined) {
    warn("opens nothing from outside: its pool shifts addresses, one to one", "use static NAT for inner servers");
    return undefined;
  }
  const addressMapping = words.addressMapping === true && pool !== undefined;
  if (words.addressMapping === true && pool === undefined) {
    warn("binds ports too: an interface has one address for all", "take address-mapping out, or name a pool");
  }
  const addressCount = (pool?.ranges ?? []).reduce((sum, range) => sum + sizeOf(range), 0);
  const addressesMax = addressMapping ? bindingAddressesMax : bindingSlots;
  if (addressCount > addressesMax) {
    const which = `the first ${addressesMax.toLocaleString("en")} of ${addressCount.toLocaleString("en")} addresses`;
    warn(`uses ${which} of pool ${pool?.name ?? ""}`, "spread the sources over several rules and pools");
  }
  const { inactivityTimeout, maxSessionNumber } = words;
  return {
    permit: permitOf(words),
    addressMapping,
    inactivitySeconds: inactivityTimeout ?? inactivitySecondsDefault,
    sessionsMax: maxSessionNumber ?? sessionsMaxDefault,
  };
}

function permitOf({ permit, blockExtSession }: PersistentWords): PersistentNat["permit"] {
  if (blockExtSession === true) return "nobody";
  if (permit?.anyRemoteHost === true) return "any-remote-host";
  return permit?.targetHost === true ? "target-host" : "target-host-port";
}

/** Sources fall into this many parts by their last byte, and each part has one outer address. */
export const bindingSlots = 256;
/** Where addresses are bound, each is an element of a map. */
export const bindingAddressesMax = 65_536;

/** A rule whose sessions have bindings; where addresses of devices are bound, the rule for one device. */
export interface PersistentRule {
  readonly set: SourceRuleSet;
  readonly rule: NatRule<SourceAction>;
  readonly persistent: PersistentNat;
  readonly outer:
    | { readonly kind: "pool"; readonly pool: SourcePool }
    | { readonly kind: "device"; readonly device: string };
  /** 32 bits that stand for the rule and everything that it says, and for the device. */
  readonly bindingClass: number;
}

export function persistentRules(ir: Ir): readonly PersistentRule[] {
  return (ir.nat?.source ?? []).flatMap((set) => set.rules.flatMap((rule) => persistentRulesOf(ir, set, rule)));
}

/** None where the rule binds nothing. */
export function persistentRulesOf(ir: Ir, set: SourceRuleSet, rule: NatRule<SourceAction>): readonly PersistentRule[] {
  const { action } = rule;
  if ((action.kind !== "interface" && action.kind !== "pool") || action.persistent === undefined) return [];
  const { persistent } = action;
  const text = `${set.name} ${rule.name} ${sourceRuleMeaning(ir, set, rule)}`;
  if (action.kind === "interface") {
    return set.to.devices.map((device) => {
      const outer = { kind: "device", device } as const;
      return { set, rule, persistent, outer, bindingClass: hash32(`${device} ${text}`) };
    });
  }
  const pool = ir.nat?.sourcePools[action.pool];
  return pool === undefined
    ? []
    : [{ set, rule, persistent, outer: { kind: "pool", pool }, bindingClass: hash32(text) }];
}

/** TCP and UDP have bindings of ports; where addresses are bound, every protocol has. */
export function hasBinding({ addressMapping }: PersistentNat, protocol: number): boolean {
  return addressMapping || protocol === 6 || protocol === 17;
}

/**
 * What stands for the address of a device in a binding: one of the network 0.0.0.0/8 (or its like of IPv6), from which
 * nothing is ever sent. A device has the same after every commit.
 */
export function placeOf(device: string, family: Family): IpAddress {
  const value = hash32(device) >>> 8;
  return family === 4 ? { family, value } : { family, value: BigInt(value) };
}
