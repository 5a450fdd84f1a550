// `show security screen statistics`: how many packets showed each attack where they entered a zone. Counts survive commits,
// because they belong to the attack's number and not to a generation.

import { attackNames, attacks } from "@merlon/compiler/screen/attacks.ts";
import { interfaceUnit, zoneName } from "@merlon/model/schema/value.ts";
import { operation } from "./operation.ts";
import { fields, reply } from "./reply.ts";
import { countsOf, screenAsked } from "./screen-facts.ts";
import type { AttackCounts } from "./screen-facts.ts";

export interface ScreenStatistics {
  readonly zone: string;
  /** Absent where the zone has none: then nothing is counted. */
  readonly screen?: string;
  readonly counts: AttackCounts;
}

const titleWidth = 42;

export const showSecurityScreenStatistics = operation<ScreenStatistics>({
  command: "show security screen statistics",
  help: "Show how often each attack was seen",
  parameters: [
    { word: "zone", help: "Where packets enter this zone", type: zoneName },
    { word: "interface", help: "Where packets enter the zone of this interface", type: interfaceUnit },
  ],
  run: async (gateway, input) => {
    const { zone, screen } = screenAsked(gateway, input);
    const counts = await countsOf(gateway, screen);
    return screen === undefined ? { zone, counts } : { zone, screen: screen.name, counts };
  },
  text: ({ zone, screen, counts }) => {
    const head = screen === undefined ? `Zone ${zone} has no screen.\n` : "";
    const row = (title: string, value: string | number) => `  ${title.padEnd(titleWidth)} ${value}\n`;
    const rows = attackNames.map((attack) => row(attacks[attack].title, counts[attack]));
    return `${head}Screen statistics:\n\n${row("IDS attack type", "Statistics")}${rows.join("")}`;
  },
  // The original declares no shape for it; this is that of its other statistics.
  rpc: {
    name: "get-ids-statistics",
    reply: ({ counts }) =>
      reply(
        "ids-statistics",
        "junos-screen",
        attackNames.map((attack) => ({
          name: "ids-statistics-entry",
          content: [
            ...fields("ids-statistics-type", [attacks[attack].title]),
            ...fields("ids-statistics-value", [counts[attack]]),
          ],
        })),
      ),
  },
});
