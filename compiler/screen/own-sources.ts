// Nothing that comes in from outside has an address of the gateway as its source. Linux refuses such packets of IPv4 by
// itself (fib_validate_source), of IPv6 it does not; so what begins a session is asked here, whatever screens there are.
// Addresses of one link alone (fe80::/10) are left out: another router of another link may well have the same one, and
// they are never forwarded.

import { systemRuleIds } from "../ir.ts";
import type { NftRule, NftStatement } from "../nft/program.ts";
import { equals, goTo, inState, nfproto, rule, setMark, text } from "../nft/statements.ts";
import { actionChains } from "../nft/table-names.ts";
import { bytes, compare, instructions, load } from "./packet-tests.ts";

/** RTN_LOCAL. */
const localType = 2;

const isOwn: readonly NftStatement[] = [
  equals(nfproto, text("ipv6")),
  instructions(
    load({ kind: "source-type" }, 1),
    { op: "compare", from: 1, operator: "==", value: localType },
    ...compare(bytes("network", 8, 4), "!=", 0xfe80_0000, 0xffc0_0000),
  ),
  setMark(systemRuleIds.ownSource),
  goTo(actionChains.denyAndLog),
];

/** For transit: in front of all policies. */
export const ownSource: NftRule = rule(...isOwn);

/** For the gateway itself. Neighbor discovery is untracked, and must hear of somebody else with our address. */
export const ownSourceToHost: NftRule = rule(inState("new"), ...isOwn);
