// A dropped packet in one line, as the original prints it: when, from where to where, by which interface, and why.

import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { FlowRecord } from "../log/flow-record.ts";

/** The interface as the record names it. */
export function dropText(record: FlowRecord): string {
  const time = new Date(record.atMs).toISOString().slice(11, 23);
  const ends = `${record.source}/${record.sourcePort}-->${record.destination}/${record.destinationPort}`;
  const port = record.inInterface === undefined ? "" : `,${record.inInterface}`;
  return `${time}:LSYS-ID-00 ${ends};${formatProtocol(record.protocol)}${port},${dropReason(record)}\n`;
}

/** Of the policy by its name; the rest of the sentence is the record's own. */
export function dropReason({ reason = "Denied by policy", policy }: FlowRecord): string {
  return `Dropped by POLICY:${reason} ${policy.name}`;
}
