// `show security match-policies`: which policy decides about a packet, and the sentence that says why, from the same IR
// that is in the kernel; behind it, the policies that would match as well and are shadowed for this packet.

import { explainDecision } from "@merlon/compiler/explain.ts";
import { interpret, matchingRules, passedOver } from "@merlon/compiler/interpret.ts";
import type { FlowPacket, IrRule } from "@merlon/compiler/ir.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { integer, ipAddress, ipProtocol, zoneName } from "@merlon/model/schema/value.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input, Parameter } from "./operation.ts";
import { PolicyFacts } from "./policy-facts.ts";
import type { PolicyDetail, PolicySummary } from "./policy-facts.ts";
import { policyReply } from "./policy-reply.ts";
import { policyDetailLines } from "./policy-text.ts";
import { field, group, reply } from "./reply.ts";

export interface PolicyMatch extends MatchedPolicy {
  readonly fromZone: string;
  readonly toZone: string;
  readonly sentence: string;
  /** Policies before the deciding one that are not in force and would match if they were, with the reasons. */
  readonly passedOver: readonly { readonly policy: string; readonly scope: string; readonly because: string }[];
  /** Policies behind the deciding one that match as well, in order: for this packet they are shadowed. */
  readonly shadowed: readonly MatchedPolicy[];
}

export interface MatchedPolicy {
  readonly policy: string;
  readonly scope: string;
  readonly action: string;
  readonly index: number;
  /** Absent for what is no configured policy: the default one, host-inbound-traffic. */
  readonly summary?: PolicySummary;
  readonly detail?: PolicyDetail;
}

/** As on the original. */
const resultCountMax = 16;

export const matchParameters: readonly Parameter[] = [
  { word: "source-ip", help: "Source address", type: ipAddress, required: true },
  { word: "destination-ip", help: "Destination address", type: ipAddress, required: true },
  { word: "source-port", help: "Source port (default 1024)", type: integer(0, 65_535) },
  { word: "destination-port", help: "Destination port", type: integer(0, 65_535) },
  { word: "protocol", help: "IP protocol", type: ipProtocol, required: true },
  { word: "icmp-type", help: "ICMP type (default: echo request)", type: integer(0, 255) },
  { word: "icmp-code", help: "ICMP code (default 0)", type: integer(0, 255) },
  { word: "result-count", help: "Matching policies to show (default 1)", type: integer(1, resultCountMax) },
];

export const showSecurityMatchPolicies = operation<PolicyMatch>({
  command: "show security match-policies",
  help: "Show which policy decides about a packet",
  parameters: [
    { word: "from-zone", help: "Zone that the packet comes from", type: zoneName, required: true },
    { word: "to-zone", help: "Zone that the packet goes to", type: zoneName, required: true },
    ...matchParameters,
  ],
  run: async (gateway, input) => {
    const ir = gateway.running?.prepared.ir;
    if (ir === undefined) throw new OperationRefused("no configuration is in force");
    const packet = packetOf(input);
    const decision = interpret(ir, packet);
    if (decision.kind !== "rule") throw new OperationRefused(explainDecision(decision, packet));
    const facts = new PolicyFacts(gateway);
    const matching = [...matchingRules(ir, packet)].slice(0, (input["result-count"] as number | undefined) ?? 1);
    return {
      ...matchedPolicy(facts, decision.rule, packet),
      fromZone: packet.fromZone,
      toZone: packet.toZone,
      sentence: explainDecision(decision, packet),
      passedOver: [...passedOver(ir, packet)].map(({ rule: { policy }, because }) => ({
        policy: policy.name,
        scope: policy.scope,
        because,
      })),
      shadowed: matching.slice(1).map((rule) => matchedPolicy(facts, rule, packet)),
    };
  },
  text: (match) =>
    [
      ...matchLines(match, match, "enabled", [match.sentence, ...passedOverLines(match.passedOver)]),
      ...match.shadowed.flatMap((policy) => matchLines(policy, match, "shadowed")),
      "",
    ].join("\n"),
  rpc: {
    name: "match-firewall-policies",
    reply: (match) => matchReply([match, ...match.shadowed], { fromZone: match.fromZone, toZone: match.toZone }),
  },
});

export function matchedPolicy(
  facts: PolicyFacts,
  { policy: { name, scope }, action, id }: Pick<IrRule, "policy" | "action" | "id">,
  zones: { readonly fromZone: string; readonly toZone: string },
): MatchedPolicy {
  const own = { policy: name, scope, action, index: id };
  const found = summaryOf(facts, own, zones);
  return found === undefined ? own : { ...own, ...found };
}

function summaryOf(
  facts: PolicyFacts,
  { policy: name, scope }: MatchedPolicy,
  { fromZone, toZone }: { readonly fromZone: string; readonly toZone: string },
): Pick<MatchedPolicy, "summary" | "detail"> | undefined {
  if (scope === "global") {
    const list = facts.policies?.global?.policy ?? [];
    const at = list.findIndex((one) => one.name === name);
    const policy = list[at];
    if (policy === undefined) return undefined;
    const summary = facts.global(policy, at + 1);
    return { summary, detail: facts.detail(summary) };
  }
  const pair = facts.policies?.fromZone.find((one) => one.fromZoneName === fromZone && one.toZoneName === toZone);
  const at = scope === "zone-pair" ? (pair?.policy.findIndex((one) => one.name === name) ?? -1) : -1;
  const policy = pair?.policy[at];
  if (policy === undefined) return undefined;
  const summary = facts.ofPair(fromZone, toZone, policy, at + 1);
  return { summary, detail: facts.detail(summary, { from: fromZone, to: toZone }) };
}

const passedOverShownMax = 16;

function passedOverLines(policies: PolicyMatch["passedOver"]): readonly string[] {
  const lines = policies.slice(0, passedOverShownMax).map(({ policy, scope, because }) => {
    return `Passed over: ${scope === "global" ? "global policy" : "policy"} ${policy}: ${because}`;
  });
  const left = policies.length - lines.length;
  return left === 0 ? lines : [...lines, `Passed over: ${left} more`];
}

/** The block of `detail` with the rule's own number and state; `sentences` stand behind its first line. */
export function matchLines(
  { policy, action, index, summary, detail }: MatchedPolicy,
  { fromZone, toZone }: { readonly fromZone: string; readonly toZone: string },
  state: "enabled" | "shadowed",
  sentences: readonly string[] = [],
): readonly string[] {
  const zones = `From zone: ${fromZone}, To zone: ${toZone}`;
  const lines =
    summary === undefined || detail === undefined ? ["", `  ${zones}`] : policyDetailLines(summary, detail, zones);
  return [
    `Policy: ${policy}, action-type: ${action}, State: ${state}, Index: ${index}, Scope Policy: 0`,
    ...sentences.map((sentence) => `  ${sentence}`),
    ...lines.slice(1),
  ];
}

export function matchReply(
  matches: readonly MatchedPolicy[],
  zones: { readonly fromZone: string; readonly toZone: string },
) {
  return reply(
    "security-policy-match",
    "junos-secpolinfo",
    matches.map(({ policy, action, index, summary, detail }) => {
      if (summary !== undefined) return policyReply({ ...summary, index }, detail, zones);
      return group(
        "policy-information",
        field("policy-name", policy),
        field("policy-state", "enabled"),
        field("policy-identifier", index),
        group("policy-action", field("action-type", action)),
      );
    }),
  );
}

const icmpEchoRequest: Readonly<Record<number, number>> = { 1: 8, 58: 128 };

/** Throws `OperationRefused` for a packet that cannot be. */
export function packetOf(input: Input): FlowPacket {
  const protocol = input["protocol"] as number;
  const [source, destination] = [input["source-ip"] as IpAddress, input["destination-ip"] as IpAddress];
  if (source.family !== destination.family) {
    throw new OperationRefused("source-ip and destination-ip are not of one address family");
  }
  const echo = icmpEchoRequest[protocol];
  const ports = [6, 17, 132].includes(protocol)
    ? {
        sourcePort: (input["source-port"] as number | undefined) ?? 1024,
        destinationPort: requiredPort(input["destination-port"]),
      }
    : {};
  const icmp =
    echo === undefined
      ? {}
      : {
          icmpType: (input["icmp-type"] as number | undefined) ?? echo,
          icmpCode: (input["icmp-code"] as number | undefined) ?? 0,
        };
  return {
    fromZone: input["from-zone"] as string,
    toZone: input["to-zone"] as string,
    source,
    destination,
    protocol,
    ...ports,
    ...icmp,
  };
}

function requiredPort(port: unknown): number {
  if (typeof port === "number") return port;
  throw new OperationRefused("give the destination-port of this protocol");
}
