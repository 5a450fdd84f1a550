// `show interfaces`: the ports of the gateway with their logical interfaces, in a line or in full.

import { name } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { interfaceFacts, matchesName } from "./interface-facts.ts";
import type { InterfaceFacts, UnitFacts } from "./interface-facts.ts";
import { descriptionsText, longText, terseHeader, terseText, unitLines, unitTerseText } from "./interface-text.ts";
import type { InterfaceLevel } from "./interface-text.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";
import { elements, field, group, mark, reply } from "./reply.ts";

type Level = InterfaceLevel | "terse" | "descriptions";

export interface InterfaceList {
  readonly level: Level;
  /** A logical interface was asked for, so its port is left out. */
  readonly unitsOnly: boolean;
  readonly interfaces: readonly InterfaceFacts[];
}

export const interfacePattern = name("<interface-name>", /^[A-Za-z0-9_.@*?[\]:/-]+$/, 64, "the name of an interface");

const levels: Readonly<Record<string, Level>> = {
  terse: "terse",
  brief: "brief",
  detail: "detail",
  extensive: "extensive",
  statistics: "detail",
  media: "normal",
  descriptions: "descriptions",
};

export const showInterfaces = operation<InterfaceList>({
  command: "show interfaces",
  help: "Show interfaces, their kernel devices, zones and addresses",
  parameters: [
    {
      word: "interface-name",
      help: "Only this interface, or those that a pattern names",
      type: interfacePattern,
      positional: true,
    },
    { word: "terse", help: "One line for each address", group: "level" },
    { word: "brief", help: "Without counters", group: "level" },
    { word: "detail", help: "With bytes", group: "level" },
    { word: "extensive", help: "With errors", group: "level" },
    { word: "statistics", help: "With bytes", group: "level" },
    { word: "media", help: "As without it", group: "level" },
    { word: "descriptions", help: "What people have written about them", group: "level" },
  ],
  run: collect,
  text,
  rpc: { name: "get-interface-information", reply: replyOf },
});

async function collect(gateway: Gateway, input: Input): Promise<InterfaceList> {
  const level = Object.entries(levels).find(([word]) => input[word] === true)?.[1] ?? "normal";
  const all = await interfaceFacts(gateway);
  const { "interface-name": pattern } = input;
  if (pattern === undefined) return { level, unitsOnly: false, interfaces: all };
  const wanted = pattern as string;
  const ports = all.filter((it) => matchesName(wanted, it.name) || it.device === wanted);
  if (ports.length > 0) return { level, unitsOnly: false, interfaces: ports };
  const units = all.filter(({ unit }) => matchesName(wanted, unit.name));
  if (units.length === 0 && !/[*?[]/.test(wanted)) throw new OperationRefused(`device ${wanted} not found`);
  return { level, unitsOnly: true, interfaces: units };
}

function text({ level, unitsOnly, interfaces }: InterfaceList): string {
  switch (level) {
    case "terse":
      return `${terseHeader}${interfaces.map(unitsOnly ? unitTerseText : terseText).join("")}`;
    case "descriptions":
      return descriptionsText(interfaces);
    default:
      return interfaces
        .map((it) => (unitsOnly ? `${unitLines(it, level).join("\n")}\n` : longText(it, level)))
        .join("\n");
  }
}

function replyOf({ level, unitsOnly, interfaces }: InterfaceList): XmlElement {
  if (level === "descriptions") return reply("interface-information", "junos-interface", interfaces.flatMap(described));
  return reply(
    "interface-information",
    "junos-interface",
    interfaces.map((it) => (unitsOnly ? unitReply(it, level) : portReply(it, level))),
  );
}

function described(it: InterfaceFacts): readonly XmlElement[] {
  const entry = (element: string, name: string, description: string | undefined): XmlElement | false =>
    description !== undefined &&
    group(element, field("name", name), ...statesOf(it), field("description", description));
  return elements(
    entry("physical-interface", it.name, it.description),
    entry("logical-interface", it.unit.name, it.unit.description),
  );
}

function statesOf({ admin, link }: InterfaceFacts) {
  return [field("admin-status", upDown(admin)), field("oper-status", upDown(link))];
}

function portReply(it: InterfaceFacts, level: Level): XmlElement {
  const head = [field("name", it.name), ...statesOf(it)];
  if (level === "terse")
    return group("physical-interface", ...head, field("description", it.description), unitReply(it, level));
  return group(
    "physical-interface",
    ...head,
    field("local-index", it.index),
    field("snmp-index", it.index),
    field("description", it.description),
    field("link-level-type", "Ethernet"),
    field("mtu", it.mtu),
    group(
      "if-device-flags",
      mark("ifdf-present", it.admin !== "absent"),
      mark(it.link === "up" ? "ifdf-running" : "ifdf-down"),
    ),
    field("current-physical-address", it.macAddress === "" ? undefined : it.macAddress),
    field("hardware-physical-address", it.macAddress === "" ? undefined : it.macAddress),
    trafficReply(it),
    level === "extensive" && errorsReply(it),
    unitReply(it, level),
  );
}

function trafficReply({ statistics }: InterfaceFacts): XmlElement {
  return group(
    "traffic-statistics",
    field("input-bytes", statistics.receivedBytes),
    field("output-bytes", statistics.sentBytes),
    field("input-packets", statistics.receivedPackets),
    field("output-packets", statistics.sentPackets),
  );
}

function errorsReply({ statistics, carrierChanges }: InterfaceFacts): readonly XmlElement[] {
  return [
    group(
      "input-error-list",
      field("input-errors", statistics.receivedErrors ?? 0),
      field("input-drops", statistics.receivedDrops ?? 0),
    ),
    group(
      "output-error-list",
      field("carrier-transitions", carrierChanges ?? 0),
      field("output-errors", statistics.sentErrors ?? 0),
      field("output-collisions", statistics.collisions ?? 0),
      field("output-drops", statistics.sentDrops ?? 0),
    ),
  ];
}

function unitReply(it: InterfaceFacts, level: Level): XmlElement {
  const { unit } = it;
  const families = (["inet", "inet6"] as const).flatMap((family) => familyReply(unit, family, it.mtu, level) ?? []);
  if (level === "terse") {
    return group(
      "logical-interface",
      field("name", unit.name),
      ...statesOf(it),
      field("description", unit.description),
      families,
    );
  }
  return group(
    "logical-interface",
    field("name", unit.name),
    field("local-index", it.index),
    field("snmp-index", it.index),
    field("description", unit.description),
    group("if-config-flags", mark(it.admin === "up" ? "iff-up" : "iff-down")),
    field("encapsulation", "ENET2"),
    trafficReply(it),
    field("logical-interface-zone-name", unit.zone === "none" ? "Null" : unit.zone),
    unit.zone !== "none" &&
      group(
        "allowed-host-inbound-traffic",
        unit.hostInbound.map((word) => group(`inbound-${word}`)),
      ),
    families,
  );
}

function familyReply({ addresses }: UnitFacts, family: string, mtu: number, level: Level): XmlElement | undefined {
  const own = addresses.filter((address) => address.family === family);
  if (own.length === 0) return undefined;
  return group(
    "address-family",
    field("address-family-name", family),
    field("mtu", level === "terse" ? undefined : mtu),
    own.map(({ prefix, network, local, broadcast }) =>
      group(
        "interface-address",
        field("ifa-destination", level === "terse" ? undefined : network),
        field("ifa-local", level === "terse" ? prefix : local),
        field("ifa-broadcast", level === "terse" ? undefined : broadcast),
      ),
    ),
  );
}

function upDown(state: InterfaceFacts["admin"]): string {
  return state === "up" ? "up" : "down";
}
