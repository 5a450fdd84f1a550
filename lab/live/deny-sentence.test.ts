// The sentence in every form in which an attempt can be stopped.

import { expect, test } from "vitest";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { denySentence, isRejected, serviceOf } from "./deny-sentence.ts";

const record: FlowRecord = {
  kind: "session-deny",
  atMs: 0,
  sessionId: 0,
  fromZone: "web",
  toZone: "data",
  policy: { scope: "default", name: "default-policy" },
  reason: "Denied by policy",
  source: "10.10.3.10",
  sourcePort: 40_000,
  destination: "10.10.4.10",
  destinationPort: 5432,
  protocol: 6,
  service: "None",
};

test.each<[Partial<FlowRecord>, string, string]>([
  [{}, "denied by default-policy: no policy from-zone web to-zone data matched tcp/5432", "denied by default-policy"],
  [
    { policy: { scope: "global", name: "nobody-enters-finance" } },
    "denied by global policy nobody-enters-finance from-zone web to-zone data",
    "denied by global policy nobody-enters-finance",
  ],
  [
    { policy: { scope: "zone-pair", name: "never-calls-out" }, toZone: "internet" },
    "denied by policy never-calls-out from-zone web to-zone internet",
    "denied by policy never-calls-out",
  ],
  [
    { policy: { scope: "zone-pair", name: "no-browsing" }, reason: "Rejected by policy" },
    "rejected by policy no-browsing from-zone web to-zone data",
    "rejected by policy no-browsing",
  ],
  [
    { policy: { scope: "default", name: "host-inbound-traffic" }, toZone: "junos-host" },
    "denied by host-inbound-traffic from-zone web to-zone junos-host",
    "denied by host-inbound-traffic",
  ],
])("%j", (change, whole, short) => {
  expect(denySentence({ ...record, ...change })).toBe(whole);
  expect(denySentence({ ...record, ...change }, true)).toBe(short);
});

test.each<[Partial<FlowRecord>, string]>([
  [{}, "tcp/5432"],
  [{ protocol: 17, destinationPort: 53 }, "udp/53"],
  [{ protocol: 1, destinationPort: 2048, icmpType: 8 }, "icmp/8"],
  [{ protocol: 58, destinationPort: 32_768, icmpType: 128 }, "icmp6/128"],
])("the service of %j is %s", (change, expected) => {
  expect(serviceOf({ ...record, ...change })).toBe(expected);
});

test("a record without a reason is a denial", () => {
  const { reason: _, ...bare } = record;
  expect(isRejected(bare)).toBe(false);
});
