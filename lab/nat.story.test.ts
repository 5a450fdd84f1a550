// Every kind of translation with real packets: what the other side saw, what came back, by which policy and NAT rule. Each
// ruleset is read back from the kernel and must be what was written.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileText, policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { answerTo, NatNetwork } from "./nat-network.ts";
import type { Side } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const zones = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf")}
${policyLines(["out", "in"], "serve")}
`;

function source(rule: string, more = ""): string {
  return `
set security nat source rule-set s from zone in
set security nat source rule-set s to zone out
${more}
${rule
  .split(";")
  .map((line) => `set security nat source rule-set s rule ${line.trim()}\n`)
  .join("")}`;
}

interface Case {
  readonly name: string;
  readonly text: string;
  readonly from: Side;
  /** What is sent, and what arrives; `answered` is what the sender sees then. */
  readonly packets: readonly (readonly [sent: string, seen: string | RegExp])[];
}

const cases: readonly Case[] = [
  {
    name: "nothing",
    text: "",
    from: "client",
    packets: [["udp 10.9.0.2 4000 > 10.8.0.2 53", "udp 10.9.0.2 4000 > 10.8.0.2 53"]],
  },
  {
    name: "the address of the interface",
    text: source(
      "a match source-address 0.0.0.0/0; a then source-nat interface; b match source-address ::/0; b then source-nat interface",
    ),
    from: "client",
    packets: [
      ["udp 10.9.0.2 4001 > 10.8.0.2 53", /^udp 10\.2\.1\.1 \d{4,5} > 10\.8\.0\.2 53$/],
      ["tcp 10.9.0.7 4001 > 10.8.0.2 80", /^tcp 10\.2\.1\.1 \d{4,5} > 10\.8\.0\.2 80$/],
      ["icmp 10.9.0.2 > 10.8.0.2 7", /^icmp 10\.2\.1\.1 > 10\.8\.0\.2 \d{4,5}$/],
      ["udp fd00:9::2 4001 > fd00:8::2 53", /^udp fd00:2::1 \d{4,5} > fd00:8::2 53$/],
      ["icmp fd00:9::2 > fd00:8::2 8", /^icmp fd00:2::1 > fd00:8::2 \d{4,5}$/],
    ],
  },
  {
    name: "a pool of several ranges, ports too",
    text: source(
      "a match source-address 0.0.0.0/0; a then source-nat pool p; b match source-address ::/0; b then source-nat pool q",
      `set security nat source pool p address 198.51.100.10/32 to 198.51.100.12/32
       set security nat source pool p address 198.51.100.64/28
       set security nat source pool p port range 5000 to 5999
       set security nat source pool q address fd00:8::10/128 to fd00:8::1f/128
       set security nat source pool q address fd00:8:1::/64`,
    ),
    from: "client",
    packets: [
      ["udp 10.9.0.2 4001 > 10.8.0.2 53", /^udp 198\.51\.100\.\d+ 5\d\d\d > 10\.8\.0\.2 53$/],
      ["tcp 10.9.0.7 4001 > 10.8.0.2 80", /^tcp 198\.51\.100\.\d+ 5\d\d\d > 10\.8\.0\.2 80$/],
      ["icmp 10.9.0.8 > 10.8.0.2 7", /^icmp 198\.51\.100\.\d+ > 10\.8\.0\.2 5\d\d\d$/],
      ["tcp fd00:9::7 4001 > fd00:8::2 80", /^tcp fd00:8:\S+ \d{4,5} > fd00:8::2 80$/],
    ],
  },
  {
    name: "a pool without port translation, the same address for a source",
    text: source(
      "a match source-address 0.0.0.0/0; a then source-nat pool p",
      `set security nat source address-persistent
       set security nat source pool p address 198.51.100.10/32
       set security nat source pool p port no-translation`,
    ),
    from: "client",
    packets: [
      ["udp 10.9.0.2 4001 > 10.8.0.2 53", "udp 198.51.100.10 4001 > 10.8.0.2 53"],
      ["udp 10.9.0.2 4001 > 10.8.0.2 54", "udp 198.51.100.10 4001 > 10.8.0.2 54"],
      // The second host with the same port would need another one.
      ["udp 10.9.0.7 4001 > 10.8.0.2 53", "nothing"],
      ["udp 10.9.0.7 4002 > 10.8.0.2 53", "udp 198.51.100.10 4002 > 10.8.0.2 53"],
      ["icmp 10.9.0.2 > 10.8.0.2 7", "icmp 198.51.100.10 > 10.8.0.2 7"],
    ],
  },
  {
    name: "shifted addresses, aligned or not, and what lies outside",
    text: source(
      `a match source-address 10.9.1.0/24; a then source-nat pool p
       ;b match source-address 10.9.0.0/16; b then source-nat pool q`,
      `set security nat source pool p address 198.51.100.16/28
       set security nat source pool p host-address-base 10.9.1.32/32
       set security nat source pool q address 198.51.100.101/32 to 198.51.100.103/32
       set security nat source pool q host-address-base 10.9.2.7/32
       set security nat source pool q overflow-pool interface`,
    ),
    from: "client",
    packets: [
      ["udp 10.9.1.32 4001 > 10.8.0.2 53", "udp 198.51.100.16 4001 > 10.8.0.2 53"],
      ["tcp 10.9.1.47 4001 > 10.8.0.2 80", "tcp 198.51.100.31 4001 > 10.8.0.2 80"],
      ["udp 10.9.1.48 4001 > 10.8.0.2 53", "nothing"],
      ["udp 10.9.2.7 4001 > 10.8.0.2 53", "udp 198.51.100.101 4001 > 10.8.0.2 53"],
      ["udp 10.9.2.9 4001 > 10.8.0.2 53", "udp 198.51.100.103 4001 > 10.8.0.2 53"],
      ["udp 10.9.2.10 4001 > 10.8.0.2 53", /^udp 10\.2\.1\.1 \d+ > 10\.8\.0\.2 53$/],
      // No rule is about it.
      ["udp 10.1.1.2 4001 > 10.8.0.2 53", "udp 10.1.1.2 4001 > 10.8.0.2 53"],
    ],
  },
  {
    name: "rules in order, off, terms, and persistent NAT",
    text: source(
      `a match source-address 10.9.0.0/24; a match destination-port 25; a then source-nat off
       ;b match source-address 10.9.0.0/24; b match protocol udp; b match destination-address 10.8.0.0/24
       ;b then source-nat interface persistent-nat permit target-host-port
       ;c match application junos-http; c then source-nat pool p`,
      `set security nat source pool p address 198.51.100.10/32`,
    ),
    from: "client",
    packets: [
      ["tcp 10.9.0.1 4001 > 10.8.0.2 25", "tcp 10.9.0.1 4001 > 10.8.0.2 25"],
      ["udp 10.9.0.1 4001 > 10.8.0.2 53", /^udp 10\.2\.1\.1 \d{5} > 10\.8\.0\.2 53$/],
      ["udp 10.9.0.1 4001 > 10.8.0.2 54", /^udp 10\.2\.1\.1 \d{5} > 10\.8\.0\.2 54$/],
      ["tcp 10.9.0.1 4001 > 10.8.0.2 22", "tcp 10.9.0.1 4001 > 10.8.0.2 22"],
      ["tcp 10.9.0.1 4001 > 10.8.0.2 80", /^tcp 198\.51\.100\.10 \d+ > 10\.8\.0\.2 80$/],
    ],
  },
  {
    name: "destinations: address, port, block, off, and a source that is asked",
    text: `
      set security nat destination pool web address 10.9.0.2/32 port 8080
      set security nat destination pool any address 10.9.0.5/32
      set security nat destination pool block address 10.9.1.0/28
      set security nat destination pool uneven address 10.9.2.5/32 to 10.9.2.7/32
      set security nat destination pool six address fd00:9::80/128 port 8080
      set security nat destination rule-set d from zone out
      set security nat destination rule-set d rule no match destination-address 198.51.100.1/32
      set security nat destination rule-set d rule no match source-address 10.8.9.0/24
      set security nat destination rule-set d rule no then destination-nat off
      set security nat destination rule-set d rule web match destination-address 198.51.100.1/32
      set security nat destination rule-set d rule web match destination-port 80
      set security nat destination rule-set d rule web then destination-nat pool web
      set security nat destination rule-set d rule any match destination-address 198.51.100.2/32
      set security nat destination rule-set d rule any then destination-nat pool any
      set security nat destination rule-set d rule block match destination-address 198.51.100.16/28
      set security nat destination rule-set d rule block then destination-nat pool block
      set security nat destination rule-set d rule uneven match destination-address 198.51.100.32/29
      set security nat destination rule-set d rule uneven then destination-nat pool uneven
      set security nat destination rule-set d rule six match destination-address fd00:8::80/128
      set security nat destination rule-set d rule six match destination-port 80
      set security nat destination rule-set d rule six match protocol tcp
      set security nat destination rule-set d rule six then destination-nat pool six`,
    from: "server",
    packets: [
      ["tcp 10.8.0.2 4001 > 198.51.100.1 80", "tcp 10.8.0.2 4001 > 10.9.0.2 8080"],
      ["udp 10.8.0.2 4001 > 198.51.100.1 80", "udp 10.8.0.2 4001 > 10.9.0.2 8080"],
      ["tcp 10.8.0.2 4001 > 198.51.100.1 81", "nothing"],
      ["tcp 10.8.9.1 4001 > 198.51.100.1 80", "nothing"],
      ["tcp 10.8.0.2 4001 > 198.51.100.2 22", "tcp 10.8.0.2 4001 > 10.9.0.5 22"],
      ["icmp 10.8.0.2 > 198.51.100.2 9", "icmp 10.8.0.2 > 10.9.0.5 9"],
      ["udp 10.8.0.2 4001 > 198.51.100.19 53", "udp 10.8.0.2 4001 > 10.9.1.3 53"],
      ["udp 10.8.0.2 4001 > 198.51.100.34 53", "udp 10.8.0.2 4001 > 10.9.2.7 53"],
      ["udp 10.8.0.2 4001 > 198.51.100.35 53", "nothing"],
      ["tcp fd00:8::1 4001 > fd00:8::80 80", "tcp fd00:8::1 4001 > fd00:9::80 8080"],
    ],
  },
  ...(["server", "client"] as const).map((from) => ({
    name: `static addresses, networks and ports, begun by the ${from}`,
    text: `
      set security nat source rule-set s from zone in
      set security nat source rule-set s to zone out
      set security nat source rule-set s rule a match source-address 0.0.0.0/0
      set security nat source rule-set s rule a then source-nat interface
      set security nat static rule-set t from zone out
      set security nat static rule-set t rule one match destination-address 198.51.100.1/32
      set security nat static rule-set t rule one then static-nat prefix 10.9.0.2/32
      set security nat static rule-set t rule net match destination-address 198.51.100.64/27
      set security nat static rule-set t rule net then static-nat prefix 10.9.3.32/27
      set security nat static rule-set t rule port match destination-address 198.51.100.2/32
      set security nat static rule-set t rule port match destination-port 8000 to 8003
      set security nat static rule-set t rule port then static-nat prefix 10.9.0.9/32 mapped-port 80 to 83
      set security nat static rule-set t rule only match destination-address 198.51.100.3/32
      set security nat static rule-set t rule only match source-address 10.8.1.0/24
      set security nat static rule-set t rule only then static-nat prefix 10.9.0.10/32
      set security nat static rule-set t rule six match destination-address fd00:8:1::/64
      set security nat static rule-set t rule six then static-nat prefix fd00:9:1::/64`,
    from,
    packets:
      from === "server"
        ? ([
            ["tcp 10.8.0.2 4001 > 198.51.100.1 22", "tcp 10.8.0.2 4001 > 10.9.0.2 22"],
            ["icmp 10.8.0.2 > 198.51.100.70 9", "icmp 10.8.0.2 > 10.9.3.38 9"],
            ["udp 10.8.0.2 4001 > 198.51.100.2 8003", "udp 10.8.0.2 4001 > 10.9.0.9 83"],
            ["udp 10.8.0.2 4001 > 198.51.100.2 8004", "nothing"],
            ["udp 10.8.1.9 4001 > 198.51.100.3 53", "udp 10.8.1.9 4001 > 10.9.0.10 53"],
            ["udp 10.8.2.9 4001 > 198.51.100.3 53", "nothing"],
            ["tcp fd00:8:9::1 4001 > fd00:8:1::5 22", "tcp fd00:8:9::1 4001 > fd00:9:1::5 22"],
          ] as const)
        : ([
            ["tcp 10.9.0.2 4001 > 10.8.0.2 22", "tcp 198.51.100.1 4001 > 10.8.0.2 22"],
            ["icmp 10.9.3.38 > 10.8.0.2 9", "icmp 198.51.100.70 > 10.8.0.2 9"],
            ["udp 10.9.0.9 83 > 10.8.0.2 53", "udp 198.51.100.2 8003 > 10.8.0.2 53"],
            ["udp 10.9.0.9 84 > 10.8.0.2 53", /^udp 10\.2\.1\.1 \d+ > 10\.8\.0\.2 53$/],
            ["udp 10.9.0.10 4001 > 10.8.1.9 53", "udp 198.51.100.3 4001 > 10.8.1.9 53"],
            ["udp 10.9.0.10 4001 > 10.8.2.9 53", /^udp 10\.2\.1\.1 \d+ > 10\.8\.2\.9 53$/],
            ["tcp fd00:9:1::5 4001 > fd00:8::2 22", "tcp fd00:8:1::5 4001 > fd00:8::2 22"],
          ] as const),
  })),
];

describe.skipIf(!enclosed)("translation of real packets", () => {
  let net: NatNetwork;
  beforeAll(async () => {
    net = await NatNetwork.create({
      client: ["10.9.0.0/16", "fd00:9::/32"],
      server: ["10.8.0.0/16", "198.51.100.0/24", "fd00:8::/32"],
    });
  });
  afterAll(() => net[Symbol.asyncDispose]());

  test("a whole configuration stands in the kernel as written, and nft can list it", async () => {
    const golden = readFileSync(join(import.meta.dirname, "../compiler/golden/translation.conf"), "utf8");
    const { ir } = compileText(golden);
    expect(await net.enforce(ir)).toEqual([]);
    expect(await runNft("-j", "list", "ruleset")).toContain("nat_hits");
    expect(await runNft("list", "ruleset")).toContain("nat_hits");
    // Where nothing is translated, nothing of it is left.
    expect(await net.enforce(compileText(zones).ir)).toEqual([]);
    expect(await runNft("list", "ruleset")).not.toContain("nat");
  });

  test.each(cases)("$name", async ({ text, from, packets }) => {
    const { ir, diagnostics } = compileText(zones + text);
    expect(hasErrors(diagnostics) ? diagnostics : []).toEqual([]);
    expect(await net.enforce(ir)).toEqual([]);
    // Programs that read the ruleset by nft must not abort at ours.
    expect(await runNft("-j", "list", "ruleset")).toContain("merlon");
    await net.kernel.reviewSessions(() => ({ kind: "end" }));
    const back: Side = from === "client" ? "server" : "client";
    for (const [sent, expected] of packets) {
      const seen = await net.send(from, sent);
      if (typeof expected === "string") expect([sent, seen]).toEqual([sent, expected]);
      else expect(seen, sent).toMatch(expected);
      if (seen === "nothing") continue;
      expect(await net.send(back, answerTo(seen))).toBe(answerTo(sent).replace(/ answer$/, ""));
    }
  });
});
