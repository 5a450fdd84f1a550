// Kernel events become flow records: a connection event or a logged packet carries a rule id, the rule book says what
// that is. Whether a session's begin and end are recorded is what its policy says under `then log`.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { KernelEvent, KernelSession, KernelTuple, LoggedPacket } from "../kernel/kernel.ts";
import { closeReason } from "./close-reason.ts";
import type { FlowRecord } from "./flow-record.ts";
import type { RuleBook, RuleEntry } from "./rule-book.ts";
import type { ServiceNames } from "./service-names.ts";
import type { SessionEndings } from "./session-endings.ts";

export interface FlowLogContext {
  readonly rules: RuleBook;
  readonly endings: SessionEndings;
  readonly services: ServiceNames;
  readonly nowMs: () => number;
}

/** The record of an event, or undefined when there is nothing to record. */
export function flowRecordOf(event: KernelEvent, context: FlowLogContext): FlowRecord | undefined {
  switch (event.kind) {
    case "session-opened":
      return recordOpened(event.session, context);
    case "session-closed":
      return recordClosed(event.session, context);
    case "packet-logged":
      return recordRefused(event.packet, context);
    case "network-changed":
    case "ruleset-changed":
    case "events-lost":
      return undefined;
  }
}

function recordOpened(session: KernelSession, context: FlowLogContext): FlowRecord | undefined {
  const rule = context.rules.find(session.mark);
  if (rule?.log.sessionClose === true) context.rules.nat.remember(session);
  if (rule === undefined || !rule.log.sessionInit || rule.action !== "permit") return undefined;
  return {
    kind: "session-create",
    atMs: millisecondsOf(session.startedNs) ?? context.nowMs(),
    sessionId: session.id,
    ...policyFields(rule),
    ...tupleFields(session.original, context),
    ...natFields(session, context),
    ...cameBy(session, rule, context),
  };
}

function recordClosed(session: KernelSession, context: FlowLogContext): FlowRecord | undefined {
  // The policy may be gone or permit no more: that is why the session ends.
  const rule = context.rules.permitOf(session.mark);
  const nat = natFields(session, context);
  context.rules.nat.forget(session.id);
  if (rule === undefined || !rule.log.sessionClose) return undefined;
  const { startedNs, endedNs } = session;
  return {
    kind: "session-close",
    atMs: millisecondsOf(endedNs) ?? context.nowMs(),
    sessionId: session.id,
    ...policyFields(rule),
    reason: closeReason(session, context.endings),
    ...tupleFields(session.original, context),
    ...nat,
    ...cameBy(session, rule, context),
    packetsFromClient: session.packetsOriginal ?? 0,
    bytesFromClient: session.bytesOriginal ?? 0,
    packetsFromServer: session.packetsReply ?? 0,
    bytesFromServer: session.bytesReply ?? 0,
    elapsedSeconds:
      startedNs === undefined || endedNs === undefined
        ? 0
        : Math.max(0, Number((endedNs - startedNs) / 1_000_000_000n)),
  };
}

function recordRefused(packet: LoggedPacket, context: FlowLogContext): FlowRecord | undefined {
  const devices = {
    ...(packet.inDevice === undefined ? {} : { in: packet.inDevice }),
    ...(packet.outDevice === undefined ? {} : { out: packet.outDevice }),
  };
  const rule = context.rules.find(packet.mark, devices);
  if (rule === undefined) return undefined;
  return {
    kind: "session-deny",
    atMs: context.nowMs(),
    sessionId: 0,
    ...policyFields(rule),
    reason: reasonOf(rule),
    ...tupleFields(packet.tuple, context),
    ...(packet.tuple.icmpType === undefined ? {} : { icmpType: packet.tuple.icmpType }),
    ...(packet.inDevice === undefined ? {} : { inInterface: context.rules.interfaceOf(packet.inDevice) }),
  };
}

/** In the original's words, and behind them what it does not know. */
function reasonOf({ action, unmet }: RuleEntry): string {
  if (action === "reject") return "Rejected by policy";
  return unmet === undefined ? "Denied by policy" : `Denied by policy (${unmet})`;
}

function policyFields(rule: RuleEntry): Pick<FlowRecord, "fromZone" | "toZone" | "policy"> {
  return { fromZone: rule.fromZone, toZone: rule.toZone, policy: rule.policy };
}

function cameBy(
  { original }: KernelSession,
  { fromZone }: RuleEntry,
  { rules }: FlowLogContext,
): Pick<FlowRecord, "inInterface"> {
  const inInterface = rules.incoming.find(fromZone, original.source);
  return inInterface === undefined ? {} : { inInterface };
}

function natFields(session: KernelSession, context: FlowLogContext): Pick<FlowRecord, "nat"> {
  const nat = context.rules.nat.natOf(session);
  return nat === undefined ? {} : { nat };
}

/** For ICMP the ports are identifier and type/code as one number, as the original shows them. */
function tupleFields(
  tuple: KernelTuple,
  context: FlowLogContext,
): Pick<FlowRecord, "source" | "sourcePort" | "destination" | "destinationPort" | "protocol" | "service"> {
  return {
    source: formatIp(tuple.source),
    sourcePort: tuple.sourcePort ?? tuple.icmpId ?? 0,
    destination: formatIp(tuple.destination),
    destinationPort: tuple.destinationPort ?? ((tuple.icmpType ?? 0) << 8) + (tuple.icmpCode ?? 0),
    protocol: tuple.protocol,
    service: context.services.nameOf(tuple),
  };
}

function millisecondsOf(ns: bigint | undefined): number | undefined {
  return ns === undefined || ns === 0n ? undefined : Number(ns / 1_000_000n);
}
