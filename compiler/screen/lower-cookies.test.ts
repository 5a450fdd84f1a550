// The way of a SYN cookie through the table, carried out in memory: what is answered, what the gateway sends for the client
// then, and what policies and translation make of that. The kernel's own part is in lab/screen-cookies.story.test.ts.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { PacketHeader } from "../interpret.ts";
import { systemRuleIds } from "../ir.ts";
import type { Ir, RuleId } from "../ir.ts";
import { translateDestination } from "../nat/translate.ts";
import { lowerTable } from "../nft/lower.ts";
import type { NftTable } from "../nft/program.ts";
import { anyHeader } from "../testing/arbitrary-ir.ts";
import { anyNatIr, natDevices } from "../testing/arbitrary-nat.ts";
import { compileText } from "../testing/compile-text.ts";
import { DynamicState } from "../testing/run-dynamic-set.ts";
import { runTable } from "../testing/run-table.ts";
import type { WirePacket } from "../testing/run-table.ts";

const flags = { syn: 0x02, ack: 0x10 } as const;

function synCookies(zone: string): NonNullable<Ir["screens"]> {
  const threshold = { attackThreshold: 1, alarmThreshold: 1, sourceThreshold: 1, destinationThreshold: 1 };
  return [
    {
      zone,
      name: "s",
      drops: true,
      checks: [{ kind: "syn-flood", ...threshold, timeoutSeconds: 1, except: [], cookies: true }],
      ids: new Map([
        ["syn-flood", 1_000 as RuleId],
        ["syn-flood-source", 1_001 as RuleId],
        ["syn-flood-destination", 1_002 as RuleId],
      ]),
      origin: { path: [] },
    },
  ];
}

/** A packet that no connection knows, as it comes in. */
function stray(header: PacketHeader, iifname: string, tcpFlags: number, oifname?: string): WirePacket {
  const state = tcpFlags === flags.syn ? "untracked" : "invalid";
  return { ...header, iifname, iif: 7, state, tcpFlags, ctMark: 0, ...(oifname === undefined ? {} : { oifname }) };
}

/** The SYN of the gateway. */
function ownSyn(header: PacketHeader, more: Partial<WirePacket> = {}): WirePacket {
  return { ...header, iifname: "", state: "new", tcpFlags: flags.syn, ctMark: 0, ...more };
}

describe("with translated destinations", () => {
  const tcp = anyHeader.filter(({ protocol }) => protocol === 6);
  const packets = fc.array(fc.tuple(tcp, fc.constantFrom(...natDevices, "elsewhere")), { minLength: 8, maxLength: 8 });

  test("to the gateway exactly that is answered which would be translated, and the server's SYN is translated alike", () => {
    const seen = { answered: 0, ended: 0 };
    const property = fc.property(anyNatIr, packets, (plain, sent) => {
      const ir = { ...plain, screens: synCookies("z") };
      const table = lowerTable(ir, 3);
      const translating = table.chains.some(({ name }) => name === "nat_output");
      for (const [packet, from] of sent) {
        const dynamic = new DynamicState(() => 0);
        const expected = translating && translateDestination(ir, from, packet).kind === "translate";
        for (const tcpFlags of [flags.syn, flags.ack]) {
          const outcome = runTable(table, "input", stray(packet, from, tcpFlags), dynamic);
          expect({ ...outcome, answered: outcome.answered === true }).toMatchObject({
            verdict: "drop",
            answered: expected,
          });
        }
        seen[expected ? "answered" : "ended"]++;
        if (!translating) continue;
        const own = runTable(table, "nat output", ownSyn(packet), dynamic);
        const usual = runTable(table, "nat prerouting", { ...packet, iifname: from, state: "new", ctMark: 0 });
        expect(own).toEqual(expected ? usual : { verdict: "accept", ctMark: 0, metaMark: 0, counted: [] });
      }
    });
    fc.assert(property, { numRuns: 300 });
    expect([seen.answered > 20, seen.ended > 20]).toEqual([true, true]);
  });
});

const zones = `
set security zones security-zone in screen s
set security zones security-zone in interfaces eth1
set security zones security-zone in host-inbound-traffic system-services all
set security zones security-zone out interfaces eth2
set security screen ids-option s tcp syn-flood
set security address-book global address inner 10.0.0.2/32
set applications application eighty protocol tcp destination-port 80
set applications application ninety destination-port 90
set applications application ninety protocol tcp
set applications application nine protocol udp
set applications application nine destination-port 9
`;

function policy(name: string, application: string, then: string, from = "in", to = "out", end = "any"): string {
  return [
    "match source-address any",
    `match destination-address ${end}`,
    `match application ${application}`,
    `then ${then}`,
  ]
    .map((words) => `set security policies from-zone ${from} to-zone ${to} policy ${name} ${words}\n`)
    .join("");
}

const policies =
  policy("yes", "eighty", "permit", "in", "out", "inner") +
  policy("no", "ninety", "reject") +
  policy("never", "nine", "reject") +
  policy("host", "eighty", "reject", "in", "junos-host") +
  policy("host-rest", "any", "permit", "in", "junos-host") +
  policy("self", "ninety", "reject", "junos-host") +
  policy("self-rest", "any", "permit", "junos-host");

const translation = `
set security nat destination pool p address 10.0.0.2/32
set security nat destination rule-set d from zone in
set security nat destination rule-set d rule r match destination-address 192.0.2.1/32
set security nat destination rule-set d rule r then destination-nat pool p
`;

function address(text: string): IpAddress {
  return parseIp(text) ?? expect.fail(text);
}

function header(destination: string, destinationPort: number): PacketHeader {
  const source = address(destination.includes(":") ? "fd00::7" : "10.0.0.7");
  return { source, destination: address(destination), protocol: 6, sourcePort: 4_000, destinationPort };
}

/** What becomes of the SYN to a server after the client has brought its cookie in by eth1. */
function afterCookie(table: NftTable, to: string, inner: string, port: number, oifname: string) {
  const dynamic = new DynamicState(() => 0);
  const brought = runTable(table, "forward", stray(header(to, port), "eth1", flags.ack, "eth9"), dynamic);
  expect(brought.answered).toBe(true);
  const original = header(to, port);
  const own = ownSyn(header(inner, port), { original, oifname });
  const first = runTable(table, "output", own, dynamic);
  return first.verdict === "accept" && table.chains.some(({ name }) => name === "screen_clients")
    ? runTable(table, "nat postrouting", own, dynamic)
    : first;
}

test("no session is opened for a client of a family that is not forwarded", () => {
  const drop = "set security forwarding-options family inet mode drop\n";
  for (const [mode, verdict] of [
    ["", "accept"],
    [drop, "drop"],
  ] as const) {
    const table = lowerTable(compileText(zones + policies + translation + mode).ir, 1);
    const dynamic = new DynamicState(() => 0);
    const original = header("192.0.2.1", 80);
    expect(runTable(table, "input", stray(original, "eth1", flags.ack), dynamic).answered).toBe(true);
    const own = ownSyn(header("10.0.0.2", 80), { original, oifname: "eth2" });
    const outcome = runTable(table, "nat postrouting", own, dynamic);
    expect(outcome.verdict).toBe(verdict);
    if (verdict === "drop") expect(outcome.counted).toEqual([systemRuleIds.modeDrop]);
  }
});

describe.each([
  ["plain", ""],
  ["with translation", translation],
])("policies about clients, %s", (_, nat) => {
  const { ir } = compileText(zones + policies + nat);
  const table = lowerTable(ir, 1);
  const idOf = (name: string) =>
    ir.contexts.flatMap(({ rules }) => rules).find((it) => it.policy.name === name)?.id ?? 0;

  test.each<[why: string, port: number, device: string, verdict: string, counted: () => number]>([
    ["permits", 80, "eth2", "accept", () => idOf("yes")],
    ["rejects", 90, "eth2", "drop", () => idOf("no")],
    ["denies by default", 70, "eth2", "drop", () => idOf("default-policy")],
    ["knows no zone", 80, "eth5", "drop", () => 1],
    ["never leaves the gateway", 80, "lo", "drop", () => 1],
  ])("%s", (why, port, device, verdict, counted) => {
    const [to, inner] = nat === "" ? ["10.0.0.2", "10.0.0.2"] : ["192.0.2.1", "10.0.0.2"];
    const outcome = afterCookie(table, to, inner, port, device);
    const mark = verdict === "accept" ? counted() : 0;
    expect(outcome).toMatchObject({ verdict, ctMark: mark });
    if (why !== "denies by default") expect(outcome.counted).toEqual([counted()]);
  });

  test("what is looked up in a map has a place for what is found, as Linux 6.1 wants it", () => {
    const maps = new Set(table.sets.filter(({ data }) => data !== undefined).map(({ name }) => name));
    const lists = table.chains
      .flatMap(({ rules }) => rules.flatMap(({ statements }) => statements))
      .flatMap((statement) => (statement.kind === "instructions" ? statement.list : []));
    const found = lists.filter((it) => it.op === "lookup" && maps.has(it.set) && it.to === undefined);
    expect(found).toEqual([]);
  });

  test("who was not remembered is the gateway itself, and meets its policies", () => {
    const own = (port: number) => runTable(table, "output", ownSyn(header("10.0.0.2", port), { oifname: "eth2" }));
    expect(own(80)).toMatchObject({ verdict: "accept", ctMark: idOf("self-rest") });
    expect(own(90)).toMatchObject({ verdict: "drop", rejected: "tcp-reset", ctMark: 0 });
  });

  test("what is rejected elsewhere is answered as ever", () => {
    const packet = {
      ...header("10.0.0.2", 90),
      iifname: "eth1",
      iif: 7,
      oifname: "eth2",
      state: "new",
      ctMark: 0,
    } as const;
    expect(runTable(table, "forward", packet)).toMatchObject({ verdict: "drop", rejected: "tcp-reset", ctMark: 0 });
    const udp = { ...packet, protocol: 17, destinationPort: 9 };
    expect(runTable(table, "forward", udp)).toMatchObject({ verdict: "drop", rejected: "port-unreachable" });
    const host = { ...packet, destinationPort: 80 };
    expect(runTable(table, "input", host)).toMatchObject({
      verdict: "drop",
      rejected: "tcp-reset",
      counted: [idOf("host")],
    });
    expect(runTable(table, "input", { ...host, destinationPort: 22 })).toMatchObject({ verdict: "accept" });
  });

  test("the answer with the cookie is of no session, and alone in that", () => {
    const answer = (window: number, tcpFlags: number) => {
      const bytes = new Uint8Array(40);
      bytes.set([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6]);
      bytes.set([tcpFlags, window >>> 8, window & 0xff], 33);
      const packet = ownSyn(header("10.0.0.7", 4_000), { bytes, tcpFlags, oifname: "eth1" });
      return runTable(table, "screen_answers", packet).untracked === true;
    };
    expect([answer(0, 0x12), answer(64_240, 0x12), answer(0, 0x10), answer(0, 0x02)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
