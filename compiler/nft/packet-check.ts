// Instructions that look deeper into a packet than addresses and ports, or that measure and divert traffic: what screens
// are made of. Registers and byte orders are those of `NftInstruction` (program.ts).
// Source of the terms: net/netfilter/nft_{payload,exthdr,fib,limit,dynset,connlimit,
// numgen,byteorder,synproxy}.c, Linux 6.1 to 6.18.

import type { NftLoad } from "./program.ts";

/** What one instruction can load beside the fields that have names. The rule ends where the packet has no such thing. */
export type NftPacketLoad =
  /** Bytes of a header, by their offset in it. The transport header is there in whole packets and first fragments. */
  | {
      readonly kind: "bytes";
      readonly header: "network" | "transport";
      readonly offset: number;
      readonly length: 1 | 2 | 4;
    }
  /** One byte: 1 when the IPv6 packet has a header with this number, else 0. */
  | { readonly kind: "has-extension"; readonly header: number }
  /** Bytes of the IPv6 header with this number. */
  | { readonly kind: "extension"; readonly header: number; readonly offset: number; readonly length: 1 | 2 | 4 }
  /** One byte: 1 when the IPv4 packet has this option, of record route and both source routes; else 0. */
  | { readonly kind: "has-ip-option"; readonly option: 7 | 131 | 137 }
  /** Four words: the device that the route back to the packet's source leads out by; zero without a route. */
  | { readonly kind: "route-back" }
  /** What the packet's source is for this machine: 2 (RTN_LOCAL) an address of its own. */
  | { readonly kind: "source-type" }
  /** What the packet's destination is for the device that it came in by: 2 (RTN_LOCAL) an address of that device. */
  | { readonly kind: "destination-type" }
  /** The length of the whole packet, its headers included, in the byte order of the machine. */
  | { readonly kind: "packet-length" }
  /**
   * An end of the connection as its first packet was sent, before any translation. The rule ends where the packet belongs to
   * none, or to one of the other IP version.
   */
  | { readonly kind: "original"; readonly field: OriginalField };

export type OriginalField = "ip saddr" | "ip daddr" | "ip6 saddr" | "ip6 daddr" | "sport" | "dport";

/** A measure of how much came: more than `burst` at once and `count` in `unitSeconds` is over it. */
export interface NftRate {
  readonly count: number;
  readonly unitSeconds: number;
  readonly burst: number;
}

export type NftPacketCheck =
  /** The rule goes on for as many packets as the rate allows. */
  | ({ readonly op: "limit" } & NftRate)
  /**
   * Adds the key to a dynamic set if it is not there, and measures it there; the rule goes on when the measure is over.
   * `refresh` begins the key's time anew with every packet. Without a measure the rule always goes on. A full set takes
   * no new key: the rule ends.
   */
  | {
      readonly op: "meter";
      readonly set: string;
      readonly from: number;
      readonly refresh: boolean;
      /** Of a map: the word from which on its data is, for a key that is not there yet. */
      readonly data?: number;
      /** How long the key stays, where that is not the time of the set. */
      readonly timeoutMs?: number;
      readonly over?: NftRate | { readonly sessions: number };
    }
  /** One of `count` numbers from `first` on: by chance, or each in its turn. In the byte order of the machine. */
  | {
      readonly op: "draw";
      readonly how: "random" | "in-turn";
      readonly first: number;
      readonly count: number;
      readonly to: number;
    }
  /** Turns a number below 65,536 into a port, in its place. */
  | { readonly op: "to-port"; readonly at: number }
  /** The packet is not tracked: its state is `untracked`. */
  | { readonly op: "notrack" }
  /** Answers a SYN with a cookie; a cookie that comes back opens the session to the server. What else it sees, it passes. */
  | { readonly op: "synproxy"; readonly segmentSize: number };

const namedLoads: Readonly<Record<string, NftLoad>> = {
  "network 12 4": { kind: "payload", protocol: "ip", field: "saddr" },
  "network 16 4": { kind: "payload", protocol: "ip", field: "daddr" },
  "transport 0 2": { kind: "payload", protocol: "th", field: "sport" },
  "transport 2 2": { kind: "payload", protocol: "th", field: "dport" },
  "transport 0 1": { kind: "payload", protocol: "icmp", field: "type" },
  "transport 1 1": { kind: "payload", protocol: "icmp", field: "code" },
};

/** Bytes that have a name by that name: the kernel knows no difference. */
export function namedLoad(load: Extract<NftPacketLoad, { kind: "bytes" }>): NftLoad {
  return namedLoads[`${load.header} ${load.offset} ${load.length}`] ?? load;
}

export function printPacketLoad(load: NftPacketLoad): string {
  switch (load.kind) {
    case "bytes":
      return `${load.length}b @ ${load.header} + ${load.offset}`;
    case "has-extension":
      return `present ipv6 header ${load.header}`;
    case "extension":
      return `${load.length}b @ ipv6 header ${load.header} + ${load.offset}`;
    case "has-ip-option":
      return `present ipv4 option ${load.option}`;
    case "route-back":
      return "fib saddr oifname";
    case "source-type":
      return "fib saddr type";
    case "destination-type":
      return "fib daddr . iif type";
    case "packet-length":
      return "meta length";
    case "original":
      return `ct original ${load.field}`;
  }
}

export function printPacketCheck(check: NftPacketCheck): string {
  switch (check.op) {
    case "limit":
      return `[ limit ${printRate(check)} ]`;
    case "meter": {
      const { set, from, refresh, data, timeoutMs, over } = check;
      const measure =
        over === undefined ? "" : ` over ${"sessions" in over ? `${over.sessions} sessions` : printRate(over)}`;
      const value = data === undefined ? "" : ` data reg ${data}`;
      const time = timeoutMs === undefined ? "" : ` for ${timeoutMs} ms`;
      return `[ ${refresh ? "update" : "add"} reg ${from}${value} in ${set}${time}${measure} ]`;
    }
    case "draw": {
      const { how, first, count, to } = check;
      return `[ draw ${how} ${count} from ${first} dreg ${to} ]`;
    }
    case "to-port":
      return `[ to port reg ${check.at} ]`;
    case "notrack":
      return "[ notrack ]";
    case "synproxy":
      return `[ synproxy mss ${check.segmentSize} ]`;
  }
}

function printRate({ count, unitSeconds, burst }: NftRate): string {
  return `${count} per ${unitSeconds} s burst ${burst}`;
}
