// The lines that collectors parse: golden, because the order of fields is part of the interface.

import { expect, test } from "vitest";
import type { FlowRecord } from "./flow-record.ts";
import { flowSentence, syslogLine } from "./syslog-line.ts";

const base = {
  atMs: Date.UTC(2026, 10, 22, 6, 30, 0, 123),
  sessionId: 4711,
  fromZone: "app",
  toZone: "data",
  policy: { scope: "zone-pair", name: "db" },
  source: "10.10.2.10",
  sourcePort: 40_000,
  destination: "10.10.4.10",
  destinationPort: 5432,
  protocol: 6,
  service: "postgresql",
} as const;

const created: FlowRecord = { kind: "session-create", ...base };
const closed: FlowRecord = {
  kind: "session-close",
  ...base,
  reason: "TCP FIN",
  packetsFromClient: 6,
  bytesFromClient: 420,
  packetsFromServer: 5,
  bytesFromServer: 1300,
  elapsedSeconds: 3,
};
const denied: FlowRecord = {
  kind: "session-deny",
  ...base,
  sessionId: 0,
  policy: { scope: "default", name: "default-policy" },
  fromZone: "web",
  reason: "Denied by policy",
  inInterface: "eth3",
};

test("session create", () => {
  expect(syslogLine(created, "gw")).toMatchInlineSnapshot(
    `"<14>1 2026-11-22T06:30:00.123Z gw RT_FLOW - RT_FLOW_SESSION_CREATE [junos@2636.1.1.1.2.129 source-address="10.10.2.10" source-port="40000" destination-address="10.10.4.10" destination-port="5432" connection-tag="0" service-name="postgresql" nat-source-address="10.10.2.10" nat-source-port="40000" nat-destination-address="10.10.4.10" nat-destination-port="5432" nat-connection-tag="0" src-nat-rule-type="N/A" src-nat-rule-name="N/A" dst-nat-rule-type="N/A" dst-nat-rule-name="N/A" protocol-id="6" policy-name="db" source-zone-name="app" destination-zone-name="data" session-id-32="4711" username="N/A" roles="N/A" packet-incoming-interface="N/A" application="UNKNOWN" nested-application="UNKNOWN" encrypted="UNKNOWN" application-category="N/A" application-sub-category="N/A" application-risk="-1" application-characteristics="N/A"]"`,
  );
});

test("session close", () => {
  expect(syslogLine(closed, "gw")).toMatchInlineSnapshot(
    `"<14>1 2026-11-22T06:30:00.123Z gw RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.129 reason="TCP FIN" source-address="10.10.2.10" source-port="40000" destination-address="10.10.4.10" destination-port="5432" connection-tag="0" service-name="postgresql" nat-source-address="10.10.2.10" nat-source-port="40000" nat-destination-address="10.10.4.10" nat-destination-port="5432" nat-connection-tag="0" src-nat-rule-type="N/A" src-nat-rule-name="N/A" dst-nat-rule-type="N/A" dst-nat-rule-name="N/A" protocol-id="6" policy-name="db" source-zone-name="app" destination-zone-name="data" session-id-32="4711" packets-from-client="6" bytes-from-client="420" packets-from-server="5" bytes-from-server="1300" elapsed-time="3" application="UNKNOWN" nested-application="UNKNOWN" username="N/A" roles="N/A" packet-incoming-interface="N/A" encrypted="UNKNOWN" application-category="N/A" application-sub-category="N/A" application-risk="-1" application-characteristics="N/A"]"`,
  );
});

test("session deny", () => {
  expect(syslogLine(denied, "gw")).toMatchInlineSnapshot(
    `"<14>1 2026-11-22T06:30:00.123Z gw RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.129 source-address="10.10.2.10" source-port="40000" destination-address="10.10.4.10" destination-port="5432" connection-tag="0" service-name="postgresql" protocol-id="6" icmp-type="0" policy-name="default-policy" source-zone-name="web" destination-zone-name="data" application="UNKNOWN" nested-application="UNKNOWN" username="N/A" roles="N/A" packet-incoming-interface="eth3" encrypted="No" reason="Denied by policy"]"`,
  );
});

test("quotes, backslashes and brackets cannot break out of a value", () => {
  const line = syslogLine({ ...created, service: 'a"b\\c]d' }, "gw");
  expect(line).toContain(String.raw`service-name="a\"b\\c\]d"`);
});

test.each([
  [created, "open app → data tcp 10.10.2.10:40000 → 10.10.4.10:5432 by db"],
  [closed, "close app → data tcp 10.10.2.10:40000 → 10.10.4.10:5432 by db, 420 B out, 1300 B back"],
  [{ ...denied, source: "2001:db8::1" }, "deny web → data tcp [2001:db8::1]:40000 → 10.10.4.10:5432 by default-policy"],
])("sentence", (record, expected) => {
  expect(flowSentence(record)).toBe(expected);
});
