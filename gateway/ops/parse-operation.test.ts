// Operational lines as operators type them, whole, shortened and wrong: which command each is, or what is said instead.

import { describe, expect, test } from "vitest";
import { parseOperation, readInput } from "./parse-operation.ts";
import { operationNamed, operations } from "./operations.ts";

function parse(line: string): string {
  const parsed = parseOperation(line.split(" ").filter((word) => word !== ""));
  if (parsed.kind === "unknown") return `error: ${parsed.message}; expected: ${parsed.expected.join(" ")}`;
  return `${parsed.operation.name} ${JSON.stringify(parsed.input)}`;
}

const firstWords = "clear file monitor ping request show traceroute";

test.each([
  ["show interfaces ge-0/0/0 terse", 'show-interfaces {"interface-name":"ge-0/0/0","terse":true}'],
  ["show interfaces terse ge-0/0/0", 'show-interfaces {"terse":true,"interface-name":"ge-0/0/0"}'],
  // What may be a name is one, however short.
  ["show interfaces d", 'show-interfaces {"interface-name":"d"}'],
  ["show route", "show-route {}"],
  ["show route table inet6.0", 'show-route {"table":"inet6.0"}'],
  ["show route summary", "show-route-summary {}"],
  ["show log audit.log", 'show-log {"filename":"audit.log"}'],
  ["show security zones web detail", 'show-security-zones {"zone":"web","detail":true}'],
  ["show security flow session summary", 'show-security-flow-session {"summary":true}'],
  [
    "show security flow session session-identifier 7",
    'show-security-flow-session-session-identifier {"session-identifier":7}',
  ],
  ["show security policies global detail", 'show-security-policies-global {"detail":true}'],
  ["ping 10.0.0.1 count 3 rapid", 'ping {"host":"10.0.0.1","count":3,"rapid":true}'],
  ["clear arp all", "clear-arp-all {}"],
  ["clear arp interface eth1", 'clear-arp {"interface":"eth1"}'],
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
    ["", `error: the command is incomplete; expected: ${firstWords}`],
    ["frobnicate", `error: "frobnicate" is not expected here; expected: ${firstWords}`],
    ["show s", 'error: "s" is ambiguous; expected: schedulers security system'],
    [
      "show x",
      'error: "x" is not expected here; expected: arp chassis host interfaces ipv6 log route schedulers security system version',
    ],
    [
      "show chassis",
      "error: the command is incomplete; expected: alarms cluster environment fpc hardware routing-engine",
    ],
    ["show interfaces terse detail", "error: detail and terse exclude each other; expected: "],
    ["show security flow session s", 'error: "s" is ambiguous; expected: source-prefix source-port summary'],
    ["show security policies count 0", 'error: "0" is not a number from 1 to 65535; expected: <1..65535>'],
    [
      "show security zones web type odd",
      'error: "odd" is not one of functional, security; expected: <functional|security>',
    ],
    [
      "ping",
      "error: host is missing; expected: host source interface tos inet inet6 no-resolve count interval wait size ttl do-not-fragment rapid",
    ],
    ["show system rollback", "error: rollback is missing; expected: rollback compare"],
    ["show system rollback 50", 'error: "50" is not a rollback number (0 to 49); expected: <0..49>'],
    ["show system rollback 3 4", 'error: "4" is not expected here; expected: rollback compare'],
    ["load configuration action merge", `error: "load" is not expected here; expected: ${firstWords}`],
    ["show security policies from-zone", "error: from-zone needs a value; expected: <zone-name>"],
    [
      "show security policies nonsense",
      'error: "nonsense" is not expected here; expected: from-zone to-zone policy-name start count detail',
    ],
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

describe("input by name", () => {
  const read = (name: string, given: Readonly<Record<string, unknown>>): string => {
    const operation = operationNamed(name) ?? expect.fail(`${name} is missing`);
    const parsed = readInput(operation, given);
    return parsed.kind === "unknown" ? `error: ${parsed.message}` : JSON.stringify(parsed.input);
  };

  test.each([
    ["a word that stands alone", "show-interfaces", { terse: true }, '{"terse":true}'],
    ["as an empty element has it", "show-interfaces", { terse: "" }, '{"terse":true}'],
    ["which takes no value", "show-interfaces", { terse: "x" }, "error: terse takes no value"],
    ["the element's name", "show-security-zones", { "get-zones-named-information": "web" }, '{"zone":"web"}'],
    ["no shortened words", "show-interfaces", { ter: true }, 'error: "ter" is not expected here'],
    [
      "what excludes each other",
      "show-interfaces",
      { terse: "", detail: "" },
      "error: detail and terse exclude each other",
    ],
    ["what is missing", "ping", { count: 1 }, "error: host is missing"],
    ["values as numbers", "ping", { host: "10.0.0.1", count: 2 }, '{"host":"10.0.0.1","count":2}'],
    [
      "nothing inherited from objects",
      "show-interfaces",
      { constructor: "" },
      'error: "constructor" is not expected here',
    ],
  ])("%s", (_, name, given, expected) => {
    expect(read(name, given)).toBe(expected);
  });
});

test("what was given stands in the order in which it was typed, with its words", () => {
  const parsed = parseOperation("show security zones detail web".split(" "));
  const given = parsed.kind === "operation" ? parsed.given : [];
  expect(given.map(({ parameter, value }) => [parameter.element ?? parameter.word, value])).toEqual([
    ["detail", undefined],
    ["get-zones-named-information", "web"],
  ]);
});

test("every operation has a name of its own and explains itself and its parameters", () => {
  expect(new Set(operations.map(({ name }) => name)).size).toBe(operations.length);
  for (const { name, help, parameters, words } of operations) {
    expect(help, name).toMatch(/^[A-Z].*[^.]$/);
    expect(new Set(parameters.map(({ word }) => word)).size, name).toBe(parameters.length);
    for (const parameter of parameters) expect(parameter.help, `${name} ${parameter.word}`).toMatch(/^[A-Z].*[^.]$/);
    expect(words.join(" "), name).toMatch(/^[a-z0-9-]+( [a-z0-9-]+)*$/);
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
