// What may stand next in operational lines: names of the configuration, values, and never what the line has excluded.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { completeOperation, isWhole } from "./complete-operation.ts";

const pair = "security policies from-zone a to-zone b policy";
const lines = [
  "set interfaces ge-0/0/0 kernel-name eth1",
  "set security zones security-zone a interfaces ge-0/0/0.0",
  "set security zones security-zone b interfaces ge-0/0/1.0",
  ...["first", "second"].map((name) => `set ${pair} ${name} then permit`),
  "set security policies global policy everywhere then deny",
];
const { tree } = loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "test" });

/** Words with a dot where the line may end behind them. */
function complete(line: string): string {
  const words = line.split(" ");
  const partial = words.pop() ?? "";
  const found = completeOperation(words, partial, tree);
  return found.map(({ word, final }) => (final ? `${word}.` : word)).join(" ");
}

describe("what may stand next", () => {
  test.each([
    ["show security policies policy-name ", "<policy-name>. first. second. everywhere."],
    ["show security policies policy-name s", "second."],
    ["show security zones ", "<zone-name>. a. b. zone type terse. detail."],
    ["show security zones a terse ", "type"],
    ["show interfaces terse ", "<interface-name>. ge-0/0/0. interface-name"],
    ["show interfaces ge-0/0/0 d", "detail. descriptions."],
    ["show security flow session interface ", "<interface.unit>. ge-0/0/0.0. ge-0/0/1.0."],
    ["show security flow session family ", "inet. inet6."],
    ["show route table ", "inet.0. inet6.0."],
    ["show route protocol s", "static."],
    ["show route s", "summary."],
    ["clear arp ", "all. hostname interface"],
    ["ping", "ping"],
    ["ping 10.0.0.1 inet ", "source interface tos no-resolve. count interval wait size ttl do-not-fragment. rapid."],
    ["monitor ", "security start"],
    ["request security policies ", "check. resync."],
  ])("%s|", (line, expected) => {
    expect(complete(line)).toBe(expected);
  });
});

test("a configuration of very many policies offers so many that a person can read", () => {
  const many = Array.from({ length: 1_500 }, (_, at) => `set ${pair} p${at} then permit`).join("\n");
  const large = loadConfiguration(emptyTree, many, { action: "set", source: "test" }).tree;
  expect(completeOperation(["show", "security", "policies", "policy-name"], "", large)).toHaveLength(1_000);
  expect(completeOperation(["show", "security", "policies", "policy-name"], "p1499", large)).toHaveLength(1);
});

test.each([
  ["ping", false],
  ["ping 10.0.0.1", true],
  ["show interfaces terse detail", false],
  ["show log", true],
])("%s is a whole line: %s", (line, expected) => {
  expect(isWhole(line.split(" "))).toBe(expected);
});
