// The flow that a policy is asked about, from words: options of the command line, or members of a line of JSON. Both have
// the same names, types and defaults, and the first word that is wrong is named.

import type { FlowPacket } from "@merlon/compiler/ir.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { formatProtocol, integer, ipAddress, ipProtocol, zoneName } from "@merlon/model/schema/value.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";

export interface FlowField {
  /** In JSON; the option is the same word with dashes. */
  readonly name: string;
  readonly option: string;
  readonly value: string;
  readonly help: string;
  readonly type: ValueType<unknown>;
  readonly required: boolean;
}

function field(option: string, value: string, type: ValueType<unknown>, help: string, required = false): FlowField {
  const name = option.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { name, option, value, help, type, required };
}

export const flowFields: readonly FlowField[] = [
  field("from-zone", "ZONE", zoneName, "the zone that the flow comes from", true),
  field("to-zone", "ZONE", zoneName, "the zone that it goes to", true),
  field("source", "ADDRESS", ipAddress, "source address", true),
  field("destination", "ADDRESS", ipAddress, "destination address", true),
  field("protocol", "PROTOCOL", ipProtocol, "tcp, udp, icmp, … or a number", true),
  field("source-port", "PORT", integer(0, 65_535), "source port (default 1024)"),
  field("destination-port", "PORT", integer(0, 65_535), "destination port; tcp, udp and sctp need it"),
  field("icmp-type", "TYPE", integer(0, 255), "ICMP type (default: echo request)"),
  field("icmp-code", "CODE", integer(0, 255), "ICMP code (default 0)"),
];

export type FlowResult = { readonly flow: FlowPacket } | { readonly error: string };

const portProtocols: ReadonlySet<number> = new Set([6, 17, 132]);
const echoRequest: Readonly<Record<number, number>> = { 1: 8, 58: 128 };

/** `words` by the name of the field; `nameOf` tells how the user knows it. */
export function flowOf(words: Readonly<Record<string, string>>, nameOf: (field: FlowField) => string): FlowResult {
  const values: Record<string, unknown> = {};
  for (const each of flowFields) {
    const word = words[each.name];
    if (word === undefined) {
      if (each.required) return { error: `${nameOf(each)} is missing` };
      continue;
    }
    const parsed = each.type.parse(word);
    if ("error" in parsed) return { error: `${nameOf(each)}: ${parsed.error}` };
    values[each.name] = parsed.value;
  }
  const source = values["source"] as IpAddress;
  const destination = values["destination"] as IpAddress;
  if (source.family !== destination.family) {
    return { error: `source and destination are not of one family: one is IPv4 and the other IPv6` };
  }
  const protocol = values["protocol"] as number;
  const misplaced = flowFields.find(({ name }) => name in values && !belongs(name, protocol));
  if (misplaced !== undefined) return { error: `${nameOf(misplaced)} has no meaning for ${formatProtocol(protocol)}` };
  if (portProtocols.has(protocol) && values["destinationPort"] === undefined) {
    const needed = flowFields.find(({ name }) => name === "destinationPort");
    return { error: `${formatProtocol(protocol)} needs ${needed === undefined ? "a port" : nameOf(needed)}` };
  }
  const fromZone = values["fromZone"] as string;
  const toZone = values["toZone"] as string;
  return {
    flow: {
      fromZone,
      toZone,
      source,
      destination,
      protocol,
      ...portsOf(protocol, values),
      ...icmpOf(protocol, values),
    },
  };
}

function belongs(name: string, protocol: number): boolean {
  if (name.endsWith("Port")) return portProtocols.has(protocol);
  return !name.startsWith("icmp") || echoRequest[protocol] !== undefined;
}

function portsOf(protocol: number, values: Readonly<Record<string, unknown>>): Partial<FlowPacket> {
  if (!portProtocols.has(protocol)) return {};
  const destinationPort = values["destinationPort"] as number;
  return { sourcePort: (values["sourcePort"] as number | undefined) ?? 1024, destinationPort };
}

function icmpOf(protocol: number, values: Readonly<Record<string, unknown>>): Partial<FlowPacket> {
  const echo = echoRequest[protocol];
  if (echo === undefined) return {};
  const icmpType = (values["icmpType"] as number | undefined) ?? echo;
  return { icmpType, icmpCode: (values["icmpCode"] as number | undefined) ?? 0 };
}
