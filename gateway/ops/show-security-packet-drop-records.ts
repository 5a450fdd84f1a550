// `show security packet-drop records`: the last packets that a policy refused and recorded, oldest first.

import type { XmlElement } from "@merlon/netconf/element.ts";
import { formatProtocol, integer, ipPrefix } from "@merlon/model/schema/value.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeSetContains, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { formatUtc } from "../commit/commit-time.ts";
import type { FlowRecord } from "../log/flow-record.ts";
import { dropsKeptMax } from "../log/recent-drops.ts";
import { dropReason, dropText } from "./drop-text.ts";
import { operation } from "./operation.ts";
import type { Input, Parameter } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export interface PacketDrops {
  /** With the configured names of the interfaces. */
  readonly records: readonly FlowRecord[];
}

export const flowParameters: readonly Parameter[] = [
  { word: "source-prefix", help: "Only from these addresses", type: ipPrefix },
  { word: "destination-prefix", help: "Only to these addresses", type: ipPrefix },
  { word: "source-port", help: "Only from this port", type: integer(1, 65_535) },
  { word: "destination-port", help: "Only to this port", type: integer(1, 65_535) },
];

export const showSecurityPacketDropRecords = operation<PacketDrops>({
  command: "show security packet-drop records",
  help: "Show the last packets that were dropped and recorded",
  parameters: [...flowParameters, { word: "count", help: "Show so many, the latest", type: integer(1, dropsKeptMax) }],
  run: async ({ events }, input) => {
    const count = (input["count"] as number | undefined) ?? dropsKeptMax;
    return { records: events.drops.list().filter(flowFilter(input)).slice(-count) };
  },
  text: ({ records }) => (records.length === 0 ? "No packet-drop records\n" : records.map(dropText).join("")),
  rpc: { name: "get-packet-drop-records-all", reply: replyOf },
});

/** Which records the parameters name. */
export function flowFilter(input: Input): (record: FlowRecord) => boolean {
  const within = (value: unknown): ((address: string) => boolean) => {
    if (value === undefined) return () => true;
    const ranges = rangeSetOf([rangeOfPrefix(value as IpPrefix)]);
    return (text) => {
      const address = parseIp(text);
      return address !== undefined && rangeSetContains(ranges, address);
    };
  };
  const [source, destination] = [within(input["source-prefix"]), within(input["destination-prefix"])];
  const { "source-port": sourcePort, "destination-port": destinationPort } = input;
  return (record) =>
    source(record.source) &&
    destination(record.destination) &&
    (sourcePort ?? record.sourcePort) === record.sourcePort &&
    (destinationPort ?? record.destinationPort) === record.destinationPort;
}

function replyOf({ records }: PacketDrops): XmlElement {
  return reply(
    "packet-drop-records",
    "junos-flow",
    records.map((record) =>
      group(
        "packet-drop-record",
        field("time", formatUtc(record.atMs)),
        field("source-address", record.source),
        field("source-port", record.sourcePort),
        field("destination-address", record.destination),
        field("destination-port", record.destinationPort),
        field("protocol", formatProtocol(record.protocol)),
        field("interface-name", record.inInterface),
        field("from-zone", record.fromZone),
        field("to-zone", record.toZone),
        field("reason", dropReason(record)),
      ),
    ),
  );
}
