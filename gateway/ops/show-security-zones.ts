// `show security zones`: the zones in force with their interfaces and what of the gateway itself they may reach.

import { zoneName } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";

export interface ZoneSummary {
  readonly name: string;
  readonly description: string;
  readonly policyConfigurable: boolean;
  readonly interfaces: readonly { readonly name: string; readonly hostInbound: readonly string[] }[];
}

export const showSecurityZones = operation<readonly ZoneSummary[]>({
  command: "show security zones",
  help: "Show security zones",
  parameters: [{ word: "zone", help: "Only this zone", type: zoneName }],
  run: async (gateway, input) =>
    collect(gateway).filter(({ name }) => input["zone"] === undefined || name === input["zone"]),
  text: (zones) => zones.map(render).join("\n"),
});

function collect(gateway: Gateway): readonly ZoneSummary[] {
  const { running } = gateway;
  if (running === undefined) return [];
  const { ir, configuration } = running.prepared;
  const configured = configuration.security?.zones?.securityZone ?? [];
  return ir.zones.map(({ name, kind }) => ({
    name,
    description: configured.find((zone) => zone.name === name)?.description ?? "",
    policyConfigurable: kind === "security",
    interfaces: ir.interfaces
      .filter(({ zone }) => zone === name)
      .map((it) => ({ name: it.name, hostInbound: it.hostInbound.services })),
  }));
}

function render(zone: ZoneSummary): string {
  const lines = [
    `Security zone: ${zone.name}`,
    ...(zone.description === "" ? [] : [`  Description: ${zone.description}`]),
    `  Send reset for non-SYN session TCP packets: Off`,
    `  Policy configurable: ${zone.policyConfigurable ? "Yes" : "No"}`,
    `  Interfaces bound: ${zone.interfaces.length}`,
    `  Interfaces:`,
    ...zone.interfaces.map(
      ({ name, hostInbound }) =>
        `    ${name}${hostInbound.length === 0 ? "" : `  host-inbound: ${hostInbound.join(" ")}`}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
