// The pictures of `monitor interface`, in the manner of the original and 80 columns wide.

import { countText } from "./count-text.ts";
import type { InterfaceFacts } from "./interface-facts.ts";
import { ratesOf, risen } from "./interface-rates.ts";
import type { CounterName, InterfaceSample } from "./interface-rates.ts";

export interface MonitorPicture {
  readonly hostName: string;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  readonly first: InterfaceSample;
  /** Absent in the first picture. */
  readonly before?: InterfaceSample;
  readonly now: InterfaceSample;
}

/** One line for each interface. */
export function trafficPicture(picture: MonitorPicture): string {
  const { now, before } = picture;
  const rows = now.interfaces.map((it) => {
    const rates = ratesOf(it, now.atMs, before);
    const { receivedPackets, sentPackets } = it.statistics;
    return trafficRow([
      it.name,
      stateOf(it),
      String(receivedPackets),
      `(${countText(rates.receivedPackets)})`,
      countText(rates.receivedBits),
      String(sentPackets),
      `(${countText(rates.sentPackets)})`,
      countText(rates.sentBits),
    ]);
  });
  const title = trafficRow(["Interface", "Link", "Input packets", "(pps)", "bps", "Output packets", "(pps)", "bps"]);
  return `${headOf(picture)}\n${title}${rows.join("")}`;
}

function trafficRow(cells: readonly string[]): string {
  const [name = "", link = "", ...counts] = cells;
  const widths = [13, 7, 7, 14, 7, 7];
  const shown = counts.map((cell, at) => cell.padStart(widths[at] ?? 0));
  return `${[name.padEnd(12), link.padEnd(5), ...shown].join(" ")}\n`;
}

const traffic: readonly (readonly [label: string, counter: CounterName])[] = [
  ["Input bytes:", "receivedBytes"],
  ["Output bytes:", "sentBytes"],
  ["Input packets:", "receivedPackets"],
  ["Output packets:", "sentPackets"],
];

const errors: readonly (readonly [label: string, counter: CounterName])[] = [
  ["Input errors:", "receivedErrors"],
  ["Input drops:", "receivedDrops"],
  ["Output errors:", "sentErrors"],
  ["Output drops:", "sentDrops"],
  ["Collisions:", "collisions"],
];

/** All counters of one interface, with what they have risen since the first picture. */
export function interfacePicture(picture: MonitorPicture): string {
  const { first, now, before } = picture;
  const [it] = now.interfaces;
  if (it === undefined) return `${headOf(picture)}\nThe interface is gone\n`;
  const begun = first.interfaces.find(({ name }) => name === it.name) ?? it;
  const rates = ratesOf(it, now.atMs, before);
  const rateTexts = [
    `${countText(rates.receivedBits)} bps`,
    `${countText(rates.sentBits)} bps`,
    `${countText(rates.receivedPackets)} pps`,
    `${countText(rates.sentPackets)} pps`,
  ];
  const row = (label: string, counter: CounterName, rate?: string): string => {
    const shown = `  ${label.padEnd(24)}${String(it.statistics[counter] ?? 0).padStart(16)}`;
    return `${`${shown}${rate === undefined ? "" : ` (${rate})`}`.padEnd(62)}[${risen(it, begun, counter)}]\n`;
  };
  const enabled = { up: "Enabled", down: "Administratively down", absent: "The kernel has no such device" }[it.admin];
  return [
    headOf(picture),
    `\nInterface: ${it.name}, ${enabled}, Link is ${stateOf(it)}\n`,
    ...(it.description === undefined ? [] : [`Description: ${it.description}\n`]),
    `Kernel device: ${it.device}, MTU: ${it.mtu}, Zone: ${it.unit.zone === "none" ? "Null" : it.unit.zone}\n`,
    `${"Traffic statistics:".padEnd(62)}Current delta\n`,
    ...traffic.map(([label, counter], at) => row(label, counter, rateTexts[at])),
    "Error statistics:\n",
    ...errors.map(([label, counter]) => row(label, counter)),
    `  ${"Carrier transitions:".padEnd(24)}${String(it.carrierChanges ?? 0).padStart(16)}`.padEnd(62),
    `[${(it.carrierChanges ?? 0) - (begun.carrierChanges ?? 0)}]\n`,
  ].join("");
}

function headOf({ hostName, wallMs, first, now }: MonitorPicture): string {
  const seconds = `Seconds: ${Math.round((now.atMs - first.atMs) / 1000)}`;
  return `${hostName.slice(0, 30).padEnd(34)}${seconds.padEnd(24)}Time: ${new Date(wallMs).toISOString().slice(11, 19)}\n`;
}

function stateOf({ link }: InterfaceFacts): string {
  return link === "up" ? "Up" : "Down";
}
