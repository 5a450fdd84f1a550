// `show route`: static routes that Merlon keeps in the kernel, and the networks and addresses of its interfaces.

import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { ipPrefix, oneOf } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import { operation } from "./operation.ts";
import type { Input } from "./operation.ts";
import { elements, field, group, mark, reply } from "./reply.ts";
import { routeFacts } from "./route-facts.ts";
import type { RouteFacts, RouteHop } from "./route-facts.ts";

export interface RouteList {
  readonly terse: boolean;
  readonly tables: readonly RouteTable[];
}

export interface RouteTable {
  readonly name: RouteFacts["table"];
  readonly destinationCount: number;
  readonly routeCount: number;
  readonly activeCount: number;
  /** Those that were asked for. */
  readonly routes: readonly RouteFacts[];
}

export const routeTable = oneOf({ "inet.0": "IPv4", "inet6.0": "IPv6" });

export const showRoute = operation<RouteList>({
  command: "show route",
  help: "Show routes",
  parameters: [
    { word: "destination", help: "Only routes to this destination or below it", type: ipPrefix, positional: true },
    { word: "table", help: "Only routes of this table", type: routeTable },
    {
      word: "protocol",
      help: "Only routes of this origin",
      type: oneOf({ static: "Configured", direct: "Networks of interfaces", local: "Addresses of interfaces" }),
    },
    { word: "exact", help: "Only routes to exactly the destination" },
    { word: "terse", help: "One line for each route", group: "level" },
    { word: "brief", help: "As without it", group: "level" },
    { word: "detail", help: "As without it", group: "level" },
    { word: "extensive", help: "As without it", group: "level" },
    { word: "active-path", help: "Only routes that count" },
  ],
  run: async (gateway, input) => {
    const all = await routeFacts(gateway);
    return {
      terse: input["terse"] === true,
      tables: routeTables(all, routeFilter(input, all)).filter(({ routes }) => routes.length > 0),
    };
  },
  text: ({ tables, terse }) => tables.map((table) => tableText(table, terse)).join("\n"),
  rpc: {
    name: "get-route-information",
    reply: ({ tables }) => reply("route-information", "junos-routing", tables.map(tableReply)),
  },
});

function routeFilter(input: Input, all: readonly RouteFacts[]): (route: RouteFacts) => boolean {
  const { destination, table, protocol, exact, "active-path": active } = input;
  const isAsked = destination === undefined ? () => true : askedBy(destination as IpPrefix, exact === true, all);
  return (route) =>
    (table ?? route.table) === route.table &&
    (protocol ?? route.protocol.toLowerCase()) === route.protocol.toLowerCase() &&
    (active !== true || route.active) &&
    isAsked(route);
}

/** A single address asks for the routes that a packet to it takes; a prefix for what lies in it. */
function askedBy(asked: IpPrefix, exact: boolean, all: readonly RouteFacts[]): (route: RouteFacts) => boolean {
  const { family } = asked.address;
  const want = rangeOfPrefix(asked);
  if (exact) {
    return ({ prefix }) =>
      prefix.address.family === family && prefix.length === asked.length && rangeOfPrefix(prefix).first === want.first;
  }
  if (asked.length === (family === 4 ? 32 : 128)) {
    const best = Math.max(-1, ...all.filter(({ prefix }) => holds(prefix, asked)).map(({ prefix }) => prefix.length));
    return ({ prefix }) => holds(prefix, asked) && prefix.length === best;
  }
  return ({ prefix }) => holds(asked, prefix);
}

function holds(outer: IpPrefix, inner: IpPrefix): boolean {
  if (outer.address.family !== inner.address.family) return false;
  const [have, want] = [rangeOfPrefix(outer), rangeOfPrefix(inner)];
  return have.first <= want.first && want.last <= have.last;
}

export function routeTables(
  all: readonly RouteFacts[],
  wanted: (route: RouteFacts) => boolean = () => true,
): readonly RouteTable[] {
  return (["inet.0", "inet6.0"] as const).map((name) => {
    const own = all.filter(({ table }) => table === name);
    const activeCount = own.filter(({ active }) => active).length;
    const routes = own.filter(wanted);
    return { name, destinationCount: activeCount, routeCount: own.length, activeCount, routes };
  });
}

export function tableLine({ name, destinationCount, routeCount, activeCount }: RouteTable): string {
  return `${name}: ${destinationCount} destinations, ${routeCount} routes (${activeCount} active, 0 holddown, 0 hidden)`;
}

function tableText(table: RouteTable, terse: boolean): string {
  const head = `${tableLine(table)}\n+ = Active Route, - = Last Active, * = Both\n\n`;
  if (terse) {
    const rows = table.routes.map(terseRow);
    return `${head}A V Destination        P Prf   Metric 1   Metric 2  Next hop        AS path\n${rows.join("")}`;
  }
  let last = "";
  const rows = table.routes.map((route) => {
    const name = route.destination === last ? "" : route.destination;
    last = route.destination;
    return `${name.padEnd(18)} ${route.active ? "*" : " "}[${route.protocol}/${route.preference}]\n${route.hops.map(hopText).join("")}`;
  });
  return `${head}${rows.join("")}`;
}

function hopText(hop: RouteHop, at: number): string {
  const indent = " ".repeat(20);
  switch (hop.kind) {
    case "interface":
      return `${indent}>  via ${hop.via}\n`;
    case "local":
      return `${indent}   Local via ${hop.via}\n`;
    case "router":
      return `${indent}${at === 0 ? ">" : " "}  to ${hop.to}${hop.via === undefined ? "" : ` via ${hop.via}`}\n`;
    case "discard":
      return `${indent}   Discard\n`;
    case "reject":
      return `${indent}   Reject\n`;
  }
}

function terseRow({ active, destination, protocol, preference, hops }: RouteFacts): string {
  const [first] = hops;
  const next =
    first === undefined ? "" : first.kind === "router" ? `>${first.to}` : "via" in first ? `>${first.via}` : first.kind;
  const columns = [active ? "*" : " ", "?", destination.padEnd(18), protocol.charAt(0), String(preference).padStart(3)];
  return `${columns.join(" ")}${" ".repeat(23)} ${next}\n`;
}

/** What every reply says of a table first. */
export function tableCounts({ name, destinationCount, routeCount, activeCount }: RouteTable): readonly XmlElement[] {
  return elements(
    field("table-name", name),
    field("destination-count", destinationCount),
    field("total-route-count", routeCount),
    field("active-route-count", activeCount),
    field("holddown-route-count", 0),
    field("hidden-route-count", 0),
  );
}

function tableReply(table: RouteTable): XmlElement {
  return group(
    "route-table",
    tableCounts(table),
    [...Map.groupBy(table.routes, ({ destination }) => destination)].map(([destination, routes]) =>
      group("rt", field("rt-destination", destination), routes.map(entryReply)),
    ),
  );
}

function entryReply({ active, protocol, preference, hops }: RouteFacts): XmlElement {
  const drop = hops.find((hop) => hop.kind === "discard" || hop.kind === "reject");
  return group(
    "rt-entry",
    field("active-tag", active ? "*" : " "),
    mark("current-active", active),
    field("protocol-name", protocol),
    field("preference", preference),
    field("nh-type", drop === undefined ? undefined : drop.kind === "discard" ? "Discard" : "Reject"),
    drop === undefined ? hops.map(hopReply) : [],
  );
}

function hopReply(hop: RouteHop, at: number): XmlElement {
  const selected = mark("selected-next-hop", at === 0);
  switch (hop.kind) {
    case "local":
      return group("nh", field("nh-local-interface", hop.via));
    case "router":
      return group("nh", selected, field("to", hop.to), field("via", hop.via));
    case "interface":
      return group("nh", selected, field("via", hop.via));
    case "discard":
    case "reject":
      return group("nh");
  }
}
