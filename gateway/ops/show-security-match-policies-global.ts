// `show security match-policies global`: which global policies match a packet, whatever its zone pair says first.

import { explainDecision } from "@merlon/compiler/explain.ts";
import { interpret, matchingRules } from "@merlon/compiler/interpret.ts";
import { zoneName } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";
import { PolicyFacts } from "./policy-facts.ts";
import { matchedPolicy, matchLines, matchParameters, matchReply, packetOf } from "./show-security-match-policies.ts";
import type { MatchedPolicy } from "./show-security-match-policies.ts";

export interface GlobalMatches {
  readonly matches: readonly (MatchedPolicy & { readonly fromZone: string; readonly toZone: string })[];
}

export const showSecurityMatchPoliciesGlobal = operation<GlobalMatches>({
  command: "show security match-policies global",
  help: "Show which global policy decides about a packet",
  parameters: [
    ...matchParameters,
    { word: "from-zone", help: "Zone that the packet comes from (default: every zone)", type: zoneName },
    { word: "to-zone", help: "Zone that the packet goes to (default: every zone)", type: zoneName },
  ],
  run: async (gateway, input) => ({ matches: matchesOf(gateway, input) }),
  text: ({ matches }) =>
    matches.flatMap((match, at) => [...matchLines(match, match, at === 0 ? "enabled" : "shadowed"), ""]).join("\n"),
  rpc: {
    name: "match-global-policies",
    reply: ({ matches }) => matchReply(matches, { fromZone: "junos-global", toZone: "junos-global" }),
  },
});

/** Each policy once, in their order, with the first pair of zones in which it matches. */
function matchesOf(gateway: Gateway, input: Input): GlobalMatches["matches"] {
  const ir = gateway.running?.prepared.ir;
  if (ir === undefined) throw new OperationRefused("no configuration is in force");
  const { "from-zone": from, "to-zone": to } = input;
  const facts = new PolicyFacts(gateway);
  const found = new Map<string, GlobalMatches["matches"][number]>();
  let dropped: string | undefined;
  for (const { fromZone, toZone } of ir.contexts) {
    if ((from ?? fromZone) !== fromZone || (to ?? toZone) !== toZone) continue;
    const packet = packetOf({ ...input, "from-zone": fromZone, "to-zone": toZone });
    const decision = interpret(ir, packet);
    if (decision.kind === "mode-drop") {
      dropped ??= explainDecision(decision, packet);
      continue;
    }
    for (const rule of matchingRules(ir, packet)) {
      const { scope, name } = rule.policy;
      if (scope !== "global" || found.has(name)) continue;
      found.set(name, { ...matchedPolicy(facts, rule, packet), fromZone, toZone });
    }
  }
  if (found.size === 0) throw new OperationRefused(dropped ?? "no global policy matches");
  const order = new Map((facts.policies?.global?.policy ?? []).map(({ name }, at) => [name, at]));
  const matches = [...found.values()].toSorted((a, b) => (order.get(a.policy) ?? 0) - (order.get(b.policy) ?? 0));
  return matches.slice(0, (input["result-count"] as number | undefined) ?? 1);
}
