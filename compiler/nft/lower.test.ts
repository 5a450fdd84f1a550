// The lowered table against the reference interpreter: random IRs, random packets, and the table carried out in memory.
// Then what lowering promises beyond decisions: names, sharing, no rule where nothing matches.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { idleTimeOf, protocolIdleTime } from "../idle-time.ts";
import { withAnswers } from "../address-members.ts";
import { interpret, interpretHostInbound, interpretHostOutbound } from "../interpret.ts";
import { systemRuleIds } from "../ir.ts";
import type { Ir } from "../ir.ts";
import { anyAnswers, anyHeader, anyIr } from "../testing/arbitrary-ir.ts";
import { compileText, emptyIr, packetOf, policyLines, zoneLines } from "../testing/compile-text.ts";
import { runTable } from "../testing/run-table.ts";
import type { WirePacket } from "../testing/run-table.ts";
import { applyCommands } from "./apply-commands.ts";
import { lowerTable } from "./lower.ts";
import { planCommit } from "./plan-commit.ts";
import { afterRevoking, whileRevoking } from "./stable-chains.ts";
import { printChain, printTable } from "./print.ts";
import type { NftTable } from "./program.ts";

/** What the kernel must do with the first packet of a session, told from the interpreter's decision. */
function expectTransit(ir: Ir, packet: WirePacket): void {
  const zoneOf = (device: string) => ir.interfaces.find((entry) => entry.device === device)?.zone ?? "";
  const decision = interpret(ir, { ...packet, fromZone: zoneOf(packet.iifname), toZone: zoneOf(packet.oifname ?? "") });
  const outcome = runTable(lowerTable(ir, 3), "forward", packet);
  const id = decision.kind === "rule" ? decision.rule.id : decision.ruleId;
  const logged = decision.kind !== "rule" || decision.rule.log.sessionInit;
  expect(outcome.verdict).toBe(decision.action === "permit" ? "accept" : "drop");
  expect(outcome.counted).toEqual([id]);
  if (decision.action === "permit") {
    expect(outcome).toMatchObject({ ctMark: id, metaMark: 0 });
    expect(outcome.logged).toBeUndefined();
    const idleTime = decision.kind === "rule" ? idleTimeOf(decision.rule, packet) : undefined;
    const given = { tcp_4: 4, tcp_300: 300, tcp_never: "never", udp_4: 4, udp_300: 300, udp_never: "never" };
    const got = given[outcome.timeout as keyof typeof given] ?? protocolIdleTime(packet.protocol);
    expect(got).toBe(idleTime);
  } else {
    expect(outcome.timeout).toBeUndefined();
    expect(outcome.ctMark).toBe(0);
    expect(outcome.logged).toBe(logged ? decision.action : undefined);
    expect(outcome.metaMark).toBe(logged ? id : 0);
  }
  const answer = packet.protocol === 6 ? "tcp-reset" : packet.protocol === 17 ? "port-unreachable" : undefined;
  expect(outcome.rejected).toBe(decision.action === "reject" ? answer : undefined);
}

const devices = fc.constantFrom("e0@0", "e0@1", "e1@0", "e2@1", "stranger");

describe("laws", () => {
  test("a new session meets the same rule in the table and in the interpreter", () => {
    fc.assert(
      fc.property(
        anyIr,
        fc.array(fc.tuple(anyHeader, devices, devices), { minLength: 20, maxLength: 20 }),
        (ir, packets) => {
          for (const [header, iifname, oifname] of packets) {
            expectTransit(ir, { ...header, iifname, oifname, state: "new", ctMark: 0 });
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test("traffic to the gateway is decided as host-inbound-traffic says", () => {
    fc.assert(
      fc.property(anyIr, fc.array(fc.tuple(anyHeader, devices), { minLength: 20, maxLength: 20 }), (ir, packets) => {
        const table = lowerTable(ir, 3);
        for (const [header, iifname] of packets) {
          const decision = interpretHostInbound(ir, iifname, header);
          const outcome = runTable(table, "input", { ...header, iifname, state: "new", ctMark: 0 });
          expect(outcome.verdict).toBe(decision.action === "permit" ? "accept" : "drop");
          expect(outcome.counted).toEqual([decision.ruleId]);
          const logged = decision.rule === undefined ? decision.action === "deny" : decision.rule.log.sessionInit;
          const refused = decision.action === "permit" ? undefined : decision.action;
          expect(outcome.logged).toBe(logged ? refused : undefined);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("what the gateway sends is decided by policies from junos-host, and passes where there are none", () => {
    fc.assert(
      fc.property(anyIr, fc.array(fc.tuple(anyHeader, devices), { minLength: 20, maxLength: 20 }), (ir, packets) => {
        const table = lowerTable(ir, 3);
        for (const [header, oifname] of packets) {
          const decided = interpretHostOutbound(ir, oifname, header);
          const outcome = runTable(table, "output", { ...header, iifname: "", oifname, state: "new", ctMark: 0 });
          expect(outcome.verdict).toBe(decided === undefined || decided.action === "permit" ? "accept" : "drop");
          expect(outcome.counted).toEqual(decided === undefined ? [] : [decided.id]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("new answers to names change elements of sets and nothing else", () => {
    fc.assert(
      fc.property(anyIr, anyAnswers, anyAnswers, (ir, before, after) => {
        const [one, other] = [before, after].map((answers) => lowerTable(withAnswers(ir, answers), 3));
        expect(other?.chains).toEqual(one?.chains);
        const heads = (sets: NftTable["sets"] = []) => sets.map((set) => ({ ...set, elements: [] }));
        expect(heads(other?.sets)).toEqual(heads(one?.sets));
        const kinds = planCommit(one, other!).install.map(({ kind }) => kind);
        for (const kind of kinds) expect(["flush-set", "add-elements"]).toContain(kind);
      }),
      { numRuns: 300 },
    );
  });

  test("the same IR gives the same table, and generations differ in names alone", () => {
    fc.assert(
      fc.property(anyIr, (ir) => {
        const text = printTable(lowerTable(ir, 7));
        expect(printTable(lowerTable(ir, 7))).toBe(text);
        const renamed = text.replaceAll(/_g7\b/g, "_g8").replaceAll("generation 7", "generation 8");
        // A zone called g7 keeps its name, so compare with every generation mark taken out.
        const bare = (table: string) => table.replaceAll(/_g[78]\b/g, "").replaceAll(/generation [78]/g, "generation");
        expect(bare(printTable(lowerTable(ir, 8)))).toBe(bare(renamed));
      }),
      { numRuns: 100 },
    );
  });

  test("names are unique, whatever zones and devices are called", () => {
    fc.assert(
      fc.property(anyIr, (ir) => {
        const { sets, chains } = lowerTable(ir, 1);
        for (const names of [sets.map(({ name }) => name), chains.map(({ name }) => name)]) {
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9_.-]{0,200}$/);
        }
      }),
    );
  });
});

describe("established traffic never meets the policy", () => {
  const ir = compileText(zoneLines("a", "b") + policyLines(["a", "b"], "p")).ir;
  const table = lowerTable(ir, 1);
  const packet = { ...packetOf("a b 10.0.0.1 10.0.0.2 tcp 22"), iifname: "eth-a", oifname: "eth-b" };
  const permitted = ir.contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b")?.rules[0]?.id ?? 0;
  test.each([
    ["a permitted session", "established", permitted, "accept"],
    ["an error message of a permitted session", "related", permitted, "accept"],
    ["a session that no policy approved", "established", 0, "drop"],
    ["an error message of such a session", "related", 0, "drop"],
    ["a packet of no session", "invalid", 0, "drop"],
    ["a packet of no session, whatever mark is asked about", "invalid", permitted, "drop"],
    ["a packet that is not tracked", "untracked", permitted, "drop"],
  ] as const)("%s", (_, state, ctMark, verdict) => {
    const outcome = runTable(table, "forward", { ...packet, state, ctMark });
    expect(outcome).toMatchObject({ verdict, ctMark, counted: verdict === "drop" ? [systemRuleIds.noSession] : [] });
  });

  test("a revoked session is dropped, and others are not, while it is asked what is revoked", () => {
    const sets = table.sets.map((set) =>
      set.name === "revoked"
        ? { ...set, elements: [...set.elements, { key: [{ kind: "number" as const, value: permitted }] }] }
        : set,
    );
    const revoking = whileRevoking({ ...table, sets });
    const verdictOf = (of: NftTable, ctMark: number) =>
      runTable(of, "forward", { ...packet, state: "established", ctMark }).verdict;
    expect([permitted, permitted + 1, 0].map((mark) => verdictOf(revoking, mark))).toEqual(["drop", "accept", "drop"]);
    const after = applyCommands(revoking, afterRevoking(table));
    expect(after?.chains.find(({ name }) => name === "forward")).toEqual(
      table.chains.find(({ name }) => name === "forward"),
    );
  });

  test.each([
    ["a session whose rule stands", permitted, "accept"],
    ["a session that no policy approved", 0, "drop"],
  ] as const)("before the first answer, %s is not asked again", (_, ctMark, verdict) => {
    const refusing = lowerTable(
      compileText(zoneLines("a", "b") + policyLines(["a", "b"], "p", { then: "deny" })).ir,
      2,
    );
    for (const policy of [table, refusing]) {
      const outcome = runTable(policy, "forward", { ...packet, state: "new", confirmed: true, ctMark });
      expect(outcome).toMatchObject({ verdict, ctMark, counted: verdict === "drop" ? [systemRuleIds.noSession] : [] });
    }
  });

  test("a first packet between devices without a zone is refused, whatever mark it came with", () => {
    const outcome = runTable(table, "forward", { ...packet, oifname: "eth9", state: "new", ctMark: permitted });
    expect(outcome).toMatchObject({ verdict: "drop", logged: "deny" });
  });

  test("a refused packet leaves no mark, whatever mark it came with", () => {
    for (const then of ["deny", "reject", "deny, log session-init", "reject, log session-init"]) {
      const refusing = lowerTable(compileText(zoneLines("a", "b") + policyLines(["a", "b"], "p", { then })).ir, 2);
      const outcome = runTable(refusing, "forward", { ...packet, state: "new", ctMark: permitted });
      expect(outcome).toMatchObject({ verdict: "drop", ctMark: 0 });
    }
  });
});

describe("the gateway itself", () => {
  const text = `${zoneLines("a")}set security zones security-zone a host-inbound-traffic system-services ssh\n`;
  const table = lowerTable(compileText(text).ir, 1);
  const to = (words: string, more: Partial<WirePacket> = {}) =>
    runTable(table, "input", { ...packetOf(`a a ${words}`), iifname: "eth-a", state: "new", ctMark: 0, ...more });
  test.each([
    ["what is allowed", "10.0.0.1 10.0.0.2 tcp 22", {}, "accept"],
    ["what is not", "10.0.0.1 10.0.0.2 tcp 23", {}, "drop"],
    ["neighbor discovery, which is not tracked", "fe80::1 fe80::2 icmp6 135", { state: "untracked" }, "accept"],
    ["router advertisements", "fe80::1 fe80::2 icmp6 134", { state: "untracked" }, "drop"],
    ["answers to the gateway's own sessions", "10.0.0.1 10.0.0.2 tcp 40000", { state: "established" }, "accept"],
    ["nonsense", "10.0.0.1 10.0.0.2 tcp 22", { state: "invalid" }, "drop"],
    ["everything by the loopback device", "127.0.0.1 127.0.0.1 tcp 9999", { iifname: "lo" }, "accept"],
    ["a device without a zone", "10.0.0.1 10.0.0.2 tcp 22", { iifname: "eth9" }, "drop"],
  ] as const)("%s", (_, words, more, verdict) => {
    expect(to(words, more).verdict).toBe(verdict);
  });

  test("what is allowed carries the mark of the interface that let it in", () => {
    const id = compileText(text).ir.interfaces[0]?.hostInbound.ruleId ?? 0;
    expect(to("10.0.0.1 10.0.0.2 tcp 22")).toMatchObject({ ctMark: id, counted: [id] });
  });

  test("policies to the gateway are asked behind host-inbound traffic, and never about neighbor discovery", () => {
    const deny = policyLines(["a", "junos-host"], "p", { source: "any-ipv6", then: "deny" });
    const strict = lowerTable(compileText(text + deny).ir, 1);
    const verdict = (words: string, more: Partial<WirePacket> = {}) =>
      runTable(strict, "input", { ...packetOf(`a a ${words}`), iifname: "eth-a", state: "new", ctMark: 0, ...more })
        .verdict;
    expect(verdict("10.0.0.1 10.0.0.2 tcp 22")).toBe("accept");
    expect(verdict("10.0.0.1 10.0.0.2 tcp 23")).toBe("drop");
    expect(verdict("::1 ::2 tcp 22")).toBe("drop");
    expect(verdict("fe80::1 fe80::2 icmp6 135", { state: "untracked" })).toBe("accept");
    expect(verdict("fe80::1 fe80::2 icmp6 134", { state: "untracked" })).toBe("drop");
  });

  test("what the gateway sends in a session that stands is never asked about", () => {
    const deny = policyLines(["junos-host", "a"], "p", { then: "deny" });
    const strict = lowerTable(compileText(text + deny).ir, 1);
    const packet = { ...packetOf("a a 10.0.0.1 10.0.0.2 tcp 22"), iifname: "", oifname: "eth-a", ctMark: 0 };
    expect(runTable(strict, "output", { ...packet, state: "new" }).verdict).toBe("drop");
    for (const state of ["established", "related", "untracked"] as const) {
      expect(runTable(strict, "output", { ...packet, state }).verdict).toBe("accept");
    }
    expect(runTable(strict, "output", { ...packet, state: "new", oifname: "eth9" }).verdict).toBe("accept");
  });

  test("broadcasts are refused without a log line", () => {
    expect(to("10.0.0.1 10.0.0.255 udp 137", { pkttype: "broadcast" }).logged).toBeUndefined();
    expect(to("10.0.0.1 10.0.0.2 udp 137").logged).toBe("deny");
  });
});

describe("how it is written", () => {
  /** The rules of the chain from a to b, without marks, actions and comments. */
  function rulesOf(terms: Parameters<typeof policyLines>[2], book = ""): readonly string[] {
    const table = lowerTable(compileText(zoneLines("a", "b") + book + policyLines(["a", "b"], "p", terms)).ir, 1);
    const chain = table.chains.find(({ name }) => name === "pair_a_b_g1");
    const lines = chain === undefined ? [] : printChain(chain).slice(1, -2);
    return lines.map((line) => line.trim().replace(/ ?ct mark set .*$/, ""));
  }
  const application = (lines: string) => `set applications application x ${lines}\n`;
  const address = (name: string, prefix: string) => `set security address-book global address ${name} ${prefix}\n`;
  const set = (...members: string[]) =>
    members.map((member) => `set security address-book global address-set s address ${member}\n`).join("");

  test.each<[string, Parameters<typeof policyLines>[2], string, readonly string[]]>([
    ["everything", {}, "", [""]],
    ["one port", { application: "junos-ssh" }, "", ["tcp dport 22"]],
    [
      "ports of one protocol together",
      { application: "[ junos-ssh junos-http junos-https ]" },
      "",
      ["tcp dport { 22, 80, 443 }"],
    ],
    ["neighbouring ports as a range", { application: "[ junos-ftp junos-ftp-data ]" }, "", ["tcp dport 20-21"]],
    [
      "a rule for each protocol",
      { application: "[ junos-dns-udp junos-dns-tcp ]" },
      "",
      ["tcp dport 53", "udp dport 53"],
    ],
    ["a whole protocol swallows its ports", { application: "[ junos-ssh junos-tcp-any ]" }, "", ["meta l4proto 6"]],
    [
      "protocols together",
      { application: "[ junos-gre junos-ospf junos-tcp-any ]" },
      "",
      ["meta l4proto { 6, 47, 89 }"],
    ],
    [
      "source ports",
      { application: "x" },
      application("protocol tcp source-port 20 destination-port 1024-65535"),
      ["tcp sport 20 tcp dport 1024-65535"],
    ],
    ["source ports alone", { application: "x" }, application("protocol udp source-port 53"), ["udp sport 53"]],
    ["ICMP of one version", { application: "junos-icmp-all" }, "", ["icmp type 0-255"]],
    ["ICMP type and code", { application: "junos-icmp6-dst-unreach-port" }, "", ["icmpv6 type 1 icmpv6 code 4"]],
    ["a host", { source: "h" }, address("h", "10.0.0.1/32"), ["ip saddr 10.0.0.1"]],
    ["a network with host bits", { destination: "h" }, address("h", "10.0.0.9/24"), ["ip daddr 10.0.0.0/24"]],
    [
      "a wildcard mask, and left out",
      { source: "h", destination: "h", more: ["match destination-address-excluded"] },
      address("h", "wildcard-address 10.0.0.11/255.255.0.255"),
      ["ip saddr & 255.255.0.255 10.0.0.11 ip daddr & 255.255.0.255 != 10.0.0.11"],
    ],
    [
      "masks and ranges on both sides: every pair",
      { source: "s", destination: "i" },
      address("h", "wildcard-address 10.0.0.11/255.255.0.255") + address("i", "10.0.0.1") + set("h", "i"),
      ["ip saddr 10.0.0.1 ip daddr 10.0.0.1", "ip saddr & 255.255.0.255 10.0.0.11 ip daddr 10.0.0.1"],
    ],
    [
      "a domain name always has its set, one for each version",
      { source: "h" },
      address("h", "dns-name www.example.com"),
      ["ip saddr @addresses1_g1", "ip6 saddr @addresses2_g1"],
    ],
    [
      "a domain name of one version",
      { source: "h" },
      address("h", "dns-name www.example.com ipv6-only"),
      ["ip6 saddr @addresses1_g1"],
    ],
    ["an IPv6 network", { source: "h" }, address("h", "2001:db8::/32"), ["ip6 saddr 2001:db8::/32"]],
    [
      "both versions",
      { source: "[ h i ]" },
      address("h", "10.0.0.1") + address("i", "2001:db8::1"),
      ["ip saddr 10.0.0.1", "ip6 saddr 2001:db8::1"],
    ],
    [
      "one version on each side: nothing",
      { source: "h", destination: "i" },
      address("h", "10.0.0.1") + address("i", "2001:db8::1"),
      [],
    ],
    ["any-ipv4", { source: "any-ipv4" }, "", ["meta nfproto ipv4"]],
    ["any-ipv6 and a port", { source: "any-ipv6", application: "junos-ssh" }, "", ["meta nfproto ipv6 tcp dport 22"]],
    ["any-ipv4 with ICMPv6: nothing", { source: "any-ipv4", application: "junos-pingv6" }, "", []],
    [
      "any-ipv6 with ICMPv6 asks for it once",
      { source: "any-ipv6", application: "junos-pingv6" },
      "",
      ["icmpv6 type 128"],
    ],
    ["both any together", { source: "[ any-ipv4 any-ipv6 ]" }, "", [""]],
    [
      "a set of two",
      { source: "s" },
      address("h", "10.0.0.1") + address("i", "10.0.0.3") + set("h", "i"),
      ["ip saddr @addresses1_g1"],
    ],
    [
      "a set that is one range",
      { source: "s" },
      address("h", "10.0.0.0/25") + address("i", "10.0.0.128/25") + set("h", "i"),
      ["ip saddr 10.0.0.0/24"],
    ],
    [
      "excluded",
      { source: "h", more: ["match source-address-excluded"] },
      address("h", "10.0.0.1"),
      ["ip saddr != 10.0.0.1", "meta nfproto ipv6"],
    ],
    ["a dynamic application matches nothing", { more: ["match dynamic-application junos:HTTP"] }, "", []],
  ])("%s", (_, terms, book, expected) => {
    expect(rulesOf(terms, book)).toEqual(expected);
  });

  test("rules with the same addresses share a set, other addresses do not", () => {
    const book = address("h", "10.0.0.1") + address("i", "10.0.0.3") + address("j", "10.0.0.5") + set("h", "i");
    const policies =
      policyLines(["a", "b"], "p1", { source: "s" }) +
      policyLines(["b", "a"], "p2", { destination: "[ h i ]" }) +
      policyLines(["b", "a"], "p3", { source: "[ h j ]" });
    const { sets } = lowerTable(compileText(zoneLines("a", "b") + book + policies).ir, 1, { stages: "one" });
    expect(sets.map(({ name }) => name)).toEqual([
      "revoked",
      "bridges",
      "hits",
      "pairs_g1",
      "addresses1_g1",
      "addresses2_g1",
      "hosts_g1",
    ]);
  });

  test("a whole version of addresses is no set", () => {
    const whole = rangeSetOf(["0.0.0.0/1", "128.0.0.0/1"].map((text) => rangeOfPrefix(parsePrefix(text)!)));
    const ir = compileText(zoneLines("a", "b") + policyLines(["a", "b"], "p", { source: "any-ipv4" })).ir;
    const changed = { ...ir, addressSets: new Map([["any-ipv4", whole]]) };
    expect(printTable(lowerTable(changed, 1))).toBe(printTable(lowerTable(ir, 1)));
  });

  test("nothing configured still makes a table that denies, counts and logs", () => {
    const table = lowerTable(emptyIr, 1);
    const packet = { ...packetOf("a b 10.0.0.1 10.0.0.2 tcp 22"), iifname: "eth0", oifname: "eth1" };
    expect(runTable(table, "forward", { ...packet, state: "new", ctMark: 0 })).toMatchObject({
      verdict: "drop",
      counted: [systemRuleIds.noZone],
      metaMark: systemRuleIds.noZone,
      logged: "deny",
    });
  });
});
