// `show security policies hit-count`: how often each policy decided about a new session since it stands in the kernel.
// Counts survive commits, because they belong to the rule id and not to a generation.

import { zoneName } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import type { Input } from "./operation.ts";
import { renderTable } from "./table.ts";

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
    { word: "ascending", help: "Fewest hits first" },
    { word: "descending", help: "Most hits first" },
  ],
  run: async (gateway, input) => collect(gateway, input),
  text: (rows) =>
    `${renderTable(
      columns,
      rows.map((row, i) => ({ ...row, index: i + 1 })),
    )}Number of policy: ${rows.length}\n`,
});

const columns = [
  { title: "Index", cell: (row: PolicyHits & { index: number }) => String(row.index) },
  { title: "From zone", cell: (row: PolicyHits) => row.fromZone },
  { title: "To zone", cell: (row: PolicyHits) => row.toZone },
  { title: "Name", cell: (row: PolicyHits) => row.policy },
  { title: "Policy count", cell: (row: PolicyHits) => String(row.count), align: "right" as const },
  { title: "Action", cell: (row: PolicyHits) => row.action },
];

async function collect(gateway: Gateway, input: Input): Promise<readonly PolicyHits[]> {
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
        const row = {
          fromZone: "junos-global",
          toZone: "junos-global",
          policy: policy.name,
          count: sum,
          action: shown,
        };
        global.set(policy.name, row);
      }
    }
  }
  rows.push(...global.values());
  if (input["ascending"] === true) rows.sort((a, b) => a.count - b.count);
  if (input["descending"] === true) rows.sort((a, b) => b.count - a.count);
  return rows;
}
