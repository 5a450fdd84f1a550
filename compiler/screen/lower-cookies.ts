// SYN cookies: a SYN above the attack threshold is not tracked, and answered with a cookie where it would be forwarded, or
// where its destination would be translated. The acknowledgement that brings the cookie back belongs to no session; it opens
// one to the server by a SYN of its own, which the kernel sends from the gateway with the client's address.
// Where destinations are translated, that SYN is translated on its way out of the gateway. Only behind the last hook the
// kernel knows by which device it then leaves, so policies are asked there (`refused-later.ts` says what that takes).
// Source: nf_synproxy_core.c, nft_synproxy.c and nf_nat_proto.c, Linux 6.1 to 6.18. It needs `nf_conntrack_tcp_loose` 0, which
// is the gateway's own unless `no-syn-check` says otherwise.

import { natAskedChain } from "../nat/nat-names.ts";
import type { NftChain, NftRule, NftSet } from "../nft/program.ts";
import { accept, drop, goTo, inState, rule } from "../nft/statements.ts";
import { actionChains, generationName } from "../nft/table-names.ts";
import {
  clientChain,
  clientRules,
  droppedClientChain,
  isTcp,
  isVersion,
  ofClient,
  remember,
  rememberedSet,
} from "./cookie-clients.ts";
import type { LoweredScreens } from "./lower-screens.ts";
import { bytes, compare, instructions, load, tcpFlags } from "./packet-tests.ts";
import { refuseClients, refusedLater } from "./refused-later.ts";
import { families } from "./zone-objects.ts";
import type { Family } from "./zone-objects.ts";

export const cookieChain = "screen_cookies";

/**
 * All that is offered to the client (RFC 9293 section 3.7.1: 1,500 bytes less 40). With time stamps, which alone carry a
 * window scale, the kernel corrects its own acknowledgement to the server twice, and servers since Linux 6.15 take none
 * whose echo is wrong: a session in which the server speaks first would wait for ever (seen with 6.18).
 */
const offer = { segmentSize: 1_460 } as const;

export interface Cookies {
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
}

/** The chains with the way of cookies in them; the same chains when no screen answers with cookies. */
export function withCookies(
  chains: readonly NftChain[],
  { cookies }: LoweredScreens,
  generation: number,
  droppedFamilies: readonly Family[] = [],
): Cookies {
  if (cookies === "off") return { chains, sets: [] };
  const pairs = generationName("pairs", generation);
  const translated = cookies === "translated";
  const changed = chains.map((chain): NftChain => {
    switch (chain.name) {
      case "forward":
        return { ...chain, rules: beforeStrays(chain.rules) };
      case "input":
        return { ...chain, rules: [toGateway(translated, generation), ...chain.rules] };
      case "output":
        return { ...chain, rules: [...(translated ? clientsLater() : clientRules()), ...chain.rules] };
      default:
        return chain;
    }
  });
  return {
    chains: [
      ...(translated ? refusedLater(changed) : changed),
      { name: cookieChain, rules: cookieRules() },
      ...families.map((family) =>
        droppedFamilies.includes(family) ? droppedClientChain(family) : clientChain(family, pairs),
      ),
      ...(translated ? [clients, refuseClients] : []),
      answers,
    ],
    sets: families.map(rememberedSet),
  };
}

function beforeStrays(rules: readonly NftRule[]): readonly NftRule[] {
  const at = rules.findIndex(({ statements }) =>
    statements.some(
      (statement) =>
        statement.kind === "verdict" &&
        statement.verdict.kind === "goto" &&
        statement.verdict.chain === actionChains.strays,
    ),
  );
  if (at < 0) throw new Error("the forward chain does not lead to strays");
  return rules.toSpliced(at, 0, rule(inState("invalid", "untracked"), isTcp, goTo(cookieChain)));
}

/** To the gateway itself there is no way with a cookie, but to what it would translate there is. */
function toGateway(translated: boolean, generation: number): NftRule {
  return translated
    ? rule(inState("invalid", "untracked"), isTcp, goTo(generationName(natAskedChain, generation)))
    : rule(inState("untracked"), isTcp, drop);
}

/** A client with an address of the gateway itself could later be taken for it. */
function cookieRules(): readonly NftRule[] {
  const local = 2;
  const ofGateway = instructions(load({ kind: "source-type" }, 1), {
    op: "compare",
    from: 1,
    operator: "==",
    value: local,
  });
  return [
    rule(ofGateway, drop),
    ...families.map((family) => rule(isVersion(family), remember(family))),
    rule(instructions({ op: "synproxy", ...offer })),
    rule(drop),
  ];
}

/** They are no sessions of the gateway's own. */
function clientsLater(): readonly NftRule[] {
  return families.map((family) => ofClient(family, accept));
}

/** Sees the first packet of a session alone, before its source is translated. */
const clients: NftChain = {
  name: "screen_clients",
  hook: { type: "nat", hook: "postrouting", priority: 50, policy: "accept" },
  rules: clientRules().map(({ statements }) => rule(cameInByNone(), ...statements)),
};

function cameInByNone() {
  const device = 1;
  return instructions(load({ kind: "meta", key: "iif" }, device), {
    op: "compare",
    from: device,
    operator: "==",
    value: 0,
  });
}

/**
 * The answer with the cookie belongs to no session, so it must not meet one: to a client that uses the port of a session
 * that has just ended the kernel would correct its numbers as those of that session, and the cookie would be wrong when it
 * comes back. Of all that the gateway sends it alone has a window of nothing (synproxy_send_client_synack).
 */
const answers: NftChain = {
  name: "screen_answers",
  hook: { type: "filter", hook: "output", priority: -300, policy: "accept" },
  rules: [
    rule(
      isTcp,
      instructions(...compare(tcpFlags, "==", 0x12, 0x12), ...compare(bytes("transport", 14, 2), "==", 0), {
        op: "notrack",
      }),
    ),
  ],
};
