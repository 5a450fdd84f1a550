// `show security shadow-policies`: policies of a pair of zones, or global ones, that never decide about anything, each with
// the policy before it that takes all that it would.

import { comparisonsMax, shadowedPolicies } from "@merlon/compiler/shadowed-policies.ts";
import type { ShadowedPair, ShadowQuestion } from "@merlon/compiler/shadowed-policies.ts";
import { policyName, zoneName } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input, Parameter } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

const parameters: readonly Parameter[] = [
  { word: "policy", help: "Only what this policy shadows", type: policyName },
  { word: "reverse", help: "Rather the policies by which it is shadowed" },
];

type Pairs = readonly ShadowedPair[];

export const showSecurityShadowPolicies = operation<Pairs>({
  command: "show security shadow-policies",
  help: "Show policies that never decide, because another one is asked first",
  parameters: [
    { word: "from-zone", help: "Zone that the policies are from", type: zoneName, required: true },
    { word: "to-zone", help: "Zone that the policies are to", type: zoneName, required: true },
    ...parameters,
  ],
  run: async (gateway, input) =>
    find(gateway, input, { fromZone: input["from-zone"] as string, toZone: input["to-zone"] as string }),
  text,
  rpc: { name: "shadow-firewall-policies", reply: replyOf },
});

export const showSecurityShadowPoliciesGlobal = operation<Pairs>({
  command: "show security shadow-policies global",
  help: "Show global policies that never decide, because another one is asked first",
  parameters,
  run: async (gateway, input) => {
    const { running } = gateway;
    const list = running?.prepared.configuration.security?.policies?.global?.policy ?? [];
    return find(gateway, input, { globalNames: list.map(({ name }) => name) });
  },
  text,
  rpc: { name: "shadow-global-policies", reply: replyOf },
});

function find({ running }: Gateway, input: Input, question: ShadowQuestion): Pairs {
  if (running === undefined) throw new OperationRefused("no configuration is in force");
  const { policy, reverse } = input;
  if (reverse === true && policy === undefined) throw new OperationRefused("reverse needs a policy");
  const asked = policy === undefined ? undefined : { policy: policy as string, reverse: reverse === true };
  const pairs = shadowedPolicies(running.prepared.ir, question, asked);
  if (pairs !== "too-many") return pairs;
  throw new OperationRefused(
    `these are too many policies to compare each with each (${comparisonsMax} comparisons); name one with policy`,
  );
}

function text(pairs: Pairs): string {
  const rows = pairs.map(({ policy, shadowed }) => `${policy.padEnd(15)} ${shadowed}\n`);
  return `Policies        Shadowed policies\n${rows.join("")}`;
}

function replyOf(pairs: Pairs): XmlElement {
  return reply(
    "security-policy-shadow",
    "junos-secpolinfo",
    group(
      "policy-shadow-policies",
      pairs.map(({ policy, shadowed }) =>
        group(
          "policy-shadow-policy",
          field("policy-shadow-policy-original-policy", policy),
          field("policy-shadow-policy-shadowed-policy", shadowed),
        ),
      ),
    ),
  );
}
