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
  /** Fragments of IPv4 that overlapped, whatever zone they came in by. Absent where the kernel does not count them. */
  readonly tearDrops?: number;
}

const titleWidth = 42;

/**
 * What the gateway has found in copies of fragments, of which it looks at 1,000 a second for each zone and IP version, stands
 * beside what the kernel has counted.
 */
const tearDropTitle = `${attacks["tear-drop"].title} (IPv4, all zones)`;

function rowsOf({
  counts,
  tearDrops,
}: ScreenStatistics): readonly (readonly [title: string, value: string | number])[] {
  return attackNames.flatMap((attack) => {
    const own = [attacks[attack].title, counts[attack]] as const;
    return attack === "tear-drop" ? [own, [tearDropTitle, tearDrops ?? "not counted"] as const] : [own];
  });
}

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
    const tearDrops = await gateway.kernel.readFragmentOverlaps();
    return {
      zone,
      ...(screen === undefined ? {} : { screen: screen.name }),
      counts,
      ...(tearDrops === undefined ? {} : { tearDrops }),
    };
  },
  text: (statistics) => {
    const { zone, screen } = statistics;
    const head = screen === undefined ? `Zone ${zone} has no screen.\n` : "";
    const row = (title: string, value: string | number) => `  ${title.padEnd(titleWidth)} ${value}\n`;
    const rows = rowsOf(statistics).map(([title, value]) => row(title, value));
    return `${head}Screen statistics:\n\n${row("IDS attack type", "Statistics")}${rows.join("")}`;
  },
  // The original declares no shape for it; this is that of its other statistics.
  rpc: {
    name: "get-ids-statistics",
    reply: (statistics) =>
      reply(
        "ids-statistics",
        "junos-screen",
        rowsOf(statistics).map(([title, value]) => ({
          name: "ids-statistics-entry",
          content: [...fields("ids-statistics-type", [title]), ...fields("ids-statistics-value", [value])],
        })),
      ),
  },
});
