// The reference semantics term by term, and the sentences that explain it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { icmp, icmp6, protocol, tcp, udp } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { explainDecision, formatPolicy, formatService } from "./explain.ts";
import { interpret, interpretHostInbound, matchingRules, termMatches } from "./interpret.ts";
import { systemRuleIds } from "./ir.ts";
import { anyHeader, anyIr } from "./testing/arbitrary-ir.ts";
import { compileText, emptyIr, packetOf, policyLines, zoneLines } from "./testing/compile-text.ts";

const packet = (words: string) => packetOf(`a b ${words}`);
const v4 = "10.0.0.1 10.0.0.2";
const v6 = "::1 ::2";

describe("terms", () => {
  const withSource: ServiceTerm = {
    kind: "ports",
    protocol: 6,
    source: { first: 20, last: 20 },
    destination: { first: 1024, last: 65_535 },
  };
  test.each<[string, ServiceTerm, string, boolean]>([
    ["a port", tcp(22), `${v4} tcp 22`, true],
    ["of either version", tcp(22), `${v6} tcp 22`, true],
    ["another port", tcp(22), `${v4} tcp 23`, false],
    ["another protocol", tcp(22), `${v4} udp 22`, false],
    ["a range's first", udp(10, 20), `${v4} udp 10`, true],
    ["a range's last", udp(10, 20), `${v4} udp 20`, true],
    ["behind a range", udp(10, 20), `${v4} udp 21`, false],
    ["both ports", withSource, `${v4} tcp 20>2000`, true],
    ["the wrong source port", withSource, `${v4} tcp 21>2000`, false],
    ["a type", icmp(8), `${v4} icmp 8`, true],
    ["any code of a type", icmp(8), `${v4} icmp 8/9`, true],
    ["another type", icmp(8), `${v4} icmp 0`, false],
    ["a code", icmp(3, 1), `${v4} icmp 3/1`, true],
    ["another code", icmp(3, 1), `${v4} icmp 3/2`, false],
    ["ICMP in IPv6", icmp(), `${v6} icmp 8`, false],
    ["ICMPv6", icmp6(128), `${v6} icmp6 128`, true],
    ["ICMPv6 in IPv4", icmp6(), `${v4} icmp6 128`, false],
    ["a protocol", protocol(47), `${v4} 47`, true],
    ["another", protocol(47), `${v4} 50`, false],
    ["TCP as a protocol", protocol(6), `${v4} tcp 1`, true],
    ["ICMP as a protocol of IPv4", protocol(1), `${v4} icmp 8`, true],
    ["ICMP as a protocol of IPv6", protocol(1), `${v6} icmp 8`, false],
    ["ICMPv6 as a protocol of IPv4", protocol(58), `${v4} icmp6 8`, false],
  ])("%s", (_, term, words, matched) => {
    expect(termMatches(term, packet(words))).toBe(matched);
  });

  test("a port that is not known is in every port, and in no other range", () => {
    const { destinationPort: _, ...unknown } = packet(`${v4} tcp 22`);
    expect(termMatches(tcp(0, 65_535), unknown)).toBe(true);
    expect(termMatches(tcp(0, 65_534), unknown)).toBe(false);
  });
});

describe("laws", () => {
  test("the decision is the first matching rule, and the last rule always matches", () => {
    fc.assert(
      fc.property(anyIr, anyHeader, fc.nat(8), (ir, header, which) => {
        const context = ir.contexts[which % ir.contexts.length]!;
        const wanted = { ...header, fromZone: context.fromZone, toZone: context.toZone };
        const all = [...matchingRules(ir, wanted)];
        const decision = interpret(ir, wanted);
        expect(decision).toEqual({ kind: "rule", action: all[0]!.action, context, rule: all[0] });
        expect(all.at(-1)).toBe(context.rules.at(-1));
        expect(all).toEqual(context.rules.filter((rule) => all.includes(rule)));
      }),
    );
  });

  test("a rule that matches nothing can be taken away", () => {
    fc.assert(
      fc.property(anyIr, anyHeader, (ir, header) => {
        const contexts = ir.contexts.map((context) => ({
          ...context,
          rules: context.rules.filter(({ match }) => match.kind !== "nothing"),
        }));
        for (const { fromZone, toZone } of contexts) {
          const wanted = { ...header, fromZone, toZone };
          expect(interpret({ ...ir, contexts }, wanted).action).toBe(interpret(ir, wanted).action);
        }
      }),
    );
  });
});

test("a context without its default policy is a bug, not a permission", () => {
  const ir = { ...emptyIr, contexts: [{ fromZone: "a", toZone: "b", rules: [] }] };
  expect(() => interpret(ir, packet(`${v4} tcp 22`))).toThrow(/no default policy/);
});

test("shadowed policies follow the deciding one", () => {
  const text = zoneLines("a", "b") + policyLines(["a", "b"], "p") + policyLines(["a", "b"], "q", { then: "deny" });
  const names = [...matchingRules(compileText(text).ir, packet(`${v4} tcp 22`))].map(({ policy }) => policy.name);
  expect(names).toEqual(["p", "q", "default-policy"]);
});

describe("sentences", () => {
  const text =
    zoneLines("web", "data") +
    policyLines(["web", "data"], "db", { application: "junos-ms-sql" }) +
    policyLines("global", "no-telnet", { application: "junos-telnet", then: "reject" }) +
    policyLines("global", "no-gre", { application: "junos-gre", then: "deny" });
  test.each([
    ["web data 10.0.0.1 10.0.0.2 tcp 1433", "permitted by policy db from-zone web to-zone data"],
    ["web data 10.0.0.1 10.0.0.2 tcp 23", "rejected by global policy no-telnet from-zone web to-zone data"],
    ["data web 10.0.0.1 10.0.0.2 47", "denied by global policy no-gre from-zone data to-zone web"],
    [
      "web data 10.0.0.1 10.0.0.2 tcp 5432",
      "denied by default-policy: no policy from-zone web to-zone data matched tcp/5432",
    ],
    [
      "web data 10.0.0.1 10.0.0.2 icmp 8",
      "denied by default-policy: no policy from-zone web to-zone data matched icmp/8",
    ],
    ["web data 10.0.0.1 10.0.0.2 89", "denied by default-policy: no policy from-zone web to-zone data matched ospf"],
    ["web data 10.0.0.1 10.0.0.2 200", "denied by default-policy: no policy from-zone web to-zone data matched 200"],
    [
      "web none 10.0.0.1 10.0.0.2 tcp 1",
      "denied: no traffic passes from-zone web to-zone none, because one of them is not a security zone here",
    ],
  ])("%s: %s", (words, sentence) => {
    const wanted = packetOf(words);
    expect(explainDecision(interpret(compileText(text).ir, wanted), wanted)).toBe(sentence);
  });

  test("policies and services have names of their own", () => {
    expect(formatPolicy({ scope: "default", name: "default-policy" })).toBe("default-policy");
    expect(formatService(packet(`${v4} udp 53`))).toBe("udp/53");
  });
});

describe("host-inbound-traffic", () => {
  const zone = "set security zones security-zone a";
  const level = `${zone} interfaces eth-a host-inbound-traffic`;
  /** The words of what is open, of a fixed list. */
  function openOf(lines: string, device = "eth-a"): readonly string[] {
    const { ir } = compileText(`${zone} interfaces eth-a\n${lines}`);
    const probes = {
      ssh: "10.0.0.1 10.0.0.2 tcp 22",
      telnet: "10.0.0.1 10.0.0.2 tcp 23",
      https: "10.0.0.1 10.0.0.2 tcp 443",
      high: "10.0.0.1 10.0.0.2 tcp 55555",
      dns: "10.0.0.1 10.0.0.2 udp 53",
      ping: "10.0.0.1 10.0.0.2 icmp 8",
      ping6: "::1 ::2 icmp6 128",
      bgp: "10.0.0.1 10.0.0.2 tcp 179",
      ospf: "10.0.0.1 10.0.0.2 89",
      igmp: "10.0.0.1 10.0.0.2 2",
      sctp: "10.0.0.1 10.0.0.2 sctp 9",
      discovery: "::1 ::2 icmp6 135",
      advertisement: "::1 ::2 icmp6 134",
    };
    return Object.entries(probes)
      .filter(([, words]) => interpretHostInbound(ir, device, packet(words)).action === "permit")
      .map(([word]) => word);
  }
  const services = (...words: readonly string[]) =>
    words.map((word) => `${zone} host-inbound-traffic system-services ${word}\n`).join("");
  const protocols = (...words: readonly string[]) =>
    words.map((word) => `${zone} host-inbound-traffic protocols ${word}\n`).join("");
  const everything = [
    "ssh",
    "telnet",
    "https",
    "high",
    "dns",
    "ping",
    "ping6",
    "bgp",
    "ospf",
    "igmp",
    "sctp",
    "discovery",
    "advertisement",
  ];

  test.each<[string, string, readonly string[]]>([
    ["nothing", "", ["discovery"]],
    ["one service", services("ssh"), ["ssh", "discovery"]],
    ["ping of both versions", services("ping"), ["ping", "ping6", "discovery"]],
    ["all services", services("all"), ["ssh", "telnet", "https", "dns", "ping", "ping6", "discovery"]],
    ["all services but one", services("all", "ssh except"), ["telnet", "https", "dns", "ping", "ping6", "discovery"]],
    [
      "an excepted service whose port another service shares",
      services("all", "https except"),
      ["ssh", "telnet", "dns", "ping", "ping6", "discovery"],
    ],
    ["any service", services("any-service"), everything],
    ["any service but one", services("any-service", "ssh except"), everything.filter((word) => word !== "ssh")],
    [
      "any service but ping",
      services("any-service", "ping except"),
      everything.filter((word) => !word.startsWith("ping")),
    ],
    ["a protocol", protocols("ospf"), ["ospf", "discovery"]],
    ["all protocols", protocols("all"), ["bgp", "ospf", "igmp", "discovery", "advertisement"]],
    ["all protocols but one", protocols("all", "igmp except"), ["bgp", "ospf", "discovery", "advertisement"]],
    [
      "any service but a protocol",
      services("any-service") + protocols("ospf except"),
      everything.filter((word) => word !== "ospf"),
    ],
    [
      "neighbor discovery cannot be excepted",
      services("any-service") + protocols("ndp except"),
      everything.filter((word) => word !== "advertisement"),
    ],
    ["the interface replaces the zone", `${services("ssh")}${level} system-services telnet\n`, ["telnet", "discovery"]],
    [
      "an interface with IPv4 alone",
      `set interfaces eth-a unit 0 family inet address 10.0.0.1/24\n${services("ssh")}`,
      ["ssh"],
    ],
    ["an interface with IPv6", `set interfaces eth-a unit 0 family inet6 address ::1/64\n`, ["discovery"]],
  ])("%s", (_, lines, open) => {
    expect(openOf(lines)).toEqual(open);
  });

  test("a device in no zone has nothing open", () => {
    expect(openOf(services("any-service"), "eth9")).toEqual([]);
    expect(interpretHostInbound(emptyIr, "eth9", packet(`${v4} tcp 22`))).toEqual({
      action: "deny",
      ruleId: systemRuleIds.hostInbound,
    });
  });

  test("the names are kept for people", () => {
    const { ir } = compileText(`${zone} interfaces eth-a\n${services("all", "ssh except")}${protocols("bgp")}`);
    expect(ir.interfaces[0]?.hostInbound.services).toEqual(["all", "ssh except", "bgp"]);
  });

  test("the management zone has host-inbound traffic and nothing else", () => {
    const management = "set security zones functional-zone management";
    const { ir } = compileText(
      `${management} interfaces fxp0\n${management} host-inbound-traffic system-services ssh\n`,
    );
    expect(ir.zones.map(({ name, kind }) => [name, kind])).toEqual([["management", "management"]]);
    expect(ir.contexts).toEqual([]);
    expect(interpretHostInbound(ir, "fxp0", packet(`${v4} tcp 22`))).toMatchObject({
      action: "permit",
      ruleId: ir.interfaces[0]?.hostInbound.ruleId,
    });
  });
});
