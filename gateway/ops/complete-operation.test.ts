// What may stand next in operational lines: names of the configuration, values, and never what the line has excluded.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { completeOperation, isWhole, mayNameFile } from "./complete-operation.ts";

const pair = "security policies from-zone a to-zone b policy";
const lines = [
  "set interfaces ge-0/0/0 kernel-name eth1",
  "set security zones security-zone a interfaces ge-0/0/0.0",
  "set security zones security-zone b interfaces ge-0/0/1.0",
  ...["first", "second"].map((name) => `set ${pair} ${name} then permit`),
  "set security policies global policy everywhere then deny",
  "set security nat source pool outside address 203.0.113.9/32",
  "set security nat source rule-set out from zone a",
  "set security nat source rule-set out rule first match source-address 10.0.0.0/8",
  "set security screen ids-option edge tcp land",
  "set schedulers scheduler nights daily all-day",
];
const files = [
  { name: "audit.log", kind: "log" as const },
  { name: "mine.conf", kind: "file" as const },
];
const { tree } = loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "test" });

/** Words with a dot where the line may end behind them. */
function complete(line: string): string {
  const words = line.split(" ");
  const partial = words.pop() ?? "";
  const found = completeOperation(words, partial, { tree, files });
  return found.map(({ word, final }) => (final ? `${word}.` : word)).join(" ");
}

describe("what may stand next", () => {
  test.each([
    ["show security policies policy-name ", "<policy-name>. first. second. everywhere."],
    ["show security policies policy-name s", "second."],
    ["show security zones ", "<zone-name>. a. b. type terse. detail."],
    ["show security zones a terse ", "type"],
    ["show interfaces terse ", "<interface-name>. ge-0/0/0."],
    ["show interfaces ge-0/0/0 d", "detail. descriptions."],
    ["show security flow session interface ", "<interface.unit>. ge-0/0/0.0. ge-0/0/1.0."],
    ["show security flow session family ", "inet. inet6."],
    ["show route table ", "inet.0. inet6.0."],
    ["show route protocol s", "static."],
    ["show route s", "summary."],
    ["clear arp ", "all. hostname interface"],
    ["ping", "ping"],
    ["ping 10.0.0.1 inet ", "source interface tos no-resolve. count interval wait size ttl do-not-fragment. rapid."],
    ["monitor ", "interface security start"],
    ["monitor interface ", "traffic. <interface-name>. ge-0/0/0."],
    ["show security nat source pool ", "<name>. outside. all."],
    ["show security nat source rule ", "<name>. first. all."],
    ["show security nat destination pool ", "<name>. all."],
    ["show security screen ids-option ", "<screen-name>. edge."],
    ["show schedulers scheduler-name ", "<text>. nights."],
    ["show log ", "<text>. audit.log."],
    ["show log a", "audit.log."],
    ["show log f", "filename"],
    ["monitor start ", "<text>. audit.log."],
    ["file show ", "<text>. audit.log. mine.conf."],
    ["file delete ", "<text>. mine.conf."],
    ["request security policies ", "check. resync."],
  ])("%s|", (line, expected) => {
    expect(complete(line)).toBe(expected);
  });
});

test("a configuration of very many policies offers so many that a person can read", () => {
  const many = Array.from({ length: 1_500 }, (_, at) => `set ${pair} p${at} then permit`).join("\n");
  const large = loadConfiguration(emptyTree, many, { action: "set", source: "test" }).tree;
  expect(completeOperation(["show", "security", "policies", "policy-name"], "", { tree: large })).toHaveLength(1_000);
  expect(completeOperation(["show", "security", "policies", "policy-name"], "p1499", { tree: large })).toHaveLength(1);
});

test.each([
  ["ping", false],
  ["ping 10.0.0.1", true],
  ["show interfaces terse detail", false],
  ["show log", true],
])("%s is a whole line: %s", (line, expected) => {
  expect(isWhole(line.split(" "))).toBe(expected);
});

test.each([
  ["show log", true],
  ["file checksum md5", true],
  ["show version", false],
  ["nonsense", false],
])("behind %s may stand a file: %s", (line, expected) => {
  expect(mayNameFile(line.split(" "))).toBe(expected);
});
