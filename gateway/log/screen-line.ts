// A record of a screen as a message, with the event names of the original. Which fields it has depends on what its attack
// is counted by: a flood from everywhere has no source.

import { attacks } from "@merlon/compiler/screen/attacks.ts";
import type { AttackLog } from "@merlon/compiler/screen/attacks.ts";
import type { ScreenRecord } from "./screen-record.ts";
import type { Fields, LogMessage } from "./log-message.ts";

/** Facility user, severity error (RFC 5424, 6.2.1). */
const level = { facility: 1, severity: 3 } as const;

const eventNames: Readonly<Record<AttackLog, string>> = {
  icmp: "RT_SCREEN_ICMP",
  udp: "RT_SCREEN_UDP",
  tcp: "RT_SCREEN_TCP",
  ip: "RT_SCREEN_IP",
  "tcp-source": "RT_SCREEN_TCP_SRC_IP",
  "tcp-destination": "RT_SCREEN_TCP_DST_IP",
  "session-limit": "RT_SCREEN_SESSION_LIMIT",
};

export function screenMessage(record: ScreenRecord): LogMessage {
  const { event, log } = attacks[record.attack];
  const fields: Fields = [
    ["attack-name", event],
    ...addressFields(record, log),
    ["source-zone-name", record.zone],
    ["interface-name", record.interface],
    ["action", record.action],
  ];
  return {
    ...level,
    atMs: record.atMs,
    program: "RT_IDS",
    name: eventNames[log],
    category: "screen",
    fields,
    get sentence() {
      return plainSentence(event, record);
    },
  };
}

function plainSentence(event: string, record: ScreenRecord): string {
  const from = `source: ${record.source}:${record.sourcePort}, destination: ${record.destination}:${record.destinationPort}`;
  const where = `zone name: ${record.zone}, interface name: ${record.interface}, action: ${record.action}`;
  return `${event} ${from}, protocol-id: ${record.protocol}, ${where}`;
}

function addressFields(record: ScreenRecord, log: AttackLog): Fields {
  const source = ["source-address", record.source] as const;
  const destination = ["destination-address", record.destination] as const;
  switch (log) {
    case "tcp":
    case "udp":
      return [source, ["source-port", record.sourcePort], destination, ["destination-port", record.destinationPort]];
    case "icmp":
    case "session-limit":
      return [source, destination];
    case "ip":
      return [source, destination, ["protocol-id", record.protocol]];
    case "tcp-source":
      return [source];
    case "tcp-destination":
      return [destination];
  }
}
