// `clear security policies hit-count`: the counters of policies begin at zero again. The kernel counts with the elements
// of a set, so those of the policies are taken out and put back in one transaction; no packet meets the set without them.

import { policyName, zoneName } from "@merlon/model/schema/value.ts";
import type { NftCommand } from "@merlon/compiler/nft/program.ts";
import { firstValue } from "@merlon/compiler/nft/first-value.ts";
import type { Gateway } from "../gateway.ts";
import { demandZones } from "./demand-zones.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";
import { output } from "./reply.ts";

export const clearSecurityPoliciesHitCount = operation<{ readonly clearedCount: number }>({
  command: "clear security policies hit-count",
  help: "Let the counters of policies begin at zero again",
  parameters: [
    { word: "from-zone", help: "Only policies from this zone", type: zoneName },
    { word: "to-zone", help: "Only policies to this zone", type: zoneName },
    { word: "policy-name", help: "Only policies of this name", type: policyName },
  ],
  run: (gateway, input) => gateway.exclusively(() => clear(gateway, input)),
  text: ({ clearedCount }) => `Policy hit count cleared: ${clearedCount} policies\n`,
  rpc: {
    name: "clear-security-policies-hit-count",
    reply: ({ clearedCount }) => output(`Policy hit count cleared: ${clearedCount} policies\n`),
  },
});

async function clear(gateway: Gateway, input: Input): Promise<{ clearedCount: number }> {
  const ids = wantedRules(gateway, input);
  const table = await gateway.kernel.readTable();
  const set = table?.sets.find(({ name }) => name === "hits");
  if (table === undefined || set === undefined)
    throw new OperationRefused("no policy counts, because none is in force");
  const elements = set.elements.filter((element) => {
    const key = firstValue(element);
    return key?.kind === "number" && ids.has(key.value);
  });
  if (elements.length > 0) {
    const commands: readonly NftCommand[] = [
      { kind: "delete-elements", set: set.name, elements },
      { kind: "add-elements", set: set.name, elements },
    ];
    await gateway.kernel.applyTransaction(commands, table);
  }
  return { clearedCount: elements.length };
}

function wantedRules(gateway: Gateway, input: Input): ReadonlySet<number> {
  demandZones(gateway, input);
  const { "from-zone": from, "to-zone": to, "policy-name": name } = input;
  const contexts = (gateway.running?.prepared.ir.contexts ?? []).filter(
    ({ fromZone, toZone }) => (from === undefined || from === fromZone) && (to === undefined || to === toZone),
  );
  const rules = contexts.flatMap((context) => context.rules);
  return new Set(rules.filter(({ policy }) => name === undefined || policy.name === name).map(({ id }) => id));
}
