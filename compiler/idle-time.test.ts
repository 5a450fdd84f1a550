// Which idle time a session gets: policies with applications, packets, and the seconds that are expected.

import { expect, test } from "vitest";
import { idleTimeOf, idleTimeRuns } from "./idle-time.ts";
import { interpret } from "./interpret.ts";
import { codesOf, compileText, packetOf, policyLines, zoneLines } from "./testing/compile-text.ts";

const applications = `
set applications application slow protocol tcp destination-port 1521 inactivity-timeout 7200
set applications application quick protocol udp destination-port 5000-6000 inactivity-timeout 4
set applications application forever protocol tcp destination-port 7 inactivity-timeout never
set applications application plain protocol tcp destination-port 1000-2000
set applications application late protocol tcp destination-port 1500-1600 inactivity-timeout 600
set applications application both inactivity-timeout 90
set applications application both term a protocol tcp destination-port 53
set applications application both term b protocol udp destination-port 53 inactivity-timeout 10
set applications application tunnel protocol gre inactivity-timeout 30
set applications application-set group application quick
set applications application-set group application slow
`;
const applicationNames = "any slow quick forever plain late both tunnel group junos-http junos-dns-udp junos-icmp-all";

test("the table below names what is configured", () => {
  for (const [, name = ""] of applications.matchAll(/application(?:-set)? (\S+)/g)) {
    expect(applicationNames.split(" ")).toContain(name);
  }
});

test.each<[string, string, number | "never"]>([
  ["any", "tcp 80", 1800],
  ["any", "udp 53", 60],
  ["any", "icmp 8", 60],
  ["any", "icmp6 128", 60],
  ["any", "132", 1800],
  ["any", "47", 1800],
  ["junos-http", "tcp 80", 1800],
  ["junos-dns-udp", "udp 53", 60],
  ["junos-icmp-all", "icmp 8", 60],
  ["slow", "tcp 1521", 7200],
  ["quick", "udp 5500", 4],
  ["forever", "tcp 7", "never"],
  ["both", "tcp 53", 90],
  ["both", "udp 53", 10],
  ["group", "udp 5000", 4],
  ["group", "tcp 1521", 7200],
  // The first application of the policy that matches, with or without a time of its own.
  ["slow plain", "tcp 1521", 7200],
  ["plain slow", "tcp 1521", 1800],
  ["plain late slow", "tcp 1550", 1800],
  ["late plain slow", "tcp 1550", 600],
  ["slow late", "tcp 1521", 7200],
  ["late slow", "tcp 1521", 600],
  // Whoever takes any application asks for no certain one.
  ["any slow", "tcp 1521", 1800],
  // The kernel has no times of their own for other protocols.
  ["tunnel", "47", 1800],
])("application %s, %s: %s", (names, packet, expected) => {
  const application = names.includes(" ") ? `[ ${names} ]` : names;
  const { ir } = compileText(zoneLines("a", "b") + applications + policyLines(["a", "b"], "p", { application }));
  const v6 = packet.startsWith("icmp6");
  const flow = packetOf(`a b ${v6 ? "2001:db8::1 2001:db8::2" : "10.0.0.1 10.0.0.2"} ${packet}`);
  const decision = interpret(ir, flow);
  if (decision.kind !== "rule") throw new Error("no rule");
  expect(decision.rule.policy.name).toBe("p");
  expect(idleTimeOf(decision.rule, flow)).toBe(expected);
});

test("services with one time stand together, and nothing stands behind the last time", () => {
  const { ir } = compileText(
    zoneLines("a", "b") +
      applications +
      policyLines(["a", "b"], "p", { application: "[ plain both late junos-http ]" }),
  );
  const match = ir.contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b")?.rules[0]?.match;
  expect(
    match?.kind === "packets" && idleTimeRuns(match).map(({ idleTime, terms }) => [idleTime, terms.length]),
  ).toEqual([
    [undefined, 1],
    [90, 1],
    [10, 1],
    [600, 1],
  ]);
});

test.each([
  ["protocol gre", "idle sessions of gre end after 1800 seconds"],
  ["protocol icmp", "idle sessions of icmp end after 60 seconds"],
  ["protocol sctp destination-port 1", "idle sessions of sctp end after 1800 seconds"],
])("a time for %s cannot be kept", (service, sentence) => {
  const set = "set applications application x";
  const compiled = compileText(`${zoneLines("a")}${set} ${service}\n${set} inactivity-timeout 30\n`);
  expect(codesOf(compiled)).toEqual(["warning application.idle-time"]);
  expect(compiled.diagnostics[0]?.message).toBe(`inactivity-timeout of application x is not enforced: ${sentence}`);
});

test.each(["protocol tcp", "protocol udp", "protocol 17"])("a time for %s needs no word", (service) => {
  const set = "set applications application x";
  expect(codesOf(compileText(`${zoneLines("a")}${set} ${service}\n${set} inactivity-timeout never\n`))).toEqual([]);
});
