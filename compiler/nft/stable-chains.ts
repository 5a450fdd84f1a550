// The part of the table that is the same in every generation: base chains, action chains and the two chains that a
// commit switches. Nothing here waits for a policy, so traffic is decided from the first transaction on.

import { systemRuleIds } from "../ir.ts";
import type { IrWire } from "../ir.ts";
import { sameRule } from "./canonical-table.ts";
import { wireBaseChains, wireNeighbours } from "./lower-wires.ts";
import type { Offload } from "./lower-offload.ts";
import type { NftChain, NftCommand, NftRule, NftStatement, NftTable } from "./program.ts";
import {
  accept,
  ctMark,
  drop,
  equals,
  goTo,
  iifname,
  inState,
  jump,
  l4proto,
  number,
  oifname,
  pkttype,
  rule,
  setMark,
  text,
} from "./statements.ts";
import {
  actionChains,
  bridgesSet,
  generationName,
  hitsSet,
  liveChain,
  liveHostChain,
  liveSelfChain,
  logGroup,
  revokedSet,
} from "./table-names.ts";

/**
 * Before priority 0 (`filter`), where xtables chains stand: a kernel without nft `queue` hands packets to layer 7 there,
 * by a mark that was set here.
 */
export const filterPriority = -10;

const tcpProtocol = 6;
const udpProtocol = 17;

/** What a configuration adds to chains that are always there. */
export interface MoreRules {
  readonly offload?: Pick<Offload, "rules">;
  readonly resets?: readonly NftRule[];
  /** Ways of a generation that spare packets the chain `policy`. */
  readonly shortcuts?: readonly NftRule[];
}

export function stableChains(
  generation: number,
  wires: readonly IrWire[] = [],
  { offload, resets = [], shortcuts = [] }: MoreRules = {},
): readonly NftChain[] {
  return [
    forward(offload?.rules(notRevoked) ?? []),
    strays(wires, resets),
    input,
    output,
    ...actions,
    ...wireBaseChains(wires, generation),
    ...liveChains(generation, shortcuts),
  ];
}

/**
 * IPS_EXPECTED and IPS_CONFIRMED of linux/netfilter/nf_conntrack_common.h: another session announced the connection, and
 * its first packet went out.
 */
const begunBits = (1 << 0) | (1 << 3);

/** Words of registers: 0 belongs to other statements. */
const scratch = 1;

/** Packets that belong to no connection at all end the rule at its first instruction. */
const beginsSession: NftStatement = {
  kind: "instructions",
  list: [
    { op: "load", expression: { kind: "ct", key: "status" }, to: scratch },
    { op: "mask", from: scratch, to: scratch, mask: begunBits },
    { op: "compare", from: scratch, operator: "==", value: 0 },
  ],
};

const notRevoked: NftStatement = { kind: "lookup", key: [ctMark], set: revokedSet, negated: true };

/** Nobody has let a session in whose mark is 0. */
const hasMark: NftStatement = { ...equals(ctMark, number(0)), negated: true };

const standing = rule(hasMark, accept);

const forwardChain = "forward";

/**
 * A session never meets the policy: it passes while it has a mark, the rule that let it in, and this is not revoked, which
 * is asked only while some are (`whileRevoking`). It exists from its first packet on, so what follows that one before any
 * answer belongs to it; what is asked about is only what nobody has let through yet, and whose mark nobody else can see.
 * That leaves by the first rule, because it has the longest way; the rules behind it never see it, whatever its mark is.
 */
const forward = (offload: readonly NftRule[]): NftChain => ({
  name: forwardChain,
  hook: { type: "filter", hook: "forward", priority: filterPriority, policy: "drop" },
  rules: [rule(beginsSession, goTo(liveChain)), ...offload, standing, rule(goTo(actionChains.strays))],
});

/** The table while sessions of revoked rules live: every packet of a session asks whether its rule is one of them. */
export function whileRevoking(table: NftTable): NftTable {
  const rulesOf = (chain: NftChain) =>
    chain.rules.map((it) => (sameRule(it, standing) ? rule(notRevoked, accept) : it));
  const chains = table.chains.map((chain) =>
    chain.name === forwardChain ? { ...chain, rules: rulesOf(chain) } : chain,
  );
  return { ...table, chains };
}

/** From `whileRevoking` back to the table. */
export function afterRevoking(table: NftTable): readonly NftCommand[] {
  const rules = table.chains.find(({ name }) => name === forwardChain)?.rules ?? [];
  return [
    { kind: "flush-chain", name: forwardChain },
    { kind: "add-rules", chain: forwardChain, rules },
  ];
}

/** Frames between the ports of a bridge come here where br_netfilter is on; both their devices are the bridge. */
export const switchedByOthers: NftStatement = {
  kind: "lookup",
  key: [iifname, oifname],
  set: bridgesSet,
  negated: false,
};

/** It may have no connection whose mark could hold the id. */
const countStray: NftStatement = {
  kind: "instructions",
  list: [
    { op: "immediate", value: systemRuleIds.noSession, to: scratch },
    { op: "lookup", set: hitsSet, from: scratch },
  ],
};

/** What belongs to no session and begins none. */
function strays(wires: readonly IrWire[], resets: readonly NftRule[]): NftChain {
  return {
    name: actionChains.strays,
    rules: [...wireNeighbours(wires), rule(switchedByOthers, accept), rule(countStray), ...resets, rule(drop)],
  };
}

/** Neighbor discovery is untracked (nf_conntrack_proto_icmpv6.c), so only `invalid` may be dropped before the host chains. */
const input: NftChain = {
  name: "input",
  hook: { type: "filter", hook: "input", priority: filterPriority, policy: "drop" },
  rules: [
    rule(equals(iifname, text("lo")), accept),
    rule(inState("established", "related"), accept),
    rule(inState("invalid"), drop),
    rule(jump(liveHostChain)),
  ],
};

/** Only what begins a session of the gateway's own is asked about, and it passes where no policy speaks of it. */
const output: NftChain = {
  name: "output",
  hook: { type: "filter", hook: "output", priority: filterPriority, policy: "accept" },
  rules: [rule(equals(oifname, text("lo")), accept), rule(inState("new"), jump(liveSelfChain))],
};

/** In a rule of its own: where a mark is missing from the set, the packet is not counted but still decided. */
const count: NftRule = rule({ kind: "lookup", key: [ctMark], set: hitsSet, negated: false });

function log(prefix: string): NftRule {
  const copy: NftStatement = { kind: "log", group: logGroup, prefix, snapLength: 128, queueThreshold: 64 };
  return rule({ kind: "set-mark", target: "meta", value: "ct mark" }, copy);
}

/**
 * A refused packet may belong to a connection that an older policy let in and that has had no answer yet. Its mark must
 * not become that of a refusing rule, which is not revoked, or the answer would bring the connection to life.
 */
const disown: NftStatement = setMark(0);

/** As on the original: a reset for TCP, port unreachable for UDP, silence for everything else. */
export const refusals: readonly NftRule[] = [
  rule(disown),
  rule(equals(l4proto, number(tcpProtocol)), { kind: "reject", with: "tcp-reset" }),
  rule(equals(l4proto, number(udpProtocol)), { kind: "reject", with: "port-unreachable" }),
  rule(drop),
];

const actions: readonly NftChain[] = [
  { name: actionChains.permit, rules: [count, rule(accept)] },
  { name: actionChains.deny, rules: [count, rule(disown, drop)] },
  { name: actionChains.denyAndLog, rules: [count, log("deny"), rule(disown, drop)] },
  { name: actionChains.reject, rules: [count, ...refusals] },
  { name: actionChains.rejectAndLog, rules: [count, log("reject"), ...refusals] },
  { name: actionChains.hostPermit, rules: [rule(setMark(systemRuleIds.hostPermit)), rule(goTo(actionChains.permit))] },
  {
    name: actionChains.hostRefuse,
    rules: [
      rule(setMark(systemRuleIds.hostInbound)),
      // Broadcasts and multicasts of the neighbourhood are refused without a word: they would flood the log.
      rule(equals(pkttype, text("host")), goTo(actionChains.denyAndLog)),
      rule(goTo(actionChains.deny)),
    ],
  },
];

/** What a commit switches. Each ends in the rule that says which generation is in force (`generationOf`). */
function liveChains(generation: number, shortcuts: readonly NftRule[]): readonly NftChain[] {
  const switchTo = (chain: string): NftRule => ({
    statements: [goTo(generationName(chain, generation))],
    comment: `generation ${generation}`,
  });
  return [
    { name: liveChain, rules: [...shortcuts, switchTo("policy")] },
    { name: liveHostChain, rules: [switchTo("host")] },
    { name: liveSelfChain, rules: [switchTo("self")] },
  ];
}
