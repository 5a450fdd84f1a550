// `show route`: the static routes that Merlon keeps in the kernel, and the networks of its interfaces.

import { formatIp } from "@merlon/model/ip/address.ts";
import { formatPrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { operation } from "./operation.ts";
import { renderTable } from "./table.ts";

export interface RouteSummary {
  readonly destination: string;
  readonly protocol: "Static" | "Direct";
  readonly preference: number;
  readonly via: string;
}

export const showRoute = operation<readonly RouteSummary[]>({
  command: "show route",
  help: "Show static and direct routes",
  parameters: [],
  run: async (gateway) => {
    const { links, routes } = await gateway.kernel.readNetwork();
    const direct = links
      .filter(({ up, device }) => up && device !== "lo")
      .flatMap(({ device, addresses }) =>
        addresses.map((address) => ({
          destination: formatPrefix(networkOf(address)),
          protocol: "Direct" as const,
          preference: 0,
          via: device,
        })),
      );
    const fixed = routes.map((route) => ({
      destination: formatPrefix(route.destination),
      protocol: "Static" as const,
      preference: route.metric,
      via: typeof route.nextHops === "string" ? route.nextHops : route.nextHops.map(formatIp).join(" "),
    }));
    return [...direct, ...fixed];
  },
  text: (rows) => renderTable(columns, rows),
});

const columns = [
  { title: "Destination", cell: (row: RouteSummary) => row.destination },
  { title: "Protocol", cell: (row: RouteSummary) => row.protocol },
  { title: "Preference", cell: (row: RouteSummary) => String(row.preference), align: "right" as const },
  { title: "Via", cell: (row: RouteSummary) => row.via },
];

function networkOf(prefix: IpPrefix): IpPrefix {
  const range = rangeOfPrefix(prefix);
  return range.family === 4
    ? { address: { family: 4, value: range.first }, length: prefix.length }
    : { address: { family: 6, value: range.first }, length: prefix.length };
}
