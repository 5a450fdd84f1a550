// `show ipv6 neighbors`: which MAC address stands behind each IPv6 address of the links, and how sure that is.

import { operation } from "./operation.ts";
import { neighborFacts, neighborParameters } from "./neighbor-facts.ts";
import type { NeighborFacts } from "./neighbor-facts.ts";
import { field, group, reply } from "./reply.ts";

export const showIpv6Neighbors = operation<readonly NeighborFacts[]>({
  command: "show ipv6 neighbors",
  help: "Show the neighbors of IPv6",
  parameters: neighborParameters("host"),
  run: (gateway, input) => neighborFacts(gateway, 6, input, "host"),
  text: (entries) => {
    const head =
      "IPv6 Address                            Linklayer Address  State       Exp   Rtr  Secure  Interface\n";
    const rows = entries.map((entry) => {
      const cells = [
        entry.address.padEnd(39),
        (entry.macAddress === "" ? "none" : entry.macAddress).padEnd(18),
        entry.state.padEnd(11),
        String(entry.confirmedSeconds).padEnd(5),
        (entry.isRouter ? "yes" : "no").padEnd(4),
        "no".padEnd(7),
        entry.interface,
      ];
      return `${cells.join(" ")}\n`;
    });
    return `${head}${rows.join("")}Total entries: ${entries.length}\n`;
  },
  rpc: {
    name: "get-ipv6-nd-information",
    reply: (entries) =>
      reply(
        "ipv6-nd-information",
        "junos-ipv6",
        entries.map((entry) =>
          group(
            "ipv6-nd-entry",
            field("ipv6-nd-neighbor-address", entry.address),
            field("ipv6-nd-neighbor-l2-address", entry.macAddress === "" ? "none" : entry.macAddress),
            field("ipv6-nd-state", entry.state),
            field("ipv6-nd-expire", entry.confirmedSeconds),
            field("ipv6-nd-isrouter", entry.isRouter ? "yes" : "no"),
            field("ipv6-nd-issecure", "no"),
            field("ipv6-nd-interface-name", entry.interface),
          ),
        ),
        field("ipv6-nd-total", entries.length),
      ),
  },
});
