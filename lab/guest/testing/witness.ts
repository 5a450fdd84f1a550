// Sees what meets chains: a rule of somebody else that counts what comes to the hook `forward`, before Merlon. What the
// kernel's fast path carries does not come there.

import { loadRuleset } from "@merlon/gateway/kernel/story-network.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";

const table = "witness";

export function placeWitness(): Promise<void> {
  return loadRuleset(`
    table inet ${table} {
      chain forward {
        type filter hook forward priority -300
        counter
      }
    }
  `);
}

/** Packets since it was placed. */
export async function seenByWitness(): Promise<number> {
  const [, packets] = /packets (\d+)/.exec(await runNft("list", "table", "inet", table)) ?? [];
  if (packets === undefined) throw new Error("the witness has gone");
  return Number(packets);
}
