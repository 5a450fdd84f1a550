// `clear security screen statistics`: the counts of a zone's attacks begin at zero again. As with policies, the elements that
// count are taken out and put back in one transaction; no packet meets the set without them.

import { firstValue } from "@merlon/compiler/nft/first-value.ts";
import { hitsSet } from "@merlon/compiler/nft/table-names.ts";
import { interfaceUnit, zoneName } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import { output } from "./reply.ts";
import { screenAsked } from "./screen-facts.ts";

interface Cleared {
  readonly zone: string;
}

export const clearSecurityScreenStatistics = operation<Cleared>({
  command: "clear security screen statistics",
  help: "Let the counts of attacks begin at zero again",
  parameters: [
    { word: "zone", help: "Of this zone", type: zoneName },
    { word: "interface", help: "Of the zone of this interface", type: interfaceUnit },
  ],
  run: (gateway, input) =>
    gateway.exclusively(async () => {
      const { zone, screen } = screenAsked(gateway, input);
      if (screen !== undefined) await clearCounts(gateway, new Set(screen.ids.values()));
      gateway.rules.screens.clearTearDrops(zone);
      return { zone };
    }),
  text,
  rpc: { name: "clear-screen-statistics", reply: (data) => output(text(data)) },
});

function text({ zone }: Cleared): string {
  return `Screen statistics of zone ${zone} have been cleared.\n`;
}

async function clearCounts({ kernel }: Gateway, ids: ReadonlySet<number>): Promise<void> {
  const table = await kernel.readTable();
  const set = table?.sets.find(({ name }) => name === hitsSet);
  const elements = (set?.elements ?? []).filter((element) => {
    const key = firstValue(element);
    return key?.kind === "number" && ids.has(key.value);
  });
  if (elements.length === 0) return;
  await kernel.applyTransaction(
    [
      { kind: "delete-elements", set: hitsSet, elements },
      { kind: "add-elements", set: hitsSet, elements },
    ],
    table,
  );
}
