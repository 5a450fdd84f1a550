// `show security zones`: the zones in force with their interfaces and what of the gateway itself they may reach.

import { systemRuleIds } from "@merlon/compiler/ir.ts";
import { oneOf, zoneName } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";
import { field, fields, group, reply } from "./reply.ts";

export interface ZoneSummary {
  readonly name: string;
  readonly id: number;
  readonly kind: "security" | "functional";
  readonly description: string;
  readonly tcpReset: boolean;
  readonly policyConfigurable: boolean;
  readonly screen?: string;
  readonly interfaces: readonly { readonly name: string; readonly hostInbound: readonly string[] }[];
}

export interface ZoneList {
  readonly zones: readonly ZoneSummary[];
  readonly level: "normal" | "terse" | "detail";
}

/** The original gives the first ids to zones of its own; ours count on behind them. */
const zoneIdFirst = 8;

export const showSecurityZones = operation<ZoneList>({
  command: "show security zones",
  help: "Show security zones",
  parameters: [
    { word: "zone", help: "Only this zone", type: zoneName, positional: true, element: "get-zones-named-information" },
    {
      word: "type",
      help: "Only zones of this type",
      type: oneOf({ functional: "The zone management", security: "Zones that traffic passes" }),
    },
    { word: "terse", help: "One line for each zone", group: "level" },
    { word: "detail", help: "With what of the gateway each interface reaches", group: "level" },
  ],
  run: async (gateway, input) => ({
    zones: collect(gateway, input),
    level: input["terse"] === true ? "terse" : input["detail"] === true ? "detail" : "normal",
  }),
  text: ({ zones, level }) =>
    level === "terse" ? terseText(zones) : zones.map((zone) => render(zone, level)).join("\n"),
  rpc: { name: "get-zones-information", reply: replyOf },
});

function collect({ running }: Gateway, input: Input): readonly ZoneSummary[] {
  const { zone: wanted, type } = input;
  const configured = running?.prepared.configuration.security?.zones;
  const interfaces = running?.prepared.ir.interfaces ?? [];
  const zones = (running?.prepared.ir.zones ?? []).map(({ name, kind }, index): ZoneSummary => {
    const zone = configured?.securityZone.find((one) => one.name === name);
    const description = kind === "security" ? zone?.description : configured?.functionalZone?.management?.description;
    return {
      name,
      id: zoneIdFirst + index,
      kind: kind === "security" ? "security" : "functional",
      description: description ?? "",
      tcpReset: zone?.tcpRst === true,
      policyConfigurable: kind === "security",
      ...(zone?.screen === undefined ? {} : { screen: zone.screen }),
      interfaces: interfaces
        .filter((it) => it.zone === name)
        .map((it) => ({ name: it.name, hostInbound: it.hostInbound.services })),
    };
  });
  const all = [...zones, ...(running === undefined ? [] : [hostZone])];
  const found = all.filter(({ name, kind }) => (wanted ?? name) === name && (type ?? kind) === kind);
  if (wanted !== undefined && found.length === 0) throw new OperationRefused(`there is no zone ${wanted as string}`);
  return found;
}

/** The zone of the gateway itself, with the id that the original gives it. */
const hostZone: ZoneSummary = {
  name: "junos-host",
  id: systemRuleIds.hostInbound,
  kind: "security",
  description: "",
  tcpReset: false,
  policyConfigurable: true,
  interfaces: [],
};

function render(zone: ZoneSummary, level: ZoneList["level"]): string {
  const lines = [
    zone.kind === "security" ? `Security zone: ${zone.name}` : `Functional zone: ${zone.name}`,
    ...(zone.description === "" ? [] : [`  Description: ${zone.description}`]),
    `  Zone ID: ${zone.id}`,
    `  Send reset for non-SYN session TCP packets: ${zone.tcpReset ? "On" : "Off"}`,
    `  Policy configurable: ${yesNo(zone.policyConfigurable)}  `,
    ...(zone.screen === undefined ? [] : [`  Screen: ${zone.screen}`]),
    `  Interfaces bound: ${zone.interfaces.length}`,
    `  Interfaces:`,
    ...zone.interfaces.map(({ name, hostInbound }) => {
      const allowed = level === "detail" ? `  host-inbound: ${hostInbound.join(" ") || "none"}` : "";
      return `    ${name}${allowed}`;
    }),
    `  Advanced-connection-tracking timeout: 1800`,
    `  Unidirectional-session-refreshing: No`,
  ];
  return `${lines.join("\n")}\n`;
}

function terseText(zones: readonly ZoneSummary[]): string {
  const rows = zones.map(({ name, kind }) => `${name.padEnd(31)} ${kind === "security" ? "Security" : "Functional"}\n`);
  return `Zone                            Type\n${rows.join("")}`;
}

function replyOf({ zones, level }: ZoneList): XmlElement {
  const management = zones.filter(({ kind }) => kind === "functional");
  const security = zones.filter(({ kind }) => kind === "security");
  return reply(
    "zones-information",
    "junos-zones",
    management.length > 0 &&
      group(
        "zones-functional",
        management.map((zone) => managementReply(zone)),
      ),
    security.map((zone) =>
      level === "terse"
        ? group("zones-security", field("zones-security-zonename", zone.name))
        : group(
            "zones-security",
            field("zones-security-zonename", zone.name),
            field("zone-id", zone.id),
            field("zones-security-description", zone.description === "" ? undefined : zone.description),
            field("zones-security-send-reset", zone.tcpReset ? "On" : "Off"),
            field("zones-security-policy-configurable", yesNo(zone.policyConfigurable)),
            field("zones-security-screen", zone.screen),
            field("zones-security-interfaces-bound", zone.interfaces.length),
            group("zones-security-interfaces", fields("zones-security-interface-name", namesOf(zone))),
          ),
    ),
  );
}

function managementReply(zone: ZoneSummary): XmlElement {
  return group(
    "zones-management",
    field("zones-management-zonename", zone.name),
    field("zones-management-description", zone.description === "" ? undefined : zone.description),
    field("zones-management-policy-configurable", yesNo(zone.policyConfigurable)),
    field("zones-management-interfaces-bound", zone.interfaces.length),
    group("zones-management-interfaces", fields("zones-management-interface-name", namesOf(zone))),
  );
}

function namesOf({ interfaces }: ZoneSummary): readonly string[] {
  return interfaces.map(({ name }) => name);
}

function yesNo(isSo: boolean): string {
  return isSo ? "Yes" : "No";
}
