// Nothing that comes in from outside has an address of the gateway as its source. Linux refuses such packets of IPv4 by
// itself (fib_validate_source), of IPv6 it does not; so what begins a session is asked here, whatever screens there are.
// Transit asks a set of addresses: to ask the kernel's routes (`fib`) took 0.6 µs of each new session, ten times as long.
// What is for the gateway itself is less, and asks the routes, which know every address at any time.

import { systemRuleIds } from "../ir.ts";
import type { Ir } from "../ir.ts";
import type { ElementChange } from "../nft/dynamic-sets.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftElement, NftLoad, NftRule, NftSet, NftStatement } from "../nft/program.ts";
import { equals, goTo, inState, nfproto, payload, rule, setMark, text } from "../nft/statements.ts";
import { actionChains, generationName } from "../nft/table-names.ts";
import { ownAddresses } from "../own-addresses.ts";
import { bytes, compare, instructions, load } from "./packet-tests.ts";

export interface OwnSources {
  readonly sets: readonly NftSet[];
  /** For packets of IPv6, in front of all policies. */
  readonly ofIpv6: readonly NftRule[];
  /** For packets of both versions. */
  readonly ofAny: readonly NftRule[];
}

const isIpv6 = equals(nfproto, text("ipv6"));
const refuse: readonly NftStatement[] = [setMark(systemRuleIds.ownSource), goTo(actionChains.denyAndLog)];

/** RTN_LOCAL. */
const localType = 2;

/** What the routes say, which takes longer and is never late. */
const isOwnByRoutes: NftStatement = instructions(
  load({ kind: "source-type" }, 1),
  { op: "compare", from: 1, operator: "==", value: localType },
  ...compare(bytes("network", 8, 4), "!=", 0xfe80_0000, 0xffc0_0000),
);

export function lowerOwnSources(ir: Pick<Ir, "network" | "foundAddresses">, generation: number): OwnSources {
  const addresses = ownAddresses(ir);
  if (addresses === "too many") {
    return { sets: [], ofIpv6: [rule(isOwnByRoutes, ...refuse)], ofAny: [rule(isIpv6, isOwnByRoutes, ...refuse)] };
  }
  if (addresses.length === 0) return { sets: [], ofIpv6: [], ofAny: [] };
  const set = setOf(addresses, generation);
  const source = payload("ip6", "saddr");
  const isOwn = instructions(load(source as NftLoad, 1), { op: "lookup", set: set.name, from: 1 });
  return {
    sets: [set],
    ofIpv6: [rule(isOwn, ...refuse)],
    // It asks for the version by itself.
    ofAny: [rule({ kind: "lookup", key: [source], set: set.name, negated: false }, ...refuse)],
  };
}

/** With room, so that others may come and go while it stands. */
const roomMin = 64;

function setOf(addresses: readonly bigint[], generation: number): NftSet {
  const room = Math.max(roomMin, 2 ** Math.ceil(Math.log2(2 * addresses.length)));
  const set = fixedSet(generationName("own_addresses", generation), ["ipv6_addr"], undefined, addresses.map(elementOf));
  return { ...set, size: room };
}

function elementOf(value: bigint): NftElement {
  return { key: [{ kind: "addresses", range: { family: 6, first: value, last: value } }] };
}

/**
 * What brings the set of one generation from what was found before to what is found now; undefined where that is not all
 * that changes.
 */
export function planOwnAddressChange(before: Ir, after: Ir, generation: number): ElementChange | undefined {
  const { foundAddresses: _, ...otherwise } = before;
  const { foundAddresses: __, ...now } = after;
  const keys = new Set([...Object.keys(otherwise), ...Object.keys(now)]) as Set<keyof typeof now>;
  if ([...keys].some((key) => otherwise[key] !== now[key])) return undefined;
  const [from, to] = [ownAddresses(before), ownAddresses(after)];
  if (from === "too many" || to === "too many" || from.length === 0 || to.length === 0) return undefined;
  const [old, next] = [setOf(from, generation), setOf(to, generation)];
  if (old.size !== next.size) return undefined;
  const [gone, come] = [new Set(from).difference(new Set(to)), new Set(to).difference(new Set(from))];
  return { set: { ...next, elements: [] }, remove: [...gone].map(elementOf), add: [...come].map(elementOf) };
}

/** For the gateway itself. Neighbor discovery is untracked, and must hear of somebody else with our address. */
export const ownSourceToHost: NftRule = rule(inState("new"), isIpv6, isOwnByRoutes, ...refuse);
