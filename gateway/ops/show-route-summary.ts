// `show route summary`: how many routes of which origin each table has.

import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { routeFacts } from "./route-facts.ts";
import type { RouteFacts } from "./route-facts.ts";
import { routeTable, routeTables, tableCounts, tableLine } from "./show-route.ts";
import type { RouteTable } from "./show-route.ts";

export const showRouteSummary = operation<readonly RouteTable[]>({
  command: "show route summary",
  help: "Show how many routes there are",
  parameters: [{ word: "table", help: "Only this table", type: routeTable }],
  run: async (gateway, input) =>
    routeTables(await routeFacts(gateway)).filter(
      ({ name, routeCount }) => routeCount > 0 && (input["table"] ?? name) === name,
    ),
  text: (tables) => tables.map((table) => `${tableLine(table)}\n${originLines(table)}`).join("\n"),
  rpc: {
    name: "get-route-summary-information",
    reply: (tables) =>
      reply(
        "route-summary-information",
        "junos-routing",
        tables.map((table) =>
          group(
            "route-table",
            tableCounts(table),
            origins(table).map(({ protocol, routes, active }) =>
              group(
                "protocols",
                field("protocol-name", protocol),
                field("protocol-route-count", routes),
                field("active-route-count", active),
              ),
            ),
          ),
        ),
      ),
  },
});

function originLines(table: RouteTable): string {
  return origins(table)
    .map(({ protocol, routes, active }) => {
      const count = (value: number): string => String(value).padStart(6);
      return `${protocol.padStart(20)}: ${count(routes)} routes, ${count(active)} active\n`;
    })
    .join("");
}

function origins({ routes }: RouteTable) {
  const all: readonly RouteFacts["protocol"][] = ["Direct", "Local", "Static"];
  return all.flatMap((protocol) => {
    const own = routes.filter((route) => route.protocol === protocol);
    const active = own.filter((route) => route.active).length;
    return own.length === 0 ? [] : [{ protocol, routes: own.length, active }];
  });
}
