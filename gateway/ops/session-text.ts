// Sessions as text: as the original prints them, in three lines or in full, and as reply trees.

import type { XmlElement } from "@merlon/netconf/element.ts";
import { formatUtc } from "../commit/commit-time.ts";
import type { SessionSummary, Wing } from "./session-facts.ts";
import { field, group } from "./reply.ts";

export function sessionText(session: SessionSummary): string {
  const { id, policy, policyId, timeoutSeconds } = session;
  return (
    `Session ID: ${id}, Policy name: ${policy}/${policyId}, Timeout: ${timeoutSeconds}, Session State: Valid\n` +
    `${wingText("In", session.in, session.protocol)}${wingText("Out", session.out, session.protocol)}`
  );
}

function wingText(direction: string, wing: Wing, protocol: string): string {
  return (
    `  ${direction}: ${wing.source}/${wing.sourcePort} --> ${wing.destination}/${wing.destinationPort};${protocol}, ` +
    `Conn Tag: 0x0, If: ${wing.interface}, Pkts: ${wing.packets}, Bytes: ${wing.bytes}, \n`
  );
}

export function sessionExtensiveText(session: SessionSummary): string {
  const { startedAtMs, durationSeconds, tcpState } = session;
  const started = startedAtMs === undefined ? "unknown" : formatUtc(startedAtMs);
  const wing = (direction: string, it: Wing): string =>
    `   ${direction}: ${it.source}/${it.sourcePort} --> ${it.destination}/${it.destinationPort};${session.protocol}, \n` +
    `  Conn Tag: 0x0, Interface: ${it.interface}, \n` +
    `    Pkts: ${it.packets}, Bytes: ${it.bytes}\n`;
  return (
    `Session ID: ${session.id}, Status: Normal, State: Active\n` +
    `Policy name: ${session.policy}/${session.policyId}\n` +
    `From zone: ${session.fromZone}, To zone: ${session.toZone}\n` +
    `Application: ${session.application}${tcpState === undefined ? "" : `, TCP state: ${tcpState}`}\n` +
    `Current timeout: ${session.timeoutSeconds}\n` +
    `Session State: Valid\n` +
    `Start time: ${started}, Duration: ${durationSeconds ?? "unknown"}\n` +
    `${wing("In", session.in)}${wing("Out", session.out)}\n`
  );
}

export function sessionReply(session: SessionSummary): XmlElement {
  return group(
    "flow-session",
    field("session-identifier", session.id),
    field("status", "Normal"),
    field("session-state", "Valid"),
    field("policy", `${session.policy}/${session.policyId}`),
    field("timeout", session.timeoutSeconds),
    field("application-name", session.application),
    field("start-time", session.startedAtMs === undefined ? undefined : Math.floor(session.startedAtMs / 1000)),
    field("duration", session.durationSeconds),
    field("from-zone", session.fromZone),
    field("to-zone", session.toZone),
    wingReply("In", session.in, session.protocol),
    wingReply("Out", session.out, session.protocol),
  );
}

function wingReply(direction: string, wing: Wing, protocol: string): XmlElement {
  return group(
    "flow-information",
    field("direction", direction),
    field("source-address", wing.source),
    field("source-port", wing.sourcePort),
    field("destination-address", wing.destination),
    field("destination-port", wing.destinationPort),
    field("protocol", protocol),
    field("conn-tag", "0x0"),
    field("interface-name", wing.interface),
    field("pkt-cnt", wing.packets),
    field("byte-cnt", wing.bytes),
  );
}
