// From statements to checks: defaults, white lists, numbers of headers and options, and what a kernel lacks.

import { describe, expect, test } from "vitest";
import { compile } from "../compile.ts";
import { noRuleIds } from "../rule-ids.ts";
import { compileText, configurationOf } from "../testing/compile-text.ts";
import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import type { ScreenCheck } from "./screen.ts";

const zones = `
set security zones security-zone in screen s
set security zones security-zone in interfaces eth1
`;

function textOf(...words: readonly string[]): string {
  return zones + ["description d", ...words].map((line) => `set security screen ids-option s ${line}\n`).join("");
}

function checksOf(...words: readonly string[]): readonly ScreenCheck[] {
  return compileText(textOf(...words)).ir.screens?.[0]?.checks ?? [];
}

const ofOne = { prefixLength4: 32, prefixLength6: 128 } as const;

test.each<[words: readonly string[], checks: readonly unknown[]]>([
  [["tcp land"], [{ kind: "header", attack: "land" }]],
  [["icmp flood"], [{ kind: "flood", attack: "icmp-flood", perSecond: 1_000, except: [] }]],
  [["udp flood threshold 5"], [{ kind: "flood", attack: "udp-flood", perSecond: 5, except: [] }]],
  [["icmp ip-sweep"], [{ kind: "sweep", attack: "icmp-sweep", protocol: "icmp", target: "address", withinMs: 5 }]],
  [
    ["udp port-scan threshold 20500"],
    [{ kind: "sweep", attack: "udp-port-scan", protocol: "udp", target: "port", withinMs: 21 }],
  ],
  [
    ["tcp syn-flood"],
    [
      {
        kind: "syn-flood",
        attackThreshold: 200,
        alarmThreshold: 512,
        sourceThreshold: 4_000,
        destinationThreshold: 4_000,
        timeoutSeconds: 20,
        except: [],
        cookies: true,
      },
    ],
  ],
  [
    ["ip ipv6-extension-header routing-header", "ip ipv6-extension-header user-defined-header-type 42 to 50"],
    [{ kind: "extension", headers: [{ first: 42, last: 50 }] }],
  ],
  [
    ["ip ipv6-extension-header hop-by-hop-header SMF-DPD-option"],
    [{ kind: "extension-option", header: "hop-by-hop", options: [{ first: 8, last: 8 }] }],
  ],
  [
    ["ip ipv6-extension-header destination-header"],
    [{ kind: "extension-option", header: "destination", options: "any" }],
  ],
  [
    ["ip tunnel ipip ipip-6to4relay", "ip tunnel gre gre-6in4"],
    [{ kind: "tunnel", tunnels: ["gre-6in4", "ipip-6to4relay"] }],
  ],
  [
    ["limit-session destination-ip-based 9", "aggregation destination-prefix-mask 24"],
    [
      {
        kind: "limit",
        attack: "destination-session-limit",
        what: "sessions",
        countMax: 9,
        by: { end: "destination", ...ofOne, prefixLength4: 24 },
        except: [],
      },
    ],
  ],
  [
    ["limit-session by-source by-protocol udp packet-rate 7"],
    [
      {
        kind: "limit",
        attack: "source-session-limit",
        what: "packets-per-second",
        countMax: 7,
        by: { end: "source", ...ofOne },
        protocol: "udp",
        except: [],
      },
    ],
  ],
])("%j", (words, checks) => {
  expect(checksOf(...words)).toEqual(checks);
});

test("white lists are their prefixes", () => {
  const lists = `set security screen white-list a address 10.0.0.0/8\nset security screen white-list b address fd00::/8\n`;
  const text =
    lists +
    textOf("udp flood white-list a", "udp flood white-list b", "tcp syn-flood white-list c source-address 10.1.0.0/16");
  const checks = compileText(text).ir.screens?.[0]?.checks ?? [];
  const flood = checks.find((check) => check.kind === "flood");
  const syn = checks.find((check) => check.kind === "syn-flood");
  expect(flood?.except.map(formatPrefix)).toEqual(["10.0.0.0/8", "fd00::/8"]);
  expect(syn?.except.map(({ sources, destinations }) => [sources.map(formatPrefix), destinations.length])).toEqual([
    [["10.1.0.0/16"], 0],
  ]);
});

test("each zone has numbers of its own, which stay when other checks come and go", () => {
  const more = `set security zones security-zone out screen s\nset security zones security-zone out interfaces eth2\n`;
  const first = compileText(more + textOf("tcp land", "ip spoofing"));
  const ids = first.ir.screens?.map(({ zone, ids: own }) => [zone, [...own]]);
  const second = compileText(more + textOf("ip spoofing", "tcp winnuke"), first.ruleIds);
  expect(new Set(ids?.flatMap(([, own]) => (own as [string, number][]).map(([, id]) => id))).size).toBe(4);
  for (const screen of second.ir.screens ?? []) {
    const before = first.ir.screens?.find(({ zone }) => zone === screen.zone);
    expect(screen.ids.get("spoofing")).toBe(before?.ids.get("spoofing"));
    expect([...(before?.ids.values() ?? [])]).not.toContain(screen.ids.get("winnuke"));
  }
});

describe("what is done otherwise than written is said", () => {
  test.each<[words: readonly string[], lacks: readonly string[], message: RegExp | undefined]>([
    [["ip tear-drop"], [], undefined],
    [["ip tear-drop", "alarm-without-drop"], [], /overlap also while the screen only alarms/],
    [["ip ipv6-extension-header-limit 4"], [], undefined],
    [["ip ipv6-extension-header-limit 5"], [], /limit 5 is never exceeded/],
    [["tcp syn-flood"], [], undefined],
    [["tcp syn-flood"], ["nft-synproxy"], /not answered with SYN cookies: this kernel has no nft synproxy/],
    [["tcp land"], ["nft-synproxy"], undefined],
  ])("%j without %j", (words, lacks, message) => {
    const options = { ruleIds: noRuleIds, lacks: new Set(lacks) };
    const { diagnostics, ir } = compile(configurationOf(textOf(...words)), options);
    const said = diagnostics.filter(({ code }) => code === "screen.kernel").map((one) => one.message);
    expect(said).toHaveLength(message === undefined ? 0 : 1);
    if (message !== undefined) expect(said[0]).toMatch(message);
    const flood = ir.screens?.[0]?.checks.find((check) => check.kind === "syn-flood");
    if (flood !== undefined) expect(flood.cookies).toBe(lacks.length === 0);
  });

  const nat = "set security nat source rule-set n from zone in\nset security nat source rule-set n to zone in\n";
  const rule = "set security nat source rule-set n rule r";
  test.each<[lines: string, cookies: boolean, message: RegExp | undefined]>([
    ["set security flow tcp-session no-syn-check\n", false, /no-syn-check is set/],
    ["set security nat destination pool p address 10.1.1.1/32\n", true, undefined],
    [`${nat}${rule} then source-nat interface\n`, true, undefined],
    [
      `${nat}${rule} then source-nat interface persistent-nat permit any-remote-host\n`,
      true,
      /persistent NAT has bound/,
    ],
  ])("%s", (lines, cookies, message) => {
    const { diagnostics, ir } = compileText(lines + textOf("tcp syn-flood"));
    const said = diagnostics.filter(({ code }) => code === "screen.kernel").map((one) => one.message);
    expect(said).toHaveLength(message === undefined ? 0 : 1);
    if (message !== undefined) expect(said[0]).toMatch(message);
    const flood = ir.screens?.[0]?.checks.find((check) => check.kind === "syn-flood");
    expect(flood?.cookies).toBe(cookies);
  });
});

test("a zone without a screen, and a screen without a zone, check nothing", () => {
  expect(
    compileText(zones.replace("screen s", "description x") + textOf("tcp land").replace(zones, "")).ir.screens,
  ).toBeUndefined();
});
