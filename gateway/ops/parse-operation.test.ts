// Operational lines as operators type them, whole, shortened and wrong: which command each is, or what is said instead.

import { describe, expect, test } from "vitest";
import { parseOperation, readInput } from "./parse-operation.ts";
import { operationNamed, operations } from "./operations.ts";

function parse(line: string): string {
  const parsed = parseOperation(line.split(" ").filter((word) => word !== ""));
  if (parsed.kind === "unknown") return `error: ${parsed.message}; expected: ${parsed.expected.join(" ")}`;
  return `${parsed.operation.name} ${JSON.stringify(parsed.input)}`;
}

test.each([
  ["show security policies", "show-security-policies {}"],
  ["sh sec pol", "show-security-policies {}"],
  ["show security policies from-zone web to-zone data", 'show-security-policies {"from-zone":"web","to-zone":"data"}'],
  ["show security policies to-zone data from-zone web", 'show-security-policies {"to-zone":"data","from-zone":"web"}'],
  ["show security policies hit-count", "show-security-policies-hit-count {}"],
  ["show security policies hit-count descending", 'show-security-policies-hit-count {"descending":true}'],
  ["show security policies hit desc", 'show-security-policies-hit-count {"descending":true}'],
  ["show security flow session", "show-security-flow-session {}"],
  ["show security flow session destination-port 443", 'show-security-flow-session {"destination-port":443}'],
  ["show interfaces terse", 'show-interfaces {"terse":true}'],
  ["show int", "show-interfaces {}"],
  ["show system commit", "show-system-commit {}"],
  ["clear system commit", "clear-system-commit {}"],
  ["show system rollback 3", 'show-system-rollback {"rollback":3}'],
  ["show system rollback rollback 3", 'show-system-rollback {"rollback":3}'],
  ["show system rollback 3 compare 49", 'show-system-rollback {"rollback":3,"compare":49}'],
  ["show system rollback compare 0 3", 'show-system-rollback {"compare":0,"rollback":3}'],
  ["show system conf rescue", "show-system-configuration-rescue {}"],
  ["request system configuration rescue save", "request-system-configuration-rescue-save {}"],
])("%s", (line, expected) => {
  expect(parse(line)).toBe(expected);
});

describe("what is wrong is said with what could stand there", () => {
  test.each([
    ["", "error: the command is incomplete; expected: clear request show"],
    ["frobnicate", 'error: "frobnicate" is not expected here; expected: clear request show'],
    ["show s", 'error: "s" is not expected here; expected: interfaces route security system version'],
    ["show system", "error: the command is incomplete; expected: alarms capabilities commit configuration rollback"],
    ["show system rollback", "error: rollback is missing; expected: rollback compare"],
    ["show system rollback 50", 'error: "50" is not a rollback number (0 to 49); expected: <0..49>'],
    ["show system rollback 3 4", 'error: "4" is not expected here; expected: rollback compare'],
    ["load configuration action merge", 'error: "load" is not expected here; expected: clear request show'],
    ["show security policies from-zone", "error: from-zone needs a value; expected: <zone-name>"],
    ["show security policies nonsense", 'error: "nonsense" is not expected here; expected: from-zone to-zone'],
    [
      "show security flow session protocol frob",
      'error: "frob" is not a protocol (ah, egp, esp, gre, icmp, icmp6, igmp, ipip, ospf, pim, rsvp, sctp, tcp, udp or 0 to 255); expected: <protocol>',
    ],
    [
      "show security match-policies from-zone a",
      "error: to-zone is missing; expected: from-zone to-zone source-ip destination-ip source-port destination-port protocol icmp-type icmp-code result-count",
    ],
  ])("%s", (line, expected) => {
    expect(parse(line)).toBe(expected);
  });
});

test("every operation is found by its own words and its own name", () => {
  for (const operation of operations) {
    expect(operationNamed(operation.name)).toBe(operation);
    if (operation.forPrograms) continue;
    const parsed = parseOperation(operation.words);
    if (parsed.kind === "operation") expect(parsed.operation).toBe(operation);
    else expect(parsed.message).toMatch(/is missing/);
  }
});

test("input of a data request is checked as typed input is", () => {
  const operation = operationNamed("show-security-flow-session");
  if (operation === undefined) throw new Error("missing");
  const good = readInput(operation, { "destination-port": 443, protocol: "tcp" });
  expect(good.kind === "operation" && good.input).toEqual({ "destination-port": 443, protocol: 6 });
  expect(readInput(operation, { port: 443 })).toMatchObject({
    kind: "unknown",
    message: '"port" is not expected here',
  });
});
