// A flow record as a message, with the event names and the order of fields that parsers of the original expect (features
// of RT_FLOW records; elastic/integrations juniper_srx reads this form), and as a structured line of syslog.

import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { FlowRecord } from "./flow-record.ts";
import { logLine } from "./log-message.ts";
import type { Fields, LineForm, LogCategory, LogMessage } from "./log-message.ts";

/** Facility user, severity informational (RFC 5424, 6.2.1). */
const level = { facility: 1, severity: 6 } as const;

/** The line of the gateway's own log; the fields alone say everything. */
export function syslogLine(record: FlowRecord, hostName: string): string {
  return logLine(flowMessage(record), hostName, flowLogForm);
}

export const flowLogForm: LineForm = { kind: "structured", brief: true };

export function flowMessage(record: FlowRecord): LogMessage {
  return new FlowMessage(record);
}

/** A class because its sentence is made only where somebody wants it, and there may be 100,000 in a second. */
class FlowMessage implements LogMessage {
  readonly atMs: number;
  readonly facility = level.facility;
  readonly severity = level.severity;
  readonly program = "RT_FLOW";
  readonly name: string;
  readonly category: LogCategory;
  readonly fields: Fields;
  readonly #record: FlowRecord;

  constructor(record: FlowRecord) {
    this.#record = record;
    this.atMs = record.atMs;
    this.name = eventNames[record.kind];
    this.category = categories[record.kind];
    this.fields = fieldsOf(record);
  }

  get sentence(): string {
    return plainSentence(this.#record);
  }
}

const eventNames = {
  "session-create": "RT_FLOW_SESSION_CREATE",
  "session-close": "RT_FLOW_SESSION_CLOSE",
  "session-deny": "RT_FLOW_SESSION_DENY",
} as const satisfies Record<FlowRecord["kind"], string>;

const categories: Readonly<Record<FlowRecord["kind"], LogCategory>> = {
  "session-create": "session-open",
  "session-close": "session-close",
  "session-deny": "session-deny",
};

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

/** Where nothing is translated, the translated ends are the ends. */
function nat(record: FlowRecord): Fields {
  const { source, sourcePort, destination, destinationPort, sourceRule, destinationRule } = record.nat ?? {
    ...record,
    sourceRule: undefined,
    destinationRule: undefined,
  };
  return [
    ["nat-source-address", source],
    ["nat-source-port", sourcePort],
    ["nat-destination-address", destination],
    ["nat-destination-port", destinationPort],
    ["nat-connection-tag", 0],
    ["src-nat-rule-type", sourceRule === undefined ? "N/A" : `${sourceRule.kind} rule`],
    ["src-nat-rule-name", sourceRule?.rule ?? "N/A"],
    ["dst-nat-rule-type", destinationRule === undefined ? "N/A" : `${destinationRule.kind} rule`],
    ["dst-nat-rule-name", destinationRule?.rule ?? "N/A"],
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

/** As the original words it in lines without structure: the same fields, told by their places. */
function plainSentence(record: FlowRecord): string {
  const { source, sourcePort, destination, destinationPort, protocol, policy } = record;
  const ends = `${source}/${sourcePort}->${destination}/${destinationPort} 0x0 ${record.service}`;
  const zones = `${policy.name} ${record.fromZone} ${record.toZone}`;
  const interfaceName = record.inInterface ?? "N/A";
  switch (record.kind) {
    case "session-create": {
      const tail = `${record.sessionId} N/A(N/A) ${interfaceName} UNKNOWN UNKNOWN UNKNOWN N/A N/A -1 N/A`;
      return `session created ${ends} ${plainNat(record)} ${protocol} ${zones} ${tail}`;
    }
    case "session-close": {
      const client = `${record.packetsFromClient ?? 0}(${record.bytesFromClient ?? 0})`;
      const server = `${record.packetsFromServer ?? 0}(${record.bytesFromServer ?? 0})`;
      const tail = `${client} ${server} ${record.elapsedSeconds ?? 0} UNKNOWN UNKNOWN N/A(N/A) ${interfaceName} UNKNOWN N/A N/A -1 N/A`;
      const head = `session closed ${record.reason ?? "unset"}: ${ends} ${plainNat(record)}`;
      return `${head} ${protocol} ${zones} ${record.sessionId} ${tail}`;
    }
    case "session-deny": {
      const tail = `UNKNOWN UNKNOWN N/A(N/A) ${interfaceName} No ${record.reason ?? "Denied by policy"}`;
      return `session denied ${ends} ${protocol}(${record.icmpType ?? 0}) ${zones} ${tail}`;
    }
  }
}

function plainNat(record: FlowRecord): string {
  const values = new Map(nat(record));
  const at = (name: string) => values.get(name) ?? "N/A";
  const ends = `${at("nat-source-address")}/${at("nat-source-port")}->${at("nat-destination-address")}/${at("nat-destination-port")}`;
  const rules = ["src-nat-rule-type", "src-nat-rule-name", "dst-nat-rule-type", "dst-nat-rule-name"].map(at);
  return `${ends} 0x0 ${rules.join(" ")}`;
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
