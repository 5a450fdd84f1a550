// Nothing that comes in from outside has an address of the gateway as its source. Linux refuses such packets of IPv4 by
// itself (fib_validate_source), of IPv6 it does not; so what begins a session is asked here, whatever screens there are.
// Transit asks a set of addresses: to ask the kernel's routes (`fib`) took 0.6 µs of each new session, ten times as long.
// What is for the gateway itself is less, and asks the routes, which know every address at any time.

import { systemRuleIds } from "../ir.ts";
import type { Ir } from "../ir.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftLoad, NftRule, NftSet, NftStatement } from "../nft/program.ts";
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

export function lowerOwnSources(ir: Pick<Ir, "network" | "foundAddresses">, generation: number): OwnSources {
  const addresses = ownAddresses(ir);
  if (addresses.length === 0) return { sets: [], ofIpv6: [], ofAny: [] };
  const name = generationName("own_addresses", generation);
  const elements = addresses.map((value) => ({
    key: [{ kind: "addresses" as const, range: { family: 6 as const, first: value, last: value } }],
  }));
  const source = payload("ip6", "saddr");
  const isOwn = instructions(load(source as NftLoad, 1), { op: "lookup", set: name, from: 1 });
  return {
    sets: [fixedSet(name, ["ipv6_addr"], undefined, elements)],
    ofIpv6: [rule(isOwn, ...refuse)],
    // It asks for the version by itself.
    ofAny: [rule({ kind: "lookup", key: [source], set: name, negated: false }, ...refuse)],
  };
}

/** RTN_LOCAL. */
const localType = 2;

/** For the gateway itself. Neighbor discovery is untracked, and must hear of somebody else with our address. */
export const ownSourceToHost: NftRule = rule(
  inState("new"),
  isIpv6,
  instructions(
    load({ kind: "source-type" }, 1),
    { op: "compare", from: 1, operator: "==", value: localType },
    ...compare(bytes("network", 8, 4), "!=", 0xfe80_0000, 0xffc0_0000),
  ),
  ...refuse,
);
