// Interfaces as text, as the original prints them.

import type { InterfaceFacts, UnitAddress, UnitFacts } from "./interface-facts.ts";

export const terseHeader = "Interface               Admin Link Proto    Local                 Remote\n";

/** The port and its logical interface with its addresses. */
export function terseText(it: InterfaceFacts): string {
  return `${row(it.name, it)}${unitTerseText(it)}`;
}

export function unitTerseText(it: InterfaceFacts): string {
  const { name, addresses } = it.unit;
  const [first, ...rest] = addresses;
  if (first === undefined) return row(name, it);
  let family = first.family;
  const lines = rest.map((address) => {
    const shown = address.family === family ? "" : address.family;
    family = address.family;
    return `${" ".repeat(35)}${shown.padEnd(8)} ${address.prefix}`.trimEnd();
  });
  return [row(name, it, first), ...lines.map((line) => `${line}\n`)].join("");
}

function row(name: string, { admin, link }: InterfaceFacts, address?: UnitAddress): string {
  const cells = [name.padEnd(23), upDown(admin).padEnd(5), upDown(link).padEnd(4)];
  if (address !== undefined) cells.push(address.family.padEnd(8), address.prefix);
  return `${cells.join(" ").trimEnd()}\n`;
}

/** A configured interface without a device is down, and the long form says why. */
function upDown(state: InterfaceFacts["admin"]): "up" | "down" {
  return state === "up" ? "up" : "down";
}

export function descriptionsText(list: readonly InterfaceFacts[]): string {
  const rows = list.flatMap((it) => [
    ...(it.description === undefined ? [] : [descriptionRow(it.name, it, it.description)]),
    ...(it.unit.description === undefined ? [] : [descriptionRow(it.unit.name, it, it.unit.description)]),
  ]);
  return rows.length === 0 ? "" : `Interface       Admin Link Description\n${rows.join("")}`;
}

function descriptionRow(name: string, { admin, link }: InterfaceFacts, text: string): string {
  return `${name.padEnd(15)} ${upDown(admin).padEnd(5)} ${upDown(link).padEnd(4)} ${text}\n`;
}

export type InterfaceLevel = "brief" | "normal" | "detail" | "extensive";

export function longText(it: InterfaceFacts, level: InterfaceLevel): string {
  const state = it.admin === "up" ? "Enabled" : "Administratively down";
  const lines = [
    `Physical interface: ${it.name}, ${state}, Physical link is ${it.link === "up" ? "Up" : "Down"}`,
    `  Interface index: ${it.index}, SNMP ifIndex: ${it.index}, Kernel device: ${it.device}`,
    ...(it.admin === "absent" ? [`  The kernel has no device ${it.device}`] : []),
    ...(it.description === undefined ? [] : [`  Description: ${it.description}`]),
    `  Link-level type: Ethernet, MTU: ${it.mtu}`,
    ...(level === "brief" ? [] : physicalLines(it, level)),
    "",
    ...unitLines(it, level),
  ];
  return `${lines.join("\n")}\n`;
}

function physicalLines(it: InterfaceFacts, level: InterfaceLevel): readonly string[] {
  const { statistics: count } = it;
  const flags = [...(it.admin === "absent" ? [] : ["Present"]), ...(it.link === "up" ? ["Running"] : ["Down"])];
  const head = [
    `  Device flags   : ${flags.join(" ")}`,
    `  Interface flags: SNMP-Traps`,
    ...(it.macAddress === "" ? [] : [`  Current address: ${it.macAddress}, Hardware address: ${it.macAddress}`]),
    ...(it.carrierChanges === undefined ? [] : [`  Carrier transitions: ${it.carrierChanges}`]),
  ];
  if (level === "normal")
    return [...head, `  Input packets : ${count.receivedPackets}`, `  Output packets: ${count.sentPackets}`];
  const errors =
    level === "detail"
      ? []
      : [
          "  Input errors:",
          `    Errors: ${count.receivedErrors ?? 0}, Drops: ${count.receivedDrops ?? 0}`,
          "  Output errors:",
          `    Carrier transitions: ${it.carrierChanges ?? 0}, Errors: ${count.sentErrors ?? 0}, ` +
            `Collisions: ${count.collisions ?? 0}, Drops: ${count.sentDrops ?? 0}`,
        ];
  return [...head, "  Traffic statistics:", ...trafficLines(it, "   "), ...errors];
}

function trafficLines({ statistics: count }: InterfaceFacts, indent: string): readonly string[] {
  const line = (label: string, value: number): string => `${indent}${label}: ${String(value).padStart(20)}`;
  return [
    line("Input  bytes  ", count.receivedBytes),
    line("Output bytes  ", count.sentBytes),
    line("Input  packets", count.receivedPackets),
    line("Output packets", count.sentPackets),
  ];
}

export function unitLines(it: InterfaceFacts, level: InterfaceLevel): readonly string[] {
  const { unit, statistics: count } = it;
  const packets =
    level === "detail" || level === "extensive"
      ? ["    Traffic statistics:", ...trafficLines(it, "     ")]
      : [`    Input packets : ${count.receivedPackets}`, `    Output packets: ${count.sentPackets}`];
  return [
    `  Logical interface ${unit.name} (Index ${it.index}) (SNMP ifIndex ${it.index})`,
    ...(unit.description === undefined ? [] : [`    Description: ${unit.description}`]),
    `    Flags: ${it.admin === "up" ? "Up" : "Down"} SNMP-Traps Encapsulation: ENET2`,
    ...(level === "brief" ? [] : packets),
    `    Security: Zone: ${unit.zone === "none" ? "Null" : unit.zone}`,
    ...(unit.zone === "none" ? [] : [`    Allowed host-inbound traffic : ${unit.hostInbound.join(" ")}`.trimEnd()]),
    ...(["inet", "inet6"] as const).flatMap((family) => familyLines(unit, family, it.mtu)),
  ];
}

function familyLines({ addresses }: UnitFacts, family: "inet" | "inet6", mtu: number): readonly string[] {
  const own = addresses.filter((address) => address.family === family);
  if (own.length === 0) return [];
  return [
    `    Protocol ${family}, MTU: ${mtu}`,
    ...own.flatMap(({ network, local, broadcast }) => [
      "      Addresses, Flags: Is-Preferred Is-Primary",
      `        ${network === undefined ? "" : `Destination: ${network}, `}Local: ${local}${broadcast === undefined ? "" : `, Broadcast: ${broadcast}`}`,
    ]),
  ];
}
