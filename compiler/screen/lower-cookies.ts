// SYN cookies: a SYN above the attack threshold is not tracked, and answered with a cookie where it would be forwarded. The
// acknowledgement that brings the cookie back belongs to no session; it opens one to the server by a SYN of its own, which
// the kernel sends from the gateway with the client's address. That SYN meets the policies, and has its source translated, as
// if it came in where the acknowledgement did: for a moment the device is remembered by addresses and ports.
// Source: nf_synproxy_core.c and nft_synproxy.c, Linux 6.1 to 6.18. It needs `nf_conntrack_tcp_loose` 0, which is the
// gateway's own unless `no-syn-check` says otherwise.

import type { NftChain, NftInstruction, NftRule, NftSet, NftStatement } from "../nft/program.ts";
import { drop, equals, goTo, inState, l4proto, nfproto, number, rule, text } from "../nft/statements.ts";
import { actionChains, generationName } from "../nft/table-names.ts";
import { addressWords, bytes, compare, instructions, load, loadAddress, tcpFlags } from "./packet-tests.ts";
import type { LoweredScreens } from "./lower-screens.ts";
import { addressType, families, meterSize } from "./zone-objects.ts";
import type { Family } from "./zone-objects.ts";

const tcpProtocol = 6;
const cookieChain = "screen_cookies";
/** The server's SYN follows within the same turn of the kernel. */
const rememberedMs = 100;
/**
 * All that is offered to the client (RFC 9293 section 3.7.1: 1,500 bytes less 40). With time stamps, which alone carry a
 * window scale, the kernel corrects its own acknowledgement to the server twice, and servers since Linux 6.15 take none
 * whose echo is wrong: a session in which the server speaks first would wait for ever (seen with 6.18).
 */
const offer = { segmentSize: 1_460 } as const;

/** The chains with the way of cookies in them; the same chains when no screen answers with cookies. */
export function withCookies(chains: readonly NftChain[], { cookies }: LoweredScreens, generation: number): Cookies {
  if (!cookies) return { chains, sets: [] };
  const pairs = generationName("pairs", generation);
  const changed = chains.map((chain): NftChain => {
    switch (chain.name) {
      case "forward":
        return { ...chain, rules: beforeStrays(chain.rules) };
      case "input":
        // To the gateway itself there is no way with a cookie: what is above the threshold ends here.
        return { ...chain, rules: [rule(inState("untracked"), isTcp, drop), ...chain.rules] };
      case "output":
        return { ...chain, rules: [...families.map((family) => wayOfClient(family, pairs)), ...chain.rules] };
      default:
        return chain;
    }
  });
  return { chains: [...changed, { name: cookieChain, rules: cookieRules() }], sets: families.map(rememberedSet) };
}

export interface Cookies {
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
}

const isTcp = equals(l4proto, number(tcpProtocol));

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

function cookieRules(): readonly NftRule[] {
  return [
    ...families.map((family) => rule(isVersion(family), remember(family))),
    rule(instructions({ op: "synproxy", ...offer })),
    rule(drop),
  ];
}

function isVersion(family: Family): NftStatement {
  return equals(nfproto, text(family === 4 ? "ipv4" : "ipv6"));
}

function rememberedName(family: Family): string {
  return `screen_cookies_v${family}`;
}

function rememberedSet(family: Family): NftSet {
  const address = addressType[family];
  return {
    name: rememberedName(family),
    key: [address, "inet_service", address, "inet_service"],
    // nft 1.0.6 aborts where the first word of a map's data begins a key of two fields; of a later word it knows nothing.
    data: ["word", "ifname"],
    interval: false,
    counter: false,
    size: meterSize,
    dynamic: { timeoutMs: rememberedMs },
    elements: [],
  };
}

function loadTuple(family: Family): readonly NftInstruction[] {
  const size = addressWords[family];
  return [
    loadAddress(family, "source", 1),
    load(bytes("transport", 0, 2), 1 + size),
    loadAddress(family, "destination", 2 + size),
    load(bytes("transport", 2, 2), 2 + 2 * size),
  ];
}

/** An acknowledgement alone; the device stands behind both ends. */
function remember(family: Family): NftStatement {
  const device = 3 + 2 * addressWords[family];
  return instructions(
    ...compare(tcpFlags, "==", 0x10, 0x17),
    ...loadTuple(family),
    { op: "immediate", value: 0, to: device },
    load({ kind: "meta", key: "iifname" }, device + 1),
    { op: "meter", set: rememberedName(family), from: 1, refresh: true, data: device },
  );
}

/**
 * What the gateway sends for a client goes the way in `map`, which leads on from two devices, as if it came in where the
 * client's acknowledgement did. Policies and translation of sources meet it so.
 */
export function wayOfClient(family: Family, map: string): NftRule {
  return rule(
    inState("new"),
    isTcp,
    isVersion(family),
    instructions(
      ...loadTuple(family),
      { op: "lookup", set: rememberedName(family), from: 1, to: 7 },
      load({ kind: "meta", key: "oifname" }, 12),
      { op: "vmap", map, from: 8 },
    ),
  );
}
