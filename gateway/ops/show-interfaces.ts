// `show interfaces`: every configured interface with the device of the kernel that it stands for, its zone and addresses,
// and the devices that the configuration does not name, so that nobody wonders where a port is.

import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import { renderTable } from "./table.ts";

export interface InterfaceSummary {
  /** As configured, or the device itself when the configuration does not name it. */
  readonly name: string;
  readonly device: string;
  readonly configured: boolean;
  readonly admin: "up" | "down" | "absent";
  readonly link: "up" | "down" | "absent";
  readonly zone: string;
  readonly addresses: readonly string[];
  readonly macAddress: string;
  readonly mtu: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
}

export const showInterfaces = operation<readonly InterfaceSummary[]>({
  command: "show interfaces",
  help: "Show interfaces, their kernel devices, zones and addresses",
  parameters: [{ word: "terse", help: "One line for each interface (this is the default)" }],
  run: async (gateway) => collect(gateway),
  text: (rows) => renderTable(columns, rows),
});

const columns = [
  { title: "Interface", cell: (row: InterfaceSummary) => row.name },
  { title: "Kernel", cell: (row: InterfaceSummary) => row.device },
  { title: "Admin", cell: (row: InterfaceSummary) => row.admin },
  { title: "Link", cell: (row: InterfaceSummary) => row.link },
  { title: "Zone", cell: (row: InterfaceSummary) => row.zone },
  { title: "In packets", cell: (row: InterfaceSummary) => String(row.receivedPackets), align: "right" as const },
  { title: "Out packets", cell: (row: InterfaceSummary) => String(row.sentPackets), align: "right" as const },
  { title: "Addresses", cell: (row: InterfaceSummary) => row.addresses.join(" ") },
];

async function collect(gateway: Gateway): Promise<readonly InterfaceSummary[]> {
  const { links } = await gateway.kernel.readNetwork();
  const ir = gateway.running?.prepared.ir;
  const names = new Map<string, string>();
  for (const { device, name } of ir?.network.links ?? []) names.set(device, name);
  for (const { device, name } of ir?.interfaces ?? []) names.set(device, name);
  const zones = new Map((ir?.interfaces ?? []).map(({ device, zone }) => [device, zone]));
  const rows: InterfaceSummary[] = [];
  for (const [device, name] of names) {
    const link = links.find((it) => it.device === device);
    rows.push({
      name,
      device,
      configured: true,
      admin: link === undefined ? "absent" : link.up ? "up" : "down",
      link: link === undefined ? "absent" : link.carrier ? "up" : "down",
      zone: zones.get(device) ?? "none",
      addresses: link?.addresses.map(formatPrefix) ?? [],
      ...detailsOf(link),
    });
  }
  for (const link of links) {
    if (names.has(link.device)) continue;
    rows.push({
      name: link.device,
      device: link.device,
      configured: false,
      admin: link.up ? "up" : "down",
      link: link.carrier ? "up" : "down",
      zone: "none",
      addresses: link.addresses.map(formatPrefix),
      ...detailsOf(link),
    });
  }
  return rows;
}

function detailsOf(
  link: Awaited<ReturnType<Gateway["kernel"]["readNetwork"]>>["links"][number] | undefined,
): Pick<InterfaceSummary, "macAddress" | "mtu" | "receivedPackets" | "receivedBytes" | "sentPackets" | "sentBytes"> {
  return {
    macAddress: link?.macAddress ?? "",
    mtu: link?.mtu ?? 0,
    receivedPackets: link?.statistics.receivedPackets ?? 0,
    receivedBytes: link?.statistics.receivedBytes ?? 0,
    sentPackets: link?.statistics.sentPackets ?? 0,
    sentBytes: link?.statistics.sentBytes ?? 0,
  };
}
