// `show security flow session`: the sessions that pass the gateway now, with the policy that let each pass.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { rangeSetContains, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { formatProtocol, integer, ipPrefix, ipProtocol, zoneName } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelTuple } from "../kernel/kernel.ts";
import { operation } from "./operation.ts";
import type { Input } from "./operation.ts";

/** The data form lists at most this many; text and JSON say when there are more. */
const listedCountMax = 100_000;

export interface SessionSummary {
  readonly id: number;
  readonly policy: string;
  readonly policyId: number;
  readonly fromZone: string;
  readonly toZone: string;
  readonly timeoutSeconds: number;
  readonly protocol: string;
  readonly in: Wing;
  readonly out: Wing;
}

export interface Wing {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly packets: number;
  readonly bytes: number;
}

export interface SessionList {
  readonly sessions: readonly SessionSummary[];
  readonly totalCount: number;
}

export const showSecurityFlowSession = operation<SessionList>({
  command: "show security flow session",
  help: "Show the sessions that pass the gateway",
  parameters: [
    { word: "source-prefix", help: "Only from this source", type: ipPrefix },
    { word: "destination-prefix", help: "Only to this destination", type: ipPrefix },
    { word: "source-port", help: "Only from this port", type: integer(0, 65_535) },
    { word: "destination-port", help: "Only to this port", type: integer(0, 65_535) },
    { word: "protocol", help: "Only of this protocol", type: ipProtocol },
    { word: "from-zone", help: "Only from this zone", type: zoneName },
    { word: "to-zone", help: "Only to this zone", type: zoneName },
  ],
  run: collect,
  text: (list) => `${list.sessions.map(render).join("")}Total sessions: ${list.totalCount}\n`,
});

async function collect(gateway: Gateway, input: Input): Promise<SessionList> {
  const wanted = filterOf(input);
  const sessions: SessionSummary[] = [];
  let totalCount = 0;
  for await (const batch of gateway.kernel.dumpSessions()) {
    for (const session of batch) {
      const rule = gateway.rules.find(session.mark);
      if (rule === undefined || rule.action !== "permit" || !wanted(session.original)) continue;
      if (input["from-zone"] !== undefined && rule.fromZone !== input["from-zone"]) continue;
      if (input["to-zone"] !== undefined && rule.toZone !== input["to-zone"]) continue;
      totalCount++;
      if (sessions.length >= listedCountMax) continue;
      sessions.push({
        id: session.id,
        policy: rule.policy.name,
        policyId: session.mark & 0xff_ffff,
        fromZone: rule.fromZone,
        toZone: rule.toZone,
        timeoutSeconds: session.timeoutSeconds ?? 0,
        protocol: formatProtocol(session.original.protocol),
        in: wing(session.original, session.packetsOriginal, session.bytesOriginal),
        out: wing(session.reply, session.packetsReply, session.bytesReply),
      });
    }
  }
  return { sessions, totalCount };
}

function filterOf(input: Input): (tuple: KernelTuple) => boolean {
  const source = prefixSet(input["source-prefix"]);
  const destination = prefixSet(input["destination-prefix"]);
  return (tuple) =>
    (source === undefined || rangeSetContains(source, tuple.source)) &&
    (destination === undefined || rangeSetContains(destination, tuple.destination)) &&
    (input["source-port"] === undefined || tuple.sourcePort === input["source-port"]) &&
    (input["destination-port"] === undefined || tuple.destinationPort === input["destination-port"]) &&
    (input["protocol"] === undefined || tuple.protocol === input["protocol"]);
}

function prefixSet(value: unknown): RangeSet | undefined {
  return value === undefined ? undefined : rangeSetOf([rangeOfPrefix(value as IpPrefix)]);
}

function wing(tuple: KernelTuple, packets: number | undefined, bytes: number | undefined): Wing {
  return {
    source: formatIp(tuple.source),
    sourcePort: tuple.sourcePort ?? tuple.icmpId ?? 0,
    destination: formatIp(tuple.destination),
    destinationPort: tuple.destinationPort ?? ((tuple.icmpType ?? 0) << 8) + (tuple.icmpCode ?? 0),
    packets: packets ?? 0,
    bytes: bytes ?? 0,
  };
}

function render(session: SessionSummary): string {
  const line = (name: string, it: Wing): string =>
    `  ${name}: ${it.source}/${it.sourcePort} --> ${it.destination}/${it.destinationPort};${session.protocol}, ` +
    `Conn Tag: 0x0, Pkts: ${it.packets}, Bytes: ${it.bytes}, \n`;
  return (
    `Session ID: ${session.id}, Policy name: ${session.policy}/${session.policyId}, ` +
    `Timeout: ${session.timeoutSeconds}, Session State: Valid\n` +
    `${line("In", session.in)}${line("Out", session.out)}`
  );
}
