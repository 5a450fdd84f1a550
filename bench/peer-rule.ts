// A rule of the IR as the peers need it: ranges of addresses of one family (as `bench-address.ts` has them) and ports. The peers are given the same decisions in the
// same order; what has no meaning for them (rule ids, counters, logs) is left out.

import { membersOf } from "@merlon/compiler/address-members.ts";
import type { Action, AddressMatch, Ir, IrContext, IrRule } from "@merlon/compiler/ir.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { ipv4RangeOf } from "./bench-address.ts";

export interface PeerSide {
  /** Undefined is any. Ranges are sorted and apart. */
  readonly ranges: readonly NumberRange[] | undefined;
  readonly excluded: boolean;
}

export interface PeerRule {
  readonly source: PeerSide;
  readonly destination: PeerSide;
  /** Destination ports by protocol; undefined is every protocol. */
  readonly ports: { readonly tcp: readonly NumberRange[]; readonly udp: readonly NumberRange[] } | undefined;
  readonly action: Action;
}

export interface PeerContext {
  readonly family: Family;
  readonly inDevice: string;
  readonly outDevice: string;
  readonly rules: readonly PeerRule[];
}

/** The pairs of zones that have policies, without the default policy, which denies. */
export function peerContexts(ir: Ir, family: Family): readonly PeerContext[] {
  const sides = new Map<AddressMatch, PeerSide>();
  const sideOf = (match: AddressMatch): PeerSide => {
    const made = sides.get(match) ?? peerSide(ir, match, family);
    sides.set(match, made);
    return made;
  };
  return ir.contexts
    .map((context) => ({
      family,
      inDevice: deviceOf(ir, context.fromZone),
      outDevice: deviceOf(ir, context.toZone),
      rules: policiesOf(context).flatMap((rule) => peerRule(rule, sideOf)),
    }))
    .filter(({ rules }) => rules.length > 0);
}

function deviceOf({ interfaces }: Ir, zone: string): string {
  const found = interfaces.find((entry) => entry.zone === zone);
  if (found === undefined) throw new Error(`the zone ${zone} has no interface`);
  return found.device;
}

function policiesOf({ rules }: IrContext): readonly IrRule[] {
  return rules.filter(({ policy }) => policy.scope !== "default");
}

function peerRule({ match, action }: IrRule, sideOf: (match: AddressMatch) => PeerSide): readonly PeerRule[] {
  if (match.kind === "nothing") return [];
  const { services } = match;
  const portsOf = (protocol: 6 | 17): readonly NumberRange[] =>
    services === "any"
      ? []
      : services.flatMap((term) => (term.kind === "ports" && term.protocol === protocol ? [term.destination] : []));
  const ports = services === "any" ? undefined : { tcp: portsOf(6), udp: portsOf(17) };
  return [{ source: sideOf(match.source), destination: sideOf(match.destination), ports, action }];
}

function peerSide(ir: Ir, match: AddressMatch, family: Family): PeerSide {
  if (match.kind === "any") return { ranges: undefined, excluded: false };
  const { ipv4, ipv6 } = membersOf(ir, match.names);
  const ranges = family === 4 ? ipv4 : ipv6.flatMap((range) => ipv4RangeOf(range) ?? []);
  return { ranges, excluded: match.excluded };
}
