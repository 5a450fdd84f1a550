// An nftables table as plain data: what the compiler makes, what the printer writes, what the kernel is read back into.
// Only the constructs that Merlon uses exist here, so reading back anything else is drift by definition.
// Two tables are the same exactly when their canonical forms are (`canonicalTable`).
// Source of the terms: nft(8) 1.0.6, libnftables-json(5), linux/netfilter/nf_tables.h.

import type { IpRange } from "@merlon/model/ip/range-set.ts";

export interface NftTable {
  readonly family: "inet";
  readonly name: string;
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
  /** Objects of other kinds that somebody made inside our table. Merlon makes none. */
  readonly others?: readonly NftOther[];
}

/** A named object that is neither set nor chain; `word` is what nft calls its kind: `counter`, `flowtable`, `ct helper`. */
export interface NftOther {
  readonly word: string;
  readonly name: string;
}

/** Data types of set keys and map values, by nft's own names. */
export type NftType = "ipv4_addr" | "ipv6_addr" | "inet_service" | "ifname" | "mark" | "inet_proto" | "icmp_type";

export interface NftSet {
  readonly name: string;
  /** More than one type is a concatenation. */
  readonly key: readonly NftType[];
  /** `verdict` makes it a verdict map, a type makes it a map; absent for a plain set. */
  readonly data?: NftType | "verdict";
  readonly interval: boolean;
  /** Every element counts the packets and bytes that hit it. Counts are not part of a set's identity. */
  readonly counter: boolean;
  readonly elements: readonly NftElement[];
  /** What else the kernel says about this set (flags, timeouts, element comments): never ours. */
  readonly foreign?: string;
}

export interface NftElement {
  /** One value per key type. */
  readonly key: readonly NftValue[];
  readonly data?: NftVerdict | NftValue;
}

export type NftValue =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "numbers"; readonly first: number; readonly last: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "addresses"; readonly range: IpRange };

export type NftVerdict =
  | { readonly kind: "accept" | "drop" | "return" }
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
  | { readonly kind: "meta"; readonly key: "iifname" | "oifname" | "l4proto" | "nfproto" | "mark" | "pkttype" }
  | { readonly kind: "ct"; readonly key: "state" | "mark" | "direction" }
  | {
      readonly kind: "payload";
      readonly protocol: "ip" | "ip6" | "tcp" | "udp" | "sctp" | "icmp" | "icmpv6";
      readonly field: "saddr" | "daddr" | "sport" | "dport" | "type" | "code";
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
  /** A statement that Merlon never writes, as the kernel's listing has it. It exists only in tables that were read back. */
  | { readonly kind: "foreign"; readonly text: string };

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
  /** Makes the chain without its rules, so that chains may refer to each other. */
  | { readonly kind: "add-chain"; readonly chain: NftChain }
  | { readonly kind: "add-rules"; readonly chain: string; readonly rules: readonly NftRule[] }
  | { readonly kind: "flush-chain"; readonly name: string }
  | { readonly kind: "delete-chain"; readonly name: string }
  | { readonly kind: "delete-other"; readonly other: NftOther };
