// An nftables table as plain data: what the compiler makes, what the printer writes, what the kernel is read back into.
// Only the constructs that Merlon uses exist here, so reading back anything else is drift by definition.
// Two tables are the same exactly when their canonical forms are (`canonicalTable`).
// Source of the terms: nft(8) 1.0.6, libnftables-json(5), linux/netfilter/nf_tables.h.

import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { NftFlowChange } from "./flow-change.ts";
import type { NftFlowtable } from "./flowtable.ts";
import type { NftPacketCheck, NftPacketLoad } from "./packet-check.ts";
import type { NftTranslation } from "./translation.ts";
import type { TimeoutState } from "./timeout-states.ts";

export interface NftTable {
  readonly family: "inet";
  readonly name: string;
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
  /** Absent means none. */
  readonly timeouts?: readonly NftTimeout[];
  /** Absent means none. */
  readonly flowtables?: readonly NftFlowtable[];
  /** Objects of other kinds that somebody made inside our table. Merlon makes none. */
  readonly others?: readonly NftOther[];
}

/**
 * A `ct timeout` object: a rule hangs it on a session at the session's first packet, and the session keeps it. It holds
 * for both IP versions, whatever `l3proto` says (nft_ct_timeout_obj_eval looks at the protocol alone).
 */
export interface NftTimeout {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  /** By state; a state without seconds has those of `timeout-states.ts`. */
  readonly seconds: Readonly<Partial<Record<TimeoutState, number>>>;
  /** What else the kernel says about this object: never ours. */
  readonly foreign?: string;
}

/** A named object that is neither set, chain, timeout nor flowtable; `word` is what nft calls its kind: `counter`, `ct helper`. */
export interface NftOther {
  readonly word: string;
  readonly name: string;
}

/**
 * Data types of set keys and map values, by nft's own names, and one of ours: a `word` is a 32-bit number in network
 * byte order. The kernel compares keys byte by byte, so numbers that stand in intervals or are compared with `<` must be
 * words; a `mark` is in the byte order of the machine, as `ct mark` and `meta mark` are.
 */
export type NftType =
  | "ipv4_addr"
  | "ipv6_addr"
  | "inet_service"
  | "ifname"
  | "mark"
  | "inet_proto"
  | "icmp_type"
  | "word";

export interface NftSet {
  readonly name: string;
  /** More than one type is a concatenation. */
  readonly key: readonly NftType[];
  /** `verdict` makes it a verdict map, types make it a map to at most 16 words; absent for a plain set. */
  readonly data?: "verdict" | readonly NftType[];
  /**
   * `true`: elements are ranges of the only field of the key. `each-field`: every field of a concatenation may be a range.
   * `whole-key`: the fields together are one big-endian number, and an element reaches from all its firsts to all its
   * lasts, in which the first of a later field may be above its last.
   */
  readonly interval: boolean | "each-field" | "whole-key";
  /** Every element counts the packets and bytes that hit it. Counts are not part of a set's identity. */
  readonly counter: boolean;
  /** Elements at most; the kernel has a faster hash for a set that says so. Absent where a set may grow. */
  readonly size?: number;
  /** Rules add to it: its elements are run-time state, which no table holds. Without a time they stay while they count. */
  readonly dynamic?: { readonly timeoutMs?: number };
  readonly elements: readonly NftElement[];
  /** What else the kernel says about this set (flags, timeouts, element comments): never ours. */
  readonly foreign?: string;
}

export interface NftElement {
  /** One value per key type; `rest` stands for every key that no other element of the set has (Linux 5.13). */
  readonly key: readonly NftValue[] | "rest";
  /** One value per data type of the map. */
  readonly data?: NftVerdict | readonly NftValue[];
}

export type NftValue =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "numbers"; readonly first: number; readonly last: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "addresses"; readonly range: IpRange };

export type NftVerdict =
  | { readonly kind: "accept" | "drop" | "return" | "continue" }
  | { readonly kind: "jump" | "goto"; readonly chain: string };

export interface NftChain {
  readonly name: string;
  /** A base chain has a hook; a plain chain has none. */
  readonly hook?: {
    readonly type: "filter" | "nat" | "route";
    readonly hook: "prerouting" | "input" | "forward" | "output" | "postrouting";
    readonly priority: number;
    readonly policy: "accept" | "drop";
  };
  /** What else the kernel says about this chain (a hook that Merlon never uses): never ours. */
  readonly foreign?: string;
  readonly rules: readonly NftRule[];
}

export interface NftRule {
  readonly statements: readonly NftStatement[];
  /** At most 128 bytes; printed, kept by the kernel, read back. */
  readonly comment?: string;
}

/** What a packet is asked for. */
export type NftExpression =
  | {
      readonly kind: "meta";
      readonly key: "iif" | "oif" | "iifname" | "oifname" | "l4proto" | "nfproto" | "mark" | "pkttype";
    }
  | { readonly kind: "ct"; readonly key: "state" | "mark" | "direction" | "status" }
  | {
      readonly kind: "payload";
      /** `th` is the transport header whatever the protocol: its ports, and `type-code`, the first two bytes of ICMP. */
      readonly protocol: "ip" | "ip6" | "tcp" | "udp" | "sctp" | "icmp" | "icmpv6" | "th";
      readonly field: "saddr" | "daddr" | "sport" | "dport" | "type" | "code" | "type-code";
    }
  /** An IPv4 address of the packet, its bits outside `mask` taken as zero. */
  | { readonly kind: "masked-address"; readonly field: "saddr" | "daddr"; readonly mask: number };

export type NftStatement =
  | {
      readonly kind: "match";
      readonly left: NftExpression;
      readonly negated: boolean;
      readonly right: NftRight;
    }
  /** Look the concatenated expressions up in a set; the rule goes on when they are (not) in it. */
  | {
      readonly kind: "lookup";
      readonly key: readonly NftExpression[];
      readonly set: string;
      readonly negated: boolean;
    }
  | { readonly kind: "vmap"; readonly key: readonly NftExpression[]; readonly map: string }
  | { readonly kind: "set-mark"; readonly target: "ct" | "meta"; readonly value: number | "ct mark" | "meta mark" }
  /** Gives the session the times of a timeout object; nothing happens when its protocol is another or it is not new. */
  | { readonly kind: "set-timeout"; readonly timeout: string }
  | { readonly kind: "counter" }
  | {
      readonly kind: "log";
      readonly group: number;
      readonly prefix: string;
      readonly snapLength: number;
      readonly queueThreshold: number;
    }
  | { readonly kind: "reject"; readonly with: "tcp-reset" | "port-unreachable" | "admin-prohibited" }
  | { readonly kind: "verdict"; readonly verdict: NftVerdict }
  /** What the nft language has no words for: instructions that hand values on in registers. Written over netlink alone. */
  | { readonly kind: "instructions"; readonly list: readonly NftInstruction[] }
  /** A statement that Merlon never writes, as the kernel's listing has it. It exists only in tables that were read back. */
  | { readonly kind: "foreign"; readonly text: string };

/**
 * One instruction of the kernel's machine. Its registers are 16 words of 32 bits. Other statements load into word 0 first,
 * so instructions use the words 1 to 15 only: that is how they are told apart when a rule is read back. A value wider than
 * a word fills the words behind it (an IPv6 address four); one of one or two bytes fills the first bytes of its word, the
 * rest is zero. Nothing is asked of the packet before a load: `ip saddr` takes four bytes from any network header. A
 * number is in the byte order of the machine, as marks are, unless `network` says that it is a `word`.
 */
export type NftInstruction =
  | { readonly op: "load"; readonly expression: NftLoad; readonly to: number }
  /** A map writes its data from `to` on; a plain set has no `to`. The rule ends where the key is (`negated`) not found. */
  | {
      readonly op: "lookup";
      readonly set: string;
      readonly from: number;
      readonly to?: number;
      readonly negated?: true;
    }
  /** Takes the verdict of the element; the rule ends where the key is not found. */
  | { readonly op: "vmap"; readonly map: string; readonly from: number }
  /** The two places may not overlap in part (Linux refuses that). */
  | { readonly op: "copy"; readonly from: number; readonly to: number; readonly words: number }
  /** One word; bits outside the mask become zero. */
  | {
      readonly op: "mask";
      readonly from: number;
      readonly to: number;
      readonly mask: number;
      readonly network?: boolean;
    }
  | { readonly op: "immediate"; readonly value: number; readonly to: number; readonly network?: boolean }
  /** A port in the first two bytes of a word. */
  | { readonly op: "port"; readonly value: number; readonly to: number }
  /** One word; the rule ends where it does not hold. `<` and `>` always take both sides as `word`s. */
  | {
      readonly op: "compare";
      readonly from: number;
      readonly operator: "==" | "!=" | "<" | ">";
      readonly value: number;
      readonly network?: boolean;
    }
  /** Turns a mark into a word and back. */
  | { readonly op: "swap"; readonly from: number; readonly to: number }
  | { readonly op: "store"; readonly target: "ct mark" | "meta mark" | "ct label" | "ct zone"; readonly from: number }
  | NftTranslation
  | NftFlowChange
  | NftPacketCheck;

/** What one instruction can load. */
export type NftLoad = Exclude<NftExpression, { kind: "masked-address" }> | NftPacketLoad;

export type NftRight =
  | { readonly kind: "value"; readonly value: NftValue }
  | { readonly kind: "any-of"; readonly values: readonly NftValue[] }
  /** Conntrack states, any of them. */
  | {
      readonly kind: "states";
      readonly states: readonly ("new" | "established" | "related" | "invalid" | "untracked")[];
    };

/**
 * One change of the table. A transaction is a list of commands that the kernel applies as a whole or not at all; a
 * command may use what an earlier one of the same transaction has made.
 */
export type NftCommand =
  | { readonly kind: "add-table" }
  | { readonly kind: "delete-table" }
  /** The elements of `set` are added with it. */
  | { readonly kind: "add-set"; readonly set: NftSet }
  /** `map` where it is one: nft 1.0.6 flushes a map only by that word. */
  | { readonly kind: "delete-set"; readonly name: string; readonly map?: boolean }
  | { readonly kind: "add-elements"; readonly set: string; readonly elements: readonly NftElement[] }
  | { readonly kind: "delete-elements"; readonly set: string; readonly elements: readonly NftElement[] }
  | { readonly kind: "flush-set"; readonly name: string; readonly map?: boolean }
  /** An object that is there cannot be changed: delete it and add it again. */
  | { readonly kind: "add-timeout"; readonly timeout: NftTimeout }
  | { readonly kind: "delete-timeout"; readonly name: string }
  | { readonly kind: "add-flowtable"; readonly flowtable: NftFlowtable }
  | { readonly kind: "delete-flowtable"; readonly name: string }
  /** Makes the chain without its rules, so that chains may refer to each other. */
  | { readonly kind: "add-chain"; readonly chain: NftChain }
  | { readonly kind: "add-rules"; readonly chain: string; readonly rules: readonly NftRule[] }
  | { readonly kind: "flush-chain"; readonly name: string }
  | { readonly kind: "delete-chain"; readonly name: string }
  | { readonly kind: "delete-other"; readonly other: NftOther };
