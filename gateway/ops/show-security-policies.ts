// `show security policies`: the policies in force by zone pair, in the order in which they are matched; with `detail`, all
// that their names stand for. A large configuration is shown piece by piece.

import { integer, policyName, zoneName } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { demandZones } from "./demand-zones.ts";
import { operation } from "./operation.ts";
import type { Input, Parameter } from "./operation.ts";
import { PolicyFacts } from "./policy-facts.ts";
import type { GlobalPolicySummary, PolicyDetail, PolicySummary } from "./policy-facts.ts";
import { contextReply, policyReply } from "./policy-reply.ts";
import { policyDetailLines, policyLines } from "./policy-text.ts";
import { field, group, mark, reply } from "./reply.ts";

export interface PolicyContexts {
  readonly defaultPolicy: string;
  readonly contexts: readonly {
    readonly fromZone: string;
    readonly toZone: string;
    readonly policies: readonly Shown<PolicySummary>[];
  }[];
  readonly global: readonly Shown<GlobalPolicySummary>[];
}

/** A policy, with what its names stand for where that was asked for. */
type Shown<P> = P & { readonly detail?: PolicyDetail };

const policiesMax = 65_535;

export const policyParameters: readonly Parameter[] = [
  { word: "policy-name", help: "Only policies of this name", type: policyName },
  { word: "start", help: "Leave out the policies before this one", type: integer(1, policiesMax) },
  { word: "count", help: "Show so many policies", type: integer(1, policiesMax) },
  { word: "detail", help: "Show all that the names stand for" },
];

export const showSecurityPolicies = operation<PolicyContexts>({
  command: "show security policies",
  help: "Show security policies",
  parameters: [
    { word: "from-zone", help: "Only policies from this zone", type: zoneName },
    { word: "to-zone", help: "Only policies to this zone", type: zoneName },
    ...policyParameters,
  ],
  run: async (gateway, input) => collect(gateway, input),
  text: (data) => [...pieces(data)].join(""),
  async *stream(gateway, input, _, signal) {
    for (const piece of pieces(await collect(gateway, input))) {
      if (signal.aborted) return;
      yield piece;
    }
  },
  rpc: { name: "get-firewall-policies", reply: replyOf },
});

async function collect(gateway: Gateway, input: Input): Promise<PolicyContexts> {
  demandZones(gateway, input);
  const facts = new PolicyFacts(gateway);
  const { "from-zone": fromZone, "to-zone": toZone } = input;
  const wanted = policyFilter(input);
  const contexts = (facts.policies?.fromZone ?? [])
    .filter((context) => fromZone === undefined || context.fromZoneName === fromZone)
    .filter((context) => toZone === undefined || context.toZoneName === toZone)
    .map(({ fromZoneName, toZoneName, policy }) => ({
      fromZone: fromZoneName,
      toZone: toZoneName,
      policies: policy
        .map((one, i) => facts.ofPair(fromZoneName, toZoneName, one, i + 1))
        .filter(wanted)
        .map((one) => withDetail(one, input, () => facts.detail(one, { from: fromZoneName, to: toZoneName }))),
    }))
    .filter(({ policies }) => policies.length > 0);
  const isPair = fromZone !== undefined && toZone !== undefined;
  const defaultPolicy = facts.policies?.defaultPolicy?.defaultAction ?? "deny-all";
  return { defaultPolicy, contexts, global: isPair ? [] : globalPolicies(facts, input, wanted) };
}

/** Counts what it is asked about, so that `start` and `count` run over all contexts. */
export function policyFilter(input: Input): (policy: PolicySummary) => boolean {
  const { "policy-name": name, start = 1, count = policiesMax } = input;
  let seen = 0;
  return (policy) => {
    if (name !== undefined && policy.name !== name) return false;
    seen++;
    return seen >= (start as number) && seen < (start as number) + (count as number);
  };
}

export function globalPolicies(
  facts: PolicyFacts,
  input: Input,
  wanted: (policy: PolicySummary) => boolean,
): readonly Shown<GlobalPolicySummary>[] {
  return (facts.policies?.global?.policy ?? [])
    .map((policy, i) => facts.global(policy, i + 1))
    .filter(wanted)
    .map((policy) => withDetail(policy, input, () => facts.detail(policy)));
}

function withDetail<P extends PolicySummary>(policy: P, input: Input, detail: () => PolicyDetail): Shown<P> {
  return input["detail"] === true ? { ...policy, detail: detail() } : policy;
}

function* pieces({ defaultPolicy, contexts, global }: PolicyContexts): Generator<string> {
  yield `Default policy: ${defaultPolicy}\nDefault policy log Profile ID: 0\nPre ID default policy: permit-all\n`;
  for (const { fromZone, toZone, policies } of contexts) {
    const zones = `From zone: ${fromZone}, To zone: ${toZone}`;
    yield* policyPieces(policies, zones, () => zones);
  }
  yield* globalPieces(global);
}

export function* globalPieces(global: readonly Shown<GlobalPolicySummary>[]): Generator<string> {
  yield* policyPieces(
    global,
    "Global policies:",
    ({ fromZones, toZones }) => `From zones: ${fromZones.join(", ")}, To zones: ${toZones.join(", ")}`,
  );
}

/** The context's line stands above its policies, or in each of them when they are shown in detail. */
function* policyPieces<P extends PolicySummary>(
  policies: readonly Shown<P>[],
  context: string,
  zones: (policy: P) => string,
): Generator<string> {
  const [first] = policies;
  if (first !== undefined && first.detail === undefined) yield `${context}\n`;
  for (const policy of policies) {
    const { detail } = policy;
    const lines = detail === undefined ? policyLines(policy) : policyDetailLines(policy, detail, zones(policy));
    yield `${lines.join("\n")}\n`;
  }
}

function replyOf({ defaultPolicy, contexts, global }: PolicyContexts): XmlElement {
  return reply(
    "security-policies",
    "junos-secpolinfo",
    field("default-policy", defaultPolicy),
    field("default-policy-log-profile-id", 0),
    field("pre-id-default-policy", "permit-all"),
    contexts.map(({ policies, ...names }) =>
      group(
        "security-context",
        contextReply(names),
        group(
          "policies",
          policies.map((policy) => policyReply(policy, policy.detail)),
        ),
      ),
    ),
    global.length > 0 && globalContext(global),
  );
}

export function globalContext(global: readonly Shown<GlobalPolicySummary>[]): XmlElement {
  return group(
    "security-context",
    group("context-information", mark("global-context")),
    group(
      "policies",
      global.map((policy) => policyReply(policy, policy.detail)),
    ),
  );
}
