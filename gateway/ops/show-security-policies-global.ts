// `show security policies global`: the policies that are asked after those of the zone pair.

import { operation } from "./operation.ts";
import { PolicyFacts } from "./policy-facts.ts";
import { reply } from "./reply.ts";
import {
  globalContext,
  globalPieces,
  globalPolicies,
  policyFilter,
  policyParameters,
} from "./show-security-policies.ts";

export const showSecurityPoliciesGlobal = operation<ReturnType<typeof globalPolicies>>({
  command: "show security policies global",
  help: "Show global policies",
  parameters: policyParameters,
  run: async (gateway, input) => globalPolicies(new PolicyFacts(gateway), input, policyFilter(input)),
  text: (policies) => [...globalPieces(policies)].join(""),
  rpc: {
    name: "get-global-firewall-policies",
    reply: (policies) => reply("security-policies", "junos-secpolinfo", policies.length > 0 && globalContext(policies)),
  },
});
