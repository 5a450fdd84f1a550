// nft text of every construct, and that printing tells different things apart.

import { describe, expect, test } from "vitest";
import { parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { parseIpv4, parseIpv6 } from "@merlon/model/ip/address.ts";
import { printElement, printRule, printStatement, printValue, quote } from "./print-statement.ts";
import { printTable, printTransaction } from "./print.ts";
import type { NftCommand, NftStatement } from "./program.ts";
import {
  accept,
  ctMark,
  equals,
  goTo,
  iifname,
  inRanges,
  inState,
  jump,
  l4proto,
  nfproto,
  number,
  oifname,
  payload,
  pkttype,
  setMark,
  text,
} from "./statements.ts";

test.each<[NftStatement, string]>([
  [accept, "accept"],
  [goTo("permit"), "goto permit"],
  [jump("live"), "jump live"],
  [{ kind: "verdict", verdict: { kind: "return" } }, "return"],
  [equals(iifname, text("lo")), 'iifname "lo"'],
  [equals(oifname, text("ipv4")), "oifname ipv4"],
  [equals(nfproto, text("ipv6")), "meta nfproto ipv6"],
  [equals(pkttype, text("host")), "meta pkttype host"],
  [equals(l4proto, number(6)), "meta l4proto 6"],
  [inRanges(payload("tcp", "dport"), [{ first: 22, last: 22 }]), "tcp dport 22"],
  [inRanges(payload("udp", "sport"), [{ first: 1, last: 9 }]), "udp sport 1-9"],
  [
    inRanges(payload("tcp", "dport"), [
      { first: 22, last: 22 },
      { first: 80, last: 90 },
    ]),
    "tcp dport { 22, 80-90 }",
  ],
  [inState("established", "related"), "ct state established,related"],
  [{ kind: "lookup", key: [ctMark], set: "revoked", negated: true }, "ct mark != @revoked"],
  [{ kind: "lookup", key: [payload("ip", "saddr")], set: "a", negated: false }, "ip saddr @a"],
  [{ kind: "vmap", key: [iifname, oifname], map: "pairs_g1" }, "iifname . oifname vmap @pairs_g1"],
  [setMark(16), "ct mark set 16"],
  [{ kind: "set-mark", target: "meta", value: "ct mark" }, "meta mark set ct mark"],
  [{ kind: "counter" }, "counter"],
  [
    { kind: "log", group: 5, prefix: "deny", snapLength: 128, queueThreshold: 64 },
    'log prefix "deny" group 5 snaplen 128 queue-threshold 64',
  ],
  [{ kind: "reject", with: "tcp-reset" }, "reject with tcp reset"],
  [{ kind: "reject", with: "port-unreachable" }, "reject with icmpx port-unreachable"],
  [{ kind: "reject", with: "admin-prohibited" }, "reject with icmpx admin-prohibited"],
  [{ kind: "foreign", text: "{}" }, "<{}>"],
])("%j", (statement, printed) => {
  expect(printStatement(statement)).toBe(printed);
});

describe("addresses", () => {
  const v4 = (first: string, last: string): IpRange => ({
    family: 4,
    first: parseIpv4(first)!,
    last: parseIpv4(last)!,
  });
  const v6 = (first: string, last: string): IpRange => ({
    family: 6,
    first: parseIpv6(first)!,
    last: parseIpv6(last)!,
  });
  test.each<[IpRange, string]>([
    [v4("10.0.0.1", "10.0.0.1"), "10.0.0.1"],
    [v4("10.0.0.0", "10.255.255.255"), "10.0.0.0/8"],
    [v4("10.0.0.0", "10.0.0.1"), "10.0.0.0/31"],
    [v4("10.0.0.1", "10.0.0.2"), "10.0.0.1-10.0.0.2"],
    [v4("10.0.0.0", "10.0.0.2"), "10.0.0.0-10.0.0.2"],
    [v4("0.0.0.0", "255.255.255.255"), "0.0.0.0/0"],
    [v4("0.0.0.0", "255.255.255.254"), "0.0.0.0-255.255.255.254"],
    [v4("128.0.0.0", "255.255.255.255"), "128.0.0.0/1"],
    [v6("2001:db8::", "2001:db8::"), "2001:db8::"],
    [v6("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), "2001:db8::/32"],
    [v6("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "::/0"],
    [v6("::1", "::2"), "::1-::2"],
  ])("%#", (range, printed) => {
    expect(printValue({ kind: "addresses", range })).toBe(printed);
  });

  test("every prefix length is found again", () => {
    for (let length = 0; length <= 128; length++) {
      for (const address of ["255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]) {
        const prefix = parsePrefix(`${address}/${length}`);
        if (prefix === undefined) continue;
        const printed = printValue({ kind: "addresses", range: rangeOfPrefix(prefix) });
        const host = length === (prefix.address.family === 4 ? 32 : 128);
        expect(printed).toMatch(host ? new RegExp(`^${address}$`) : new RegExp(`/${length}$`));
      }
    }
  });
});

test("elements are a key, or a key and where it leads", () => {
  expect(printElement({ key: [text("a"), text("b")], data: { kind: "goto", chain: "c" } })).toBe('"a" . "b" : goto c');
  expect(printElement({ key: [number(1)], data: { kind: "drop" } })).toBe("1 : drop");
  expect(printElement({ key: [number(1)], data: [number(2)] })).toBe("1 : 2");
  expect(printElement({ key: "rest", data: [number(2), number(3)] })).toBe("* : 2 . 3");
});

test("comments stand last, in quotes", () => {
  expect(printRule({ statements: [accept], comment: "policy p" })).toBe('accept comment "policy p"');
});

test.each(['a"b', "a\nb", "a\0b"])("%j cannot be written in nft's language", (bad) => {
  expect(() => quote(bad)).toThrow(/cannot write/);
});

describe("transactions", () => {
  const hook = { type: "filter", hook: "forward", priority: -10, policy: "drop" } as const;
  test.each<[NftCommand, string]>([
    [{ kind: "add-table" }, "add table inet merlon\n"],
    [{ kind: "delete-table" }, "delete table inet merlon\n"],
    [{ kind: "add-chain", chain: { name: "c", rules: [] } }, "add chain inet merlon c\n"],
    [
      { kind: "add-chain", chain: { name: "f", hook, rules: [] } },
      "add chain inet merlon f { type filter hook forward priority -10; policy drop; }\n",
    ],
    [
      { kind: "add-rules", chain: "c", rules: [{ statements: [accept] }, { statements: [jump("d")] }] },
      "add rule inet merlon c accept\nadd rule inet merlon c jump d\n",
    ],
    [{ kind: "add-rules", chain: "c", rules: [] }, ""],
    [{ kind: "flush-chain", name: "c" }, "flush chain inet merlon c\n"],
    [{ kind: "delete-chain", name: "c" }, "delete chain inet merlon c\n"],
    [
      {
        kind: "add-set",
        set: { name: "s", key: ["mark"], interval: false, counter: true, elements: [{ key: [number(1)] }] },
      },
      "add set inet merlon s { type mark; counter; elements = { 1 }; }\n",
    ],
    [
      { kind: "add-set", set: { name: "s", key: ["ipv4_addr"], interval: true, counter: false, elements: [] } },
      "add set inet merlon s { type ipv4_addr; flags interval; }\n",
    ],
    [
      {
        kind: "add-set",
        set: { name: "m", key: ["ifname", "ifname"], data: "verdict", interval: false, counter: false, elements: [] },
      },
      "add map inet merlon m { type ifname . ifname : verdict; }\n",
    ],
    [
      { kind: "add-elements", set: "s", elements: [{ key: [number(1)] }, { key: [number(2)] }] },
      "add element inet merlon s { 1, 2 }\n",
    ],
    [
      { kind: "delete-elements", set: "m", elements: [{ key: [text("a")], data: { kind: "drop" } }] },
      'delete element inet merlon m { "a" }\n',
    ],
    [{ kind: "flush-set", name: "s" }, "flush set inet merlon s\n"],
    [{ kind: "flush-set", name: "m", map: true }, "flush map inet merlon m\n"],
    [{ kind: "delete-set", name: "s" }, "delete set inet merlon s\n"],
    [{ kind: "delete-set", name: "m", map: true }, "delete map inet merlon m\n"],
    [
      { kind: "add-timeout", timeout: { name: "tcp_300", protocol: "tcp", seconds: { close: 10, established: 300 } } },
      "add ct timeout inet merlon tcp_300 { protocol tcp; policy = { established: 300 }; }\n",
    ],
    [
      { kind: "add-timeout", timeout: { name: "u", protocol: "udp", seconds: { replied: 4, unreplied: 5 } } },
      "add ct timeout inet merlon u { protocol udp; policy = { unreplied: 5, replied: 4 }; }\n",
    ],
    [
      { kind: "add-timeout", timeout: { name: "u", protocol: "udp", seconds: {} } },
      "add ct timeout inet merlon u { protocol udp; policy = { unreplied: 30 }; }\n",
    ],
    [{ kind: "delete-timeout", name: "u" }, "delete ct timeout inet merlon u\n"],
    [
      { kind: "add-rules", chain: "c", rules: [{ statements: [{ kind: "set-timeout", timeout: "u" }, accept] }] },
      'add rule inet merlon c ct timeout set "u" accept\n',
    ],
    [{ kind: "delete-other", other: { word: "ct helper", name: "h" } }, "delete ct helper inet merlon h\n"],
  ])("%j", (command, printed) => {
    expect(printTransaction([command])).toBe(printed);
  });

  test("many elements are broken into lines", () => {
    const elements = Array.from({ length: 1201 }, (_, value) => ({ key: [number(value)] }));
    const added = printTransaction([{ kind: "add-elements", set: "s", elements }])
      .trimEnd()
      .split("\n");
    expect(added).toHaveLength(3);
    const set = { name: "s", key: ["mark"], interval: false, counter: false, elements } as const;
    expect(
      printTransaction([{ kind: "add-set", set }])
        .trimEnd()
        .split("\n"),
    ).toHaveLength(3);
  });
});

test("an empty table", () => {
  expect(printTable({ family: "inet", name: "merlon", sets: [], chains: [] })).toBe("table inet merlon {\n}\n");
});
