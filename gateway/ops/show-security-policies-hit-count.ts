// `show security policies hit-count`: how often each policy decided about a new session since it stands in the kernel.
// Counts survive commits, because they belong to the rule id and not to a generation.

import { integer, policyName, zoneName } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { demandZones } from "./demand-zones.ts";
import { operation } from "./operation.ts";
import type { Input } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export interface PolicyHits {
  readonly fromZone: string;
  readonly toZone: string;
  readonly policy: string;
  readonly count: number;
  readonly action: string;
}

export const showSecurityPoliciesHitCount = operation<readonly PolicyHits[]>({
  command: "show security policies hit-count",
  help: "Show how often each policy was matched",
  parameters: [
    { word: "from-zone", help: "Only policies from this zone", type: zoneName },
    { word: "to-zone", help: "Only policies to this zone", type: zoneName },
    { word: "ascending", help: "Fewest hits first", group: "order" },
    { word: "descending", help: "Most hits first", group: "order" },
    { word: "less-than", help: "Only policies with fewer hits", type: integer(0, 0xffff_ffff) },
    { word: "greater-than", help: "Only policies with more hits", type: integer(0, 0xffff_ffff) },
    { word: "policy-name", help: "Only policies of this name", type: policyName },
    { word: "detail", help: "Show the same; there is nothing to add" },
  ],
  run: collect,
  text: (rows) => `${header}${rows.map(rowText).join("")}Number of policy: ${rows.length}\n`,
  rpc: { name: "get-security-policies-hit-count", reply: replyOf },
});

/** The zones of the default policy, as the original names them. */
const noZones = "all-zone";

const header =
  "Logical system: root-logical-system\n" +
  "Index   From zone        To zone           Name           Policy count  Action\n";

function rowText({ fromZone, toZone, policy, count, action }: PolicyHits, index: number): string {
  const cells = [
    String(index + 1).padEnd(7),
    fromZone.padEnd(16),
    toZone.padEnd(17),
    policy.padEnd(14),
    String(count).padEnd(13),
    action,
  ];
  return `${cells.join(" ")}\n`;
}

async function collect(gateway: Gateway, input: Input): Promise<readonly PolicyHits[]> {
  const { "less-than": less = Infinity, "greater-than": greater = -1, "policy-name": name } = input;
  const rows = (await allHits(gateway, input)).filter(
    ({ count, policy }) =>
      count < (less as number) && count > (greater as number) && (name === undefined || policy === name),
  );
  if (input["ascending"] === true) rows.sort((a, b) => a.count - b.count);
  if (input["descending"] === true) rows.sort((a, b) => b.count - a.count);
  return rows;
}

async function allHits(gateway: Gateway, input: Input): Promise<PolicyHits[]> {
  demandZones(gateway, input);
  const hits = await gateway.kernel.readHits("hits");
  const rows: PolicyHits[] = [];
  const global = new Map<string, PolicyHits>();
  for (const { fromZone, toZone, rules } of gateway.running?.prepared.ir.contexts ?? []) {
    if (input["from-zone"] !== undefined && input["from-zone"] !== fromZone) continue;
    if (input["to-zone"] !== undefined && input["to-zone"] !== toZone) continue;
    for (const { id, policy, action } of rules) {
      const count = hits.get(id)?.packets ?? 0;
      const shown = `${action.charAt(0).toUpperCase()}${action.slice(1)}`;
      if (policy.scope === "zone-pair") {
        rows.push({ fromZone, toZone, policy: policy.name, count, action: shown });
      } else {
        // A global policy, and the default one, stands in every zone pair; its count is the sum.
        const sum = (global.get(policy.name)?.count ?? 0) + count;
        const zone = policy.scope === "global" ? "junos-global" : noZones;
        global.set(policy.name, { fromZone: zone, toZone: zone, policy: policy.name, count: sum, action: shown });
      }
    }
  }
  // The default policy is asked last.
  const last = (row: PolicyHits): number => (row.fromZone === noZones ? 1 : 0);
  rows.push(...[...global.values()].toSorted((a, b) => last(a) - last(b)));
  return rows;
}

function replyOf(rows: readonly PolicyHits[]): XmlElement {
  return reply(
    "policy-hit-count",
    "junos-secpolinfo",
    field("logical-system-name", "root-logical-system"),
    rows.map(({ fromZone, toZone, policy, count, action }, index) =>
      group(
        "policy-hit-count-entry",
        field("policy-hit-count-index", index + 1),
        field("policy-hit-count-from-zone", fromZone),
        field("policy-hit-count-to-zone", toZone),
        field("policy-hit-count-policy-name", policy),
        field("policy-hit-count-count", count),
        field("policy-hit-count-action", action),
      ),
    ),
    field("policy-hit-count-num", rows.length),
  );
}
