// Why an attempt was stopped, in the same words as everywhere in the product: which policy decided, between which zones,
// about what.

import { formatPolicy } from "@merlon/compiler/explain.ts";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { formatProtocol } from "@merlon/model/schema/value.ts";

/** The whole sentence, or only its beginning where there is no room for the zones. */
export function denySentence(record: FlowRecord, short = false): string {
  const zones = `from-zone ${record.fromZone} to-zone ${record.toZone}`;
  const verb = isRejected(record) ? "rejected" : "denied";
  if (short) return `${verb} by ${formatPolicy(record.policy)}`;
  if (record.policy.scope === "default" && record.policy.name === "default-policy") {
    return `${verb} by default-policy: no policy ${zones} matched ${serviceOf(record)}`;
  }
  return `${verb} by ${formatPolicy(record.policy)} ${zones}`;
}

export function isRejected(record: FlowRecord): boolean {
  return record.reason?.startsWith("Rejected") === true;
}

/** `tcp/5432`, `icmp/8`. */
export function serviceOf(record: FlowRecord): string {
  const detail = record.icmpType ?? record.destinationPort;
  return `${formatProtocol(record.protocol)}/${detail}`;
}
