// The chains and objects that idle times become, and how many of them. That each session gets its time is a law of
// lower.test.ts.

import { describe, expect, test } from "vitest";
import { compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import { lowerTable } from "./lower.ts";
import { printChain, printTimeout } from "./print.ts";

const applications = `
set applications application web protocol tcp destination-port 80 inactivity-timeout 300
set applications application alt protocol tcp destination-port 8080 inactivity-timeout 300
set applications application ask protocol udp destination-port 53 inactivity-timeout 4
set applications application mixed term a protocol tcp destination-port 90 inactivity-timeout 60
set applications application mixed term b protocol udp destination-port 90 inactivity-timeout 60
set applications application open protocol tcp destination-port 7 inactivity-timeout never
set applications application plain protocol tcp destination-port 1-1000
`;

function tableOf(...policies: readonly (readonly [string, string])[]) {
  const lines = policies.map(([application, then], index) =>
    policyLines(["a", "b"], `p${index}`, { application: `[ ${application} ]`, then }),
  );
  return lowerTable(compileText(zoneLines("a", "b") + applications + lines.join("")).ir, 1);
}

function idleChains(...policies: readonly (readonly [string, string])[]): readonly string[] {
  const { chains } = tableOf(...policies);
  return chains.filter(({ name }) => name.startsWith("idle")).flatMap(printChain);
}

describe("chains", () => {
  test.each<[string, readonly string[]]>([
    ["plain", []],
    ["any web", []],
    ["web alt", ['tcp dport { 80, 8080 } ct timeout set "tcp_300" goto permit']],
    ["ask", ['udp dport 53 ct timeout set "udp_4" goto permit']],
    ["mixed", ['tcp dport 90 ct timeout set "tcp_60" goto permit', 'udp dport 90 ct timeout set "udp_60" goto permit']],
    ["plain web", ["tcp dport 1-1000 goto permit", 'tcp dport 80 ct timeout set "tcp_300" goto permit']],
    ["web plain", ['tcp dport 80 ct timeout set "tcp_300" goto permit']],
  ])("%s", (names, rules) => {
    const expected =
      rules.length === 0 ? [] : ["chain idle_1_g1 {", ...rules.map((it) => `\t${it}`), "\tgoto permit", "}"];
    expect(idleChains([names, "permit"])).toEqual(expected);
  });

  test("policies with equal services share one, refusing policies need none", () => {
    expect(idleChains(["web ask", "permit"], ["web ask", "permit"], ["web", "deny"], ["ask", "reject"])).toHaveLength(
      5,
    );
  });

  test("the rule leads there instead of to permit", () => {
    const { chains } = tableOf(["web", "permit"], ["plain", "permit"]);
    expect(printChain(chains.find(({ name }) => name === "pair_a_b_g1")!)).toEqual([
      "chain pair_a_b_g1 {",
      '\ttcp dport 80 ct mark set 17 goto idle_1_g1 comment "policy p0"',
      '\ttcp dport 1-1000 ct mark set 18 goto permit comment "policy p1"',
      expect.stringContaining("default-policy"),
      "}",
    ]);
  });
});

test("one object for each protocol and time", () => {
  const { timeouts = [] } = tableOf(
    ["web ask", "permit"],
    ["alt mixed", "permit"],
    ["open", "permit"],
    ["web", "deny"],
  );
  expect(timeouts.map((timeout) => printTimeout(timeout).join(" ").replaceAll("\t", ""))).toEqual([
    "ct timeout tcp_300 { protocol tcp; policy = { syn_sent: 20, syn_recv: 20, established: 300, time_wait: 2 }; }",
    "ct timeout udp_4 { protocol udp; policy = { unreplied: 4, replied: 4 }; }",
    "ct timeout tcp_60 { protocol tcp; policy = { syn_sent: 20, syn_recv: 20, established: 60, fin_wait: 60, time_wait: 2 }; }",
    "ct timeout udp_60 { protocol udp; policy = { unreplied: 60, replied: 60 }; }",
    "ct timeout tcp_never { protocol tcp; policy = { syn_sent: 20, syn_recv: 20, established: 2000000, time_wait: 2 }; }",
  ]);
});

test("without times there is neither object nor chain", () => {
  const table = tableOf(["plain", "permit"], ["web", "deny"]);
  expect(table.timeouts).toBeUndefined();
  expect(table.chains.some(({ name }) => name.startsWith("idle"))).toBe(false);
});
