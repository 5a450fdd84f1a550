// What a gateway translates, free of the language it was written in. Rule sets are bound to devices; the first rule that
// matches, of the most specific set that has one, decides. A rule that cannot be enforced refuses what it matches, so that
// nothing leaves with an address that the operator wanted hidden.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { AddressMatch, RuleId } from "../ir.ts";

export interface IrNat {
  /** Each list with the most specific sets first, otherwise as configured. */
  readonly static: readonly NatRuleSet<StaticAction>[];
  readonly destination: readonly NatRuleSet<DestinationAction>[];
  readonly source: readonly SourceRuleSet[];
  readonly sourcePools: readonly SourcePool[];
  readonly destinationPools: readonly DestinationPool[];
}

/** One side of traffic, and the devices of the kernel that it means. */
export interface NatSide {
  readonly kind: "interface" | "zone" | "routing-instance";
  readonly names: readonly string[];
  readonly devices: readonly string[];
}

export interface NatRuleSet<A> {
  readonly name: string;
  readonly from: NatSide;
  readonly rules: readonly NatRule<A>[];
  readonly origin: Origin;
}

export type SourceRuleSet = NatRuleSet<SourceAction> & { readonly to: NatSide };

export interface NatRule<A> {
  /** Of the same numbers as policies. A session carries it in its label, and counters are kept by it. */
  readonly id: RuleId;
  readonly name: string;
  readonly match: NatMatch;
  readonly action: A;
  readonly origin: Origin;
}

export interface NatMatch {
  readonly source: AddressMatch;
  readonly destination: AddressMatch;
  readonly services: "any" | readonly ServiceTerm[];
  /** For people: the applications as configured. */
  readonly applications: readonly string[];
}

/** In the order in which a packet meets them. */
export type NatKind = "static" | "destination" | "source";

export interface Refusal {
  readonly kind: "refuse";
  readonly because: string;
}

export type SourceAction =
  | Refusal
  | { readonly kind: "off" }
  /** To an address of the device that the packet leaves by. */
  | ({ readonly kind: "interface"; readonly ports: NumberRange } & PortChoice)
  /** `pool` is the index in `sourcePools`. */
  | ({ readonly kind: "pool"; readonly pool: number } & PortChoice);

export interface PortChoice {
  /** As translated ports shall be. */
  readonly random: boolean;
  readonly persistent?: PersistentNat;
}

/**
 * An inner address and port of TCP or UDP is bound to an outer one: all its sessions have it, and others may begin
 * sessions to it. A binding lives as long as a session of it, and some time longer.
 */
export interface PersistentNat {
  /** Who may begin sessions: everybody; hosts, or ports of hosts, that the inner one has sent to; nobody. */
  readonly permit: "any-remote-host" | "target-host" | "target-host-port" | "nobody";
  /** Addresses alone are bound, for all protocols, and ports stay as they are. */
  readonly addressMapping: boolean;
  readonly inactivitySeconds: number;
  /** Sessions of one binding at most; further ones are refused. */
  readonly sessionsMax: number;
}

/** `pool` is the index in `destinationPools`. */
export type DestinationAction = Refusal | { readonly kind: "off" } | { readonly kind: "pool"; readonly pool: number };

export type StaticAction = Refusal | StaticMap;

/** The outer address becomes the inner one with the same offset on the way in, and back on the way out. */
export interface StaticMap {
  readonly kind: "map";
  readonly outer: IpRange;
  /** As long as `outer`, of the same IP version. */
  readonly inner: IpRange;
  /** TCP and UDP alone, from port to port with the same offset; both ranges are equally long. */
  readonly ports?: { readonly outer: NumberRange; readonly inner: NumberRange };
}

export interface SourcePool {
  readonly name: string;
  readonly ranges: readonly IpRange[];
  /** Ports that translated sessions have; `keep` leaves those that they had, and refuses a session that would clash. */
  readonly ports: NumberRange | "keep";
  /** Sessions of one source have one address. */
  readonly persistent: boolean;
  /** Address shifting: this inner address becomes the first of the pool, the next one the second. */
  readonly base?: IpAddress;
  /** What serves sources outside of the shift; without it they are refused. The index of another pool. */
  readonly overflow?: "interface" | number;
  readonly origin: Origin;
}

export interface DestinationPool {
  readonly name: string;
  readonly range: IpRange;
  readonly port?: number;
  readonly origin: Origin;
}

/** Ports of bindings to an interface: what listens on the gateway itself has lower ones. */
export const interfaceBindingPorts: NumberRange = { first: 32_768, last: 63_487 };

/** Ports of source NAT where nothing is said: the original keeps those above for pairs of ports. */
export const usualPorts: NumberRange = { first: 1_024, last: 63_487 };
