// Alarms as text and as the reply of `get-alarm-information`.

import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Alarm } from "../alarms.ts";
import { formatUtc } from "../commit/commit-time.ts";
import { field, group, mark, reply } from "./reply.ts";

export function alarmsText(alarms: readonly Alarm[]): string {
  if (alarms.length === 0) return "No alarms currently active\n";
  const lines = alarms.map(
    ({ sinceMs, severity, message }) => `${formatUtc(sinceMs)}  ${classOf(severity)}  ${message}\n`,
  );
  const count = alarms.length === 1 ? "1 alarm" : `${alarms.length} alarms`;
  return `${count} currently active\nAlarm time               Class  Description\n${lines.join("")}`;
}

export function alarmsReply(alarms: readonly Alarm[]): XmlElement {
  return reply(
    "alarm-information",
    "junos-alarm",
    group("alarm-summary", alarms.length === 0 ? mark("no-active-alarms") : field("active-alarm-count", alarms.length)),
    alarms.map(({ sinceMs, severity, code, message }) =>
      group(
        "alarm-detail",
        field("alarm-time", formatUtc(sinceMs), { "junos:seconds": String(Math.floor(sinceMs / 1000)) }),
        field("alarm-class", classOf(severity)),
        field("alarm-description", message),
        field("alarm-short-description", code),
        field("alarm-type", "Configuration"),
      ),
    ),
  );
}

function classOf(severity: Alarm["severity"]): string {
  return severity === "major" ? "Major" : "Minor";
}
