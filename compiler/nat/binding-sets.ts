// The sets of the kernel's table that hold bindings of persistent NAT, for both IP versions. They have no generation in their
// names: what stands in them survives commits. `binding` (persistent-nat.ts) says what a row of them means.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NftSet, NftType } from "../nft/program.ts";

/** Bindings of one IP version at most; a session that would need another one is refused. */
export const bindingsMax = 65_536;
/** Peers of all bindings of one IP version that may send to them. */
export const peersMax = 262_144;
/** The time of a key that no rule has said another for. */
const timeoutMs = 300_000;
/** Far longer than a packet needs from the draw of its outer end until that is taken. */
const claimMs = 5_000;
const drawMs = 1_000;

export interface BindingSets {
  /** `protocol class address port` of the inner end to `protocol address port` of the outer one. */
  readonly bound: NftSet;
  /** `protocol address port` of outer ends that are bound. */
  readonly taken: NftSet;
  /** Outer ends that were drawn a moment ago to the inner end that drew them first. */
  readonly claimed: NftSet;
  /** Inner ends that draw now, with a number that each packet has for itself. */
  readonly drawing: NftSet;
  /** The same to `protocol class address port` of the inner end. */
  readonly inward: NftSet;
  /** An outer end, and `address port` of who may send to it. */
  readonly peers: NftSet;
  /** Outer ends with sessions, each counting them: an end goes with its last session. */
  readonly busy: NftSet;
}

export const bindingSets: Readonly<Record<Family, BindingSets>> = { 4: setsOf(4), 6: setsOf(6) };

function setsOf(family: Family): BindingSets {
  const address: NftType = family === 4 ? "ipv4_addr" : "ipv6_addr";
  const end: readonly NftType[] = ["inet_proto", address, "inet_service"];
  const head = (word: string, size: number) => ({
    name: `nat_${word}${family}`,
    interval: false as const,
    counter: false,
    size,
    dynamic: { timeoutMs },
    elements: [],
  });
  return {
    bound: {
      ...head("bound", bindingsMax),
      key: ["inet_proto", "mark", address, "inet_service"],
      data: ["mark", address, "inet_service"],
    },
    taken: { ...head("taken", bindingsMax), key: end },
    claimed: {
      ...head("claimed", bindingsMax),
      dynamic: { timeoutMs: claimMs },
      key: end,
      data: ["mark", "mark", address, "inet_service"],
    },
    drawing: {
      ...head("drawing", peersMax),
      dynamic: { timeoutMs: drawMs },
      key: ["inet_proto", "mark", address, "inet_service", "mark"],
    },
    inward: { ...head("inward", bindingsMax), key: end, data: ["mark", "mark", address, "inet_service"] },
    peers: { ...head("peers", peersMax), key: [...end, address, "inet_service"] },
    busy: { ...head("busy", bindingsMax), dynamic: {}, key: end },
  };
}
