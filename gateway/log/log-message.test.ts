// The forms of a line, its time, and what is made only where somebody wants it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { logLine, timeText } from "./log-message.ts";
import type { LineForm, LogMessage } from "./log-message.ts";
import { flowMessage } from "./syslog-line.ts";

const message: LogMessage = {
  atMs: Date.UTC(2026, 10, 2, 6, 30, 0, 7),
  facility: 4,
  severity: 6,
  program: "sshd",
  processId: 9,
  name: "SSHD_LOGIN_FAILED",
  fields: [
    ["username", 'a"b'],
    ["count", 3],
  ],
  sentence: "Login failed\nfor a",
};

test.each<[string, LineForm, string]>([
  [
    "structured",
    { kind: "structured" },
    String.raw`<38>1 2026-11-02T06:30:00.007Z gw sshd 9 SSHD_LOGIN_FAILED [junos@2636.1.1.1.2.129 username="a\"b" count="3"] Login failed?for a`,
  ],
  [
    "structured, brief, with a prefix",
    { kind: "structured", brief: true, prefix: "north" },
    String.raw`<38>1 2026-11-02T06:30:00.007Z gw sshd 9 SSHD_LOGIN_FAILED [junos@2636.1.1.1.2.129 username="a\"b" count="3"] north:`,
  ],
  ["plain", { kind: "plain" }, "<38>Nov  2 06:30:00 gw sshd[9]: SSHD_LOGIN_FAILED: Login failed?for a"],
  [
    "plain, with everything",
    { kind: "plain", prefix: "north", explicitPriority: true, excludeHostname: true },
    "<38>Nov  2 06:30:00 north: sshd[9]: %AUTH-6-SSHD_LOGIN_FAILED: Login failed?for a",
  ],
])("%s", (_, form, line) => {
  expect(logLine(message, "gw", form)).toBe(line);
});

test("times are those of the clock, in whatever order they come", () => {
  const near = fc.integer({ min: message.atMs - 3_000, max: message.atMs + 3_000 });
  const any = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(fc.array(fc.oneof(near, any), { minLength: 1 }), (times) => {
      for (const atMs of times) expect(timeText(atMs)).toBe(new Date(atMs).toISOString());
    }),
  );
  expect(timeText(message.atMs + 0.9)).toBe("2026-11-02T06:30:00.007Z");
});

test("a brief line does without the sentence, which is then never made", () => {
  let made = 0;
  const lazy: LogMessage = {
    ...message,
    get sentence() {
      made++;
      return "told";
    },
  };
  logLine(lazy, "gw", { kind: "structured", brief: true });
  expect(made).toBe(0);
  expect(logLine(lazy, "gw", { kind: "structured" })).toMatch(/ told$/);
  expect(made).toBe(1);
});

test("a flow's message has its sentence for those who ask", () => {
  const flow = flowMessage({
    kind: "session-deny",
    atMs: message.atMs,
    sessionId: 0,
    fromZone: "web",
    toZone: "data",
    policy: { scope: "default", name: "default-policy" },
    source: "10.1.0.2",
    sourcePort: 1,
    destination: "10.2.0.2",
    destinationPort: 2,
    protocol: 17,
    service: "None",
  });
  expect(logLine(flow, "gw", { kind: "plain" })).toContain(
    "RT_FLOW_SESSION_DENY: session denied 10.1.0.2/1->10.2.0.2/2 0x0 None 17(0) default-policy web data",
  );
});
