// A flow record as one line of structured syslog: RFC 5424, with the event names and the order of fields that parsers of
// the original expect (features of RT_FLOW records; elastic/integrations juniper_srx reads this form).

import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { FlowRecord } from "./flow-record.ts";

/** Facility user (1), severity informational (6): 1 * 8 + 6. */
const priority = 14;
/** The structured-data id of the original; parsers recognise it by the part before the last dot. */
const structuredDataId = "junos@2636.1.1.1.2.129";

type Fields = readonly (readonly [name: string, value: string | number])[];

export function syslogLine(record: FlowRecord, hostName: string): string {
  const fields = fieldsOf(record)
    .map(([name, value]) => ` ${name}="${escapeValue(String(value))}"`)
    .join("");
  const time = new Date(record.atMs).toISOString();
  return `<${priority}>1 ${time} ${hostName} RT_FLOW - ${eventNames[record.kind]} [${structuredDataId}${fields}]`;
}

const eventNames = {
  "session-create": "RT_FLOW_SESSION_CREATE",
  "session-close": "RT_FLOW_SESSION_CLOSE",
  "session-deny": "RT_FLOW_SESSION_DENY",
} as const satisfies Record<FlowRecord["kind"], string>;

function fieldsOf(record: FlowRecord): Fields {
  const ends: Fields = [
    ["source-address", record.source],
    ["source-port", record.sourcePort],
    ["destination-address", record.destination],
    ["destination-port", record.destinationPort],
    ["connection-tag", 0],
    ["service-name", record.service],
  ];
  const policy: Fields = [
    ["policy-name", record.policy.name],
    ["source-zone-name", record.fromZone],
    ["destination-zone-name", record.toZone],
  ];
  const inInterface = record.inInterface ?? "N/A";
  switch (record.kind) {
    case "session-create":
      return [
        ...ends,
        ...nat(record),
        ["protocol-id", record.protocol],
        ...policy,
        ["session-id-32", record.sessionId],
        ...user,
        ["packet-incoming-interface", inInterface],
        ...application,
        ["encrypted", "UNKNOWN"],
        ...applicationAttributes,
      ];
    case "session-close":
      return [
        ["reason", record.reason ?? "unset"],
        ...ends,
        ...nat(record),
        ["protocol-id", record.protocol],
        ...policy,
        ["session-id-32", record.sessionId],
        ...counts(record),
        ...application,
        ...user,
        ["packet-incoming-interface", inInterface],
        ["encrypted", "UNKNOWN"],
        ...applicationAttributes,
      ];
    case "session-deny":
      return [
        ...ends,
        ["protocol-id", record.protocol],
        ["icmp-type", record.icmpType ?? 0],
        ...policy,
        ...application,
        ...user,
        ["packet-incoming-interface", inInterface],
        ["encrypted", "No"],
        ["reason", record.reason ?? "Denied by policy"],
      ];
  }
}

/** No address is translated yet, so the translated ends are the ends. */
function nat(record: FlowRecord): Fields {
  return [
    ["nat-source-address", record.source],
    ["nat-source-port", record.sourcePort],
    ["nat-destination-address", record.destination],
    ["nat-destination-port", record.destinationPort],
    ["nat-connection-tag", 0],
    ["src-nat-rule-type", "N/A"],
    ["src-nat-rule-name", "N/A"],
    ["dst-nat-rule-type", "N/A"],
    ["dst-nat-rule-name", "N/A"],
  ];
}

function counts(record: FlowRecord): Fields {
  return [
    ["packets-from-client", record.packetsFromClient ?? 0],
    ["bytes-from-client", record.bytesFromClient ?? 0],
    ["packets-from-server", record.packetsFromServer ?? 0],
    ["bytes-from-server", record.bytesFromServer ?? 0],
    ["elapsed-time", record.elapsedSeconds ?? 0],
  ];
}

const user: Fields = [
  ["username", "N/A"],
  ["roles", "N/A"],
];

const application: Fields = [
  ["application", "UNKNOWN"],
  ["nested-application", "UNKNOWN"],
];

const applicationAttributes: Fields = [
  ["application-category", "N/A"],
  ["application-sub-category", "N/A"],
  ["application-risk", -1],
  ["application-characteristics", "N/A"],
];

/** RFC 5424 section 6.3.3: `"`, `\` and `]` are escaped inside a value. */
function escapeValue(value: string): string {
  return value.replaceAll(/["\\\]]/g, String.raw`\$&`);
}

/** One line for people: `deny web → data tcp 10.10.3.10:40000 → 10.10.4.10:5432 by default-policy`. */
export function flowSentence(record: FlowRecord): string {
  const verb = { "session-create": "open", "session-close": "close", "session-deny": "deny" }[record.kind];
  const ends = `${end(record.source, record.sourcePort)} → ${end(record.destination, record.destinationPort)}`;
  const bytes =
    record.kind === "session-close"
      ? `, ${record.bytesFromClient ?? 0} B out, ${record.bytesFromServer ?? 0} B back`
      : "";
  return `${verb} ${record.fromZone} → ${record.toZone} ${formatProtocol(record.protocol)} ${ends} by ${record.policy.name}${bytes}`;
}

function end(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
