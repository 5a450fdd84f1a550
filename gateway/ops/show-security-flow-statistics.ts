// `show security flow statistics`: sessions now and since the kernel counts, and packets that were dropped, by what dropped
// them. The kernel counts with the rules: clearing hit counts begins these anew, and a rule that a commit removes takes its
// count with it. Of forwarded packets it counts those of living sessions alone, so there is no such line.

import { systemRuleIds } from "@merlon/compiler/ir.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { IrScreen } from "@merlon/compiler/screen/screen.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { collect } from "./show-security-flow-session.ts";

export interface FlowStatistics {
  readonly sessions: number;
  readonly sessionsBegun: number;
  /** The sum of `drops`. */
  readonly dropped: number;
  readonly drops: FlowDrops;
}

/** Packets, by what dropped them. */
interface FlowDrops {
  /** Denied or rejected, by the default policy too. */
  readonly policies: number;
  readonly hostInbound: number;
  readonly screens: number;
  /** The kernel could keep no session for them. */
  readonly sessionFailures: number;
  /** They belonged to no session and could begin none. */
  readonly noSession: number;
}

const titles = {
  policies: "Refused by policies",
  hostInbound: "Refused by host-inbound-traffic",
  screens: "Dropped by screens",
  sessionFailures: "No session could be kept",
  noSession: "Belonging to no session",
} as const satisfies Record<keyof FlowDrops, string>;

const elementNames = {
  policies: "flow-pkt-drop-policy",
  hostInbound: "flow-pkt-drop-host-inbound",
  screens: "flow-pkt-drop-screen",
  sessionFailures: "flow-pkt-drop-session-failed",
  noSession: "flow-pkt-drop-no-session",
} as const satisfies Record<keyof FlowDrops, string>;

const causes = ["policies", "hostInbound", "screens", "noSession", "sessionFailures"] as const;

export const showSecurityFlowStatistics = operation<FlowStatistics>({
  command: "show security flow statistics",
  help: "Show how many sessions there were and how many packets were dropped",
  parameters: [],
  run: read,
  text: ({ sessions, sessionsBegun, dropped, drops }) =>
    [
      `    Current sessions: ${sessions}`,
      `    Sessions begun: ${sessionsBegun}`,
      `    Packets dropped: ${dropped}`,
      ...causes.map((cause) => `      ${titles[cause]}: ${drops[cause]}`),
      "",
    ].join("\n"),
  rpc: {
    name: "get-flow-statistics-all",
    // What dropped them is ours to tell.
    reply: ({ sessions, sessionsBegun, dropped, drops }) =>
      reply(
        "flow-statistics-all",
        "junos-flow",
        field("flow-session-count-valid", sessions),
        field("flow-session-allocated-total", sessionsBegun),
        field("flow-session-failed-total", drops.sessionFailures),
        field("flow-pkt-count-drop", dropped),
        group("flow-pkt-drop", ...causes.map((cause) => field(elementNames[cause], drops[cause]) ?? [])),
      ),
  },
});

async function read(gateway: Gateway): Promise<FlowStatistics> {
  const { totalCount, failedCount } = await collect(gateway, { summary: true }, () => true);
  const ir = gateway.running?.prepared.ir;
  const hits = ir === undefined ? new Map() : await gateway.kernel.readHits("hits");
  const sumOf = (ids: Iterable<number>): number =>
    [...new Set(ids)].reduce((sum, id) => sum + (hits.get(id)?.packets ?? 0), 0);
  const { permitted, refused } = policyIds(ir);
  const drops: FlowDrops = {
    policies: sumOf(refused),
    hostInbound: sumOf([hostInbound]),
    screens: sumOf((ir?.screens ?? []).flatMap(droppingIds)),
    noSession: sumOf([noSession]),
    sessionFailures: failedCount,
  };
  const dropped = causes.reduce((sum, cause) => sum + drops[cause], 0);
  return { sessions: totalCount, sessionsBegun: sumOf(permitted), dropped, drops };
}

/** What is left are rules that refuse without any policy, and are told in logs as such. */
const { hostPermit, hostInbound, noSession, ...refusing } = systemRuleIds;

function policyIds(ir: Ir | undefined): { readonly permitted: readonly number[]; readonly refused: readonly number[] } {
  const permitted: number[] = [hostPermit];
  const refused: number[] = Object.values(refusing);
  for (const { rules } of ir?.contexts ?? [])
    for (const { id, action } of rules) (action === "permit" ? permitted : refused).push(id);
  for (const { hostInbound: own } of ir?.interfaces ?? []) if (own.ruleId !== undefined) permitted.push(own.ruleId);
  return { permitted, refused };
}

/** Attacks whose packets are not let through; a SYN that is answered with a cookie is not dropped. */
function droppingIds({ drops, ids, checks }: IrScreen): readonly number[] {
  if (!drops) return [];
  const answered = checks.some((check) => check.kind === "syn-flood" && check.cookies);
  return [...ids].flatMap(([attack, id]) => (attack === "syn-flood" && answered ? [] : [id]));
}
