// `show arp`: which MAC address stands behind each IPv4 address of the links.

import { operation } from "./operation.ts";
import { neighborFacts, neighborParameters } from "./neighbor-facts.ts";
import type { NeighborFacts } from "./neighbor-facts.ts";
import { field, group, mark, reply } from "./reply.ts";

export interface ArpTable {
  readonly entries: readonly NeighborFacts[];
  readonly showsState: boolean;
}

export const showArp = operation<ArpTable>({
  command: "show arp",
  help: "Show the neighbors of IPv4",
  parameters: [
    ...neighborParameters("hostname"),
    { word: "no-resolve", help: "Do not look for names (this is the default)" },
    { word: "state", help: "With what the kernel thinks of each entry" },
  ],
  run: async (gateway, input) => ({
    // An address that nobody answered for is no entry of the table.
    entries: (await neighborFacts(gateway, 4, input, "hostname")).filter(({ macAddress }) => macAddress !== ""),
    showsState: input["state"] === true,
  }),
  text: ({ entries, showsState }) => {
    const rows = entries.map((entry) => {
      const cells = [entry.macAddress.padEnd(17), entry.address.padEnd(15), entry.interface.padEnd(24), flagsOf(entry)];
      return `${cells.join(" ")}${showsState ? ` ${entry.state}` : ""}\n`;
    });
    return `MAC Address       Address         Interface                Flags\n${rows.join("")}Total entries: ${entries.length}\n`;
  },
  rpc: {
    name: "get-arp-table-information",
    reply: ({ entries, showsState }) =>
      reply(
        "arp-table-information",
        "junos-arp",
        entries.map((entry) =>
          group(
            "arp-table-entry",
            field("mac-address", entry.macAddress),
            field("ip-address", entry.address),
            field("interface-name", entry.interface),
            showsState && field("state", entry.state),
            group("arp-table-entry-flags", mark(flagsOf(entry))),
          ),
        ),
        field("arp-entry-count", entries.length),
      ),
  },
});

function flagsOf({ state }: NeighborFacts): "permanent" | "none" {
  return state === "permanent" ? "permanent" : "none";
}
