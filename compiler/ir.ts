// The intermediate representation: what a gateway enforces, free of the language it was written in. The nft program, the
// reference interpreter and the packet-set analysis read this one structure, so what is proved is what is installed.
// Address groups stay named; their members are separate data, so a change of membership never recompiles a policy.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { AddressMembers } from "./address-members.ts";
import type { Vlan } from "./resolve-units.ts";
import type { FlowOptions } from "./flow-options/flow-options.ts";
import type { IrNat } from "./nat/ir-nat.ts";
import type { IrScreen } from "./screen/screen.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";

/**
 * Names one rule in the kernel and in every log: the low 24 bits of the connection mark. Stable for as long as the
 * policy stands in its zone pair (`allocateRuleIds`), never given to another policy while sessions may carry it.
 */
export type RuleId = number & { readonly __brand: "RuleId" };

export const ruleIdMax = 0xff_ffff;

/** Rules that exist without any configuration. They carry fixed ids below `firstPolicyRuleId`. */
export const systemRuleIds = {
  /** Transit traffic that enters or leaves by an interface without a zone. */
  noZone: 1 as RuleId,
  /** Traffic to the gateway itself that `host-inbound-traffic` does not allow. */
  hostInbound: 2 as RuleId,
  /** Traffic to the gateway itself that `host-inbound-traffic` allows. */
  hostPermit: 3 as RuleId,
  /** A packet from outside with an address of the gateway itself as its source. */
  ownSource: 4 as RuleId,
  /** A packet in transit that belongs to no session and begins none. */
  noSession: 5 as RuleId,
  /** A packet in transit of a family that is not forwarded. */
  modeDrop: 6 as RuleId,
} as const;

export const firstPolicyRuleId = 16;

export interface Ir {
  readonly zones: readonly IrZone[];
  readonly interfaces: readonly IrInterface[];
  /** Every address set that a rule names, with its members now. */
  readonly addressSets: ReadonlyMap<AddressSetName, AddressMembers>;
  /**
   * One per ordered pair of security zones, a zone with itself included; in the order of `zones`. Behind them, those to
   * and from `junos-host`, the gateway itself, where there are policies for it.
   */
  readonly contexts: readonly IrContext[];
  readonly network: IrNetwork;
  /** Absent where nothing is translated. */
  readonly nat?: IrNat;
  /** Whether living sessions are asked again after a change: of a policy, or also of an address or application. */
  readonly rematch?: "policies" | "extensive";
  /** One for each zone with a screen; absent means none. */
  readonly screens?: readonly IrScreen[];
  /** Absent means `defaultFlowOptions`. */
  readonly flow?: FlowOptions;
  /** Devices that the kernel's fast path takes packets from: what the gateway has found, not what is configured. */
  readonly fastDevices?: readonly string[];
  /**
   * The kernel's numbers of devices, as the gateway has found them: a shorter way for packets of these. A device that is
   * made anew has another number, and its packets take the way by its name until the gateway has heard of it.
   */
  readonly deviceNumbers?: ReadonlyMap<string, number>;
  /** Addresses of IPv6 that devices have, as the gateway has found them. */
  readonly foundAddresses?: readonly bigint[] | "too many";
  /** Addresses of devices that persistent NAT binds, as the gateway has found them. */
  readonly boundAddresses?: ReadonlyMap<string, readonly IpAddress[]>;
}

/** The zone of the gateway itself, in policies and contexts. */
export const hostZone = "junos-host";

/** `global:web-servers`, `zone-book-name:db`, or one of the built-in `any-ipv4` and `any-ipv6`. */
export type AddressSetName = string;

export interface IrZone {
  readonly name: string;
  readonly kind: "security" | "management";
  /** A segment of TCP that enters here, and belongs to no session, is answered with a reset. */
  readonly tcpReset?: true;
  readonly origin: Origin;
}

/** A logical interface that stands in a zone. */
export interface IrInterface {
  /** As configured, with its unit: `ge-0/0/1.0`. */
  readonly name: string;
  /** The device of the kernel. */
  readonly device: string;
  readonly zone: string;
  /** A port of this secure wire: packets cross by the wire's bridge, and none is for the gateway. */
  readonly wire?: string;
  /** What host-inbound-traffic allows here: the names for people, the terms for the kernel. */
  readonly hostInbound: {
    readonly services: readonly string[];
    readonly terms: "any" | readonly ServiceTerm[];
    /** What sessions carry that came in here by these terms alone; `systemRuleIds.hostPermit` when absent. */
    readonly ruleId?: RuleId;
  };
  readonly origin: Origin;
}

/** The ordered rules for traffic from one zone to another; the last one is the default policy and matches everything. */
export interface IrContext {
  readonly fromZone: string;
  readonly toZone: string;
  readonly rules: readonly IrRule[];
}

export type Action = "permit" | "deny" | "reject";

export interface IrRule {
  readonly id: RuleId;
  readonly policy: PolicyName;
  readonly match: IrMatch;
  readonly action: Action;
  /** Why the policy denies, where it is written to permit: it demands what nobody carries out. */
  readonly unmet?: string;
  readonly log: { readonly sessionInit: boolean; readonly sessionClose: boolean };
  readonly count: boolean;
  /** What a permitted session of TCP must do beside what `Ir.flow` asks of all. */
  readonly tcp?: TcpOptions;
  /** `false`: its sessions never take the kernel's fast path. */
  readonly offload?: false;
  /** The scheduler that says when the policy is in force; at other times its match is `nothing`. */
  readonly scheduler?: string;
  readonly origin: Origin;
}

export interface TcpOptions {
  readonly synCheck?: true;
  readonly sequenceCheck?: true;
  /** Bytes that a segment may have at most, by what client and server say of themselves in their SYN. */
  readonly segmentSizeToClient?: number;
  readonly segmentSizeToServer?: number;
}

/** A policy's name is unique within its zone pair, or among the global policies. */
export interface PolicyName {
  readonly scope: "zone-pair" | "global" | "default";
  readonly name: string;
}

export type IrMatch =
  | PacketMatch
  /**
   * A policy out of its time, or a permitting one with a term that cannot be enforced (fail closed); `otherwise` is what its
   * other terms match, for the answer to why it did not decide.
   */
  | { readonly kind: "nothing"; readonly because: string; readonly otherwise?: PacketMatch };

export interface PacketMatch {
  readonly kind: "packets";
  readonly source: AddressMatch;
  readonly destination: AddressMatch;
  /** Any of these terms; `"any"` is every protocol. */
  readonly services: "any" | readonly ServiceTerm[];
  /** The names that the services stand for, as configured. */
  readonly applications?: readonly string[];
}

export type AddressMatch =
  | { readonly kind: "any" }
  /** In any of the sets; with `excluded`, in none of them (of either family). */
  | { readonly kind: "sets"; readonly names: readonly AddressSetName[]; readonly excluded: boolean };

/** An address that the gateway answers for by ARP or neighbor discovery on one device. */
export interface IrProxy {
  readonly device: string;
  readonly address: IpAddress;
}

/** What the kernel's links, addresses and routes shall be; only what the configuration names is touched. */
export interface IrNetwork {
  readonly links: readonly IrLink[];
  readonly routes: readonly IrRoute[];
  /** Absent means none. */
  readonly wires?: readonly IrWire[];
  /** Absent means none. */
  readonly proxies?: readonly IrProxy[];
}

/** Two ports that frames cross without routes: a bridge with just these. Their zones are those of their interfaces. */
export interface IrWire {
  readonly name: string;
  /** The bridge, which Merlon makes. */
  readonly device: string;
  readonly ports: readonly [IrWirePort, IrWirePort];
  /** The zone of connection tracking (1 to 65,535) that keeps equal addresses of several wires apart. */
  readonly connectionZone: number;
  readonly origin: Origin;
}

export interface IrWirePort {
  /** With its unit: `ge-0/0/1.0`. */
  readonly interface: string;
  readonly device: string;
  /** The packet mark of what enters here: in the kernel's forwarding both devices are the bridge. */
  readonly mark: number;
}

export interface IrLink {
  readonly name: string;
  readonly device: string;
  readonly up: boolean;
  readonly mtu?: number;
  /** A device that Merlon makes for the tagged frames of another. */
  readonly vlan?: Vlan;
  readonly addresses: readonly IpPrefix[];
  readonly origin: Origin;
}

export interface IrRoute {
  readonly destination: IpPrefix;
  readonly nextHops: readonly IpAddress[] | "discard" | "reject";
  readonly preference: number;
  readonly origin: Origin;
}

/** A packet that begins a session, as the policy sees it. */
export interface FlowPacket {
  readonly fromZone: string;
  readonly toZone: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** IP protocol number. */
  readonly protocol: number;
  /** TCP, UDP and SCTP only. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** ICMP and ICMPv6 only. */
  readonly icmpType?: number;
  readonly icmpCode?: number;
}
