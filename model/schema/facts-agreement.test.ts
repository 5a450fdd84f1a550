// The statements that are written by hand against what the original's grammar says of the same ones: kinds, names of keys,
// words of a choice, limits of numbers and texts. A type is asked about words, so that two that are written differently and
// mean the same are the same. Every difference has its reason below; a reason without a difference is out of date.

import { describe, expect, test } from "vitest";
import { configurationSchema } from "./configuration.ts";
import { junosStatements } from "./junos-facts.ts";
import { flag, key, leaf, list } from "./node.ts";
import type { SchemaNode } from "./node.ts";
import { integer, oneOf, plainName } from "./value.ts";
import type { ValueType } from "./value.ts";

/** `narrower`: words that the original takes are refused; `wider`: others are accepted. */
type Difference = `${"narrower" | "wider" | "other"} ${string}`;

const lengths = [15, 16, 31, 32, 63, 64, 127, 128, 129, 253, 254, 255, 256, 900, 901];
const numbers = [
  0, 1, 2, 3, 4, 15, 16, 67, 68, 100, 255, 256, 1440, 1441, 16_385, 16_386, 65_535, 65_536, 86_400, 86_401,
  4_294_967_295, 4_294_967_296,
]; // prettier-ignore

const words = [
  ..."a Web1 a/b a.b a:b a_b -a _a .a 1a ä a+b a#b a@b a,b a&b a<b * <x> any all junos-host -1 00 01 0x10 1k".split(
    " ",
  ),
  "a b",
  ...lengths.map((length) => "a".repeat(length)),
  ...numbers.map(String),
  ..."10.0.0.1 10.0.0.1/32 10.0.0.1/24 10.0.0.0/24 10.0.0.0/33 10/8 10.1/16 0/0 default 0.0.0.0/0 ::/0".split(" "),
  ..."2001:db8::1 2001:db8::1/64 2001:db8::/32 2001:db8::/129 10.0.0.11/255.0.255.255 fe80::1%eth0".split(" "),
  ..."22-80 80-22 ssh ssh-telnet http tcp icmp6 icmpv6 gre never echo-request packet-too-big redirect".split(" "),
  ..."ge-0/0/0 ge-0/0/0.16385 xe-0/0/0:1 ge-0/0/* reth0.0 st0.1 lo0.0 irb.10 eth1 ens3f0np0.100".split(" "),
  ..."08:30 8:30 08:30:00 0830 24:00 8:30am 2026-11-22.08:30 11-22.08:30 2026-11-22 2026-2-3.08:30".split(" "),
  ..."example.com *.example.com _srv._tcp.example.com Europe/Berlin GMT+1 UTC".split(" "),
];

/** By the end of the path. The first reason whose pattern fits counts. */
const reasons: readonly (readonly [kinds: string, path: RegExp, reason: string])[] = [
  ["other", / kernel-name$/, "ours: the original's names are its devices"],
  [
    "other",
    /^routing-options (?:rib )?static route preference$/,
    "one number; the original's second part is not enforced",
  ],
  ["narrower", /^system (?:host-name|time-zone)$/, "host names and names of the time zone database are shorter"],
  ["narrower", / (?:policies|zones|attach|zone|global|match).* (?:<(?:from|to)-zone-name>|(?:from|to)-zone|zone <name>)$/,
    "a zone is named, and no zone has such a name"], // prettier-ignore
  ["narrower", / match (?:source-address|destination-address|application)$/, "an entry is named; none has such a name"],
  ["narrower", / match (?:dynamic-application|url-category|source-identity)$/, "names of the original are shorter"],
  ["narrower", /^security address-book <name>$/, "a book is named as what stands in it"],
  ["narrower", / screen$/, "a screen is named, and none has a blank in its name"],
  ["wider", / range-address(?: <name>| to range-high)$/, "ranges of IPv6 addresses are enforced too"],
  ["narrower", / ip-prefix$/, "the word for every address is any"],
  ["narrower", / wildcard-address <name>$/, "the original checks the form elsewhere"],
  [
    "narrower",
    / (?:dns-query-interval|session-update|(?:initial-tcp-|reverse-tcp-)?mss|tcp-initial-timeout|session-timeout|early-ageout|(?:low|high)-watermark)$/,
    "numbers are written in decimal and in full",
  ],
  ["narrower wider", / interfaces <name>$/, "names that the kernel has: 15 bytes, and they may begin with a digit"],
  ["narrower", /^interfaces interface <name>$/, "names that the kernel has; patterns stand in groups alone"],
  ["narrower", /^interfaces interface unit <name>$/, "the original checks the form elsewhere: 0 to 16385"],
  ["narrower", / mtu$/, "what an IPv4 link needs, and the kernel takes"],
  ["narrower", / inet6? address <name>$/, "an interface address has its length, and host bits that are its own"],
  ["narrower", /^routing-options (?:rib )?static route <name>$/, "the kernel refuses a route with host bits"],
  ["narrower", /^routing-options rib <name>$/, "a table is named, and none has a blank in its name"],
  [
    "narrower wider",
    /^routing-options (?:rib )?static route next-hop$/,
    "names that the kernel has, as for interfaces",
  ],
  ["narrower", /^applications application (?:term )?(?:protocol|(?:source|destination)-port|icmp6?-(?:type|code))$/,
    "the original checks the form elsewhere: names and numbers of the protocol"], // prettier-ignore
  ["narrower wider", /^security nat .*interface(?: <name>)?$/, "names that the kernel has, as for interfaces"],
  [
    "narrower wider",
    /^security nat proxy-.* (?:address <name>|ipaddr|ipv6addr)$/,
    "versions are told apart by the compiler",
  ],
  ["narrower", /^security nat .* (?:zone|routing-instance|[a-z-]+-name)$/,
    "an entry is named, and none has such a name"], // prettier-ignore
  [
    "narrower",
    /^security nat .* (?:(?:source|destination)-port <name>|high|low|port|inactivity-timeout|max-session-number)$/,
    "numbers are written in decimal",
  ],
  [
    "narrower",
    /^security nat .* (?:address|dst-addr|ipaddr|addr-prefix|address <name>)$/,
    "addresses are written in full",
  ],
  ["narrower", /^security nat .* (?:protocol|application)$/, "as in applications"],
  ["narrower", /^system (?:login|services) .*(?:threshold|period|timeout|uid|limit|max|interval|port|per-connection)$/,
    "numbers are written in decimal and in full"], // prettier-ignore
  ["narrower", /^system .* (?:plain-text-password-value|permissions|<name>|class)$/, "names and texts have a length"],
  ["wider", /^system services rest .* (?:addresses|allowed-sources)$/, "IPv6 addresses are served too"],
  ["narrower", /^system services rest https .*(?:certificate|authority)$/, "a file of such a name is meant"],
  ["narrower", /^system login class (?:allow|deny)-/, "an expression is one that can be matched"],
  ["narrower", /^system login deny-sources address$/, "addresses are written in full"],
  ["narrower", /^security screen .* (?:[a-z-]*threshold|type-high|user-defined-[a-z-]+ <name>)$/,
    "numbers are written in decimal and in full"], // prettier-ignore
  ["narrower", /^security screen .* (?:[a-z0-9-]+-mask|timeout|source-ip-based|destination-ip-based|[a-z]+-rate)$/,
    "numbers are written in decimal and in full"], // prettier-ignore
  ["narrower", /^security screen .* (?:maximum-sessions|ipv6-extension-header-limit)$/,
    "numbers are written in decimal and in full"], // prettier-ignore
  ["narrower", /^security screen ids-option <name>$/, "no screen has a blank in its name"],
  ["narrower", /^security screen .* white-?list$/, "an entry is named, and none has such a name"],
  ["narrower", /^security screen .*(?:source-|destination-)?address$/, "the word for every address is 0.0.0.0/0"],
  ["narrower", /^(?:system syslog|security log) .*(?:size|files|port|rate|rate-cap|event-rate|tcp-connections)$/,
    "numbers are written in decimal"], // prettier-ignore
  ["narrower", /^(?:system syslog|security log) .*(?:log-prefix|profiles?|ipaddr)$/, "names and texts have a length"],
  ["narrower", /^security forwarding-options secure-wire <name>$/, "names and texts have a length"],
  [
    "narrower wider",
    /^security forwarding-options secure-wire interface$/,
    "names that the kernel has, as for interfaces",
  ],
  ["narrower", /^interfaces interface unit vlan-id$/, "a VLAN has one tag of 802.1Q"],
  ["narrower", /^applications application (?:term )?inactivity-timeout$/, "the original checks the form elsewhere"],
];

function* differencesOf(path: string, written: SchemaNode, fact: SchemaNode | undefined): Generator<Difference> {
  if (fact === undefined || fact.kind !== written.kind) return yield `other ${path}`;
  switch (written.kind) {
    case "flag":
      return;
    case "leaf":
    case "leaf-list":
      if (fact.kind === "leaf" || fact.kind === "leaf-list") yield* typesOf(path, written.type, fact.type);
      if (written.kind === "leaf" && fact.kind === "leaf" && written.positional !== fact.positional)
        yield `other ${path}`;
      return;
    case "list":
      if (fact.kind !== "list") return;
      if (written.keys.length !== fact.keys.length || written.keyword !== fact.keyword) yield `other ${path}`;
      for (const [at, key] of written.keys.entries()) {
        const other = fact.keys[at];
        if (other === undefined || other.name !== key.name || other.word !== key.word)
          yield `other ${path} <${key.name}>`;
        else yield* typesOf(`${path} <${key.name}>`, key.type, other.type);
      }
      return yield* childrenOf(path, written.children, fact.children);
    case "container":
      if (fact.kind === "container") yield* childrenOf(path, written.children, fact.children);
  }
}

function* childrenOf(
  path: string,
  written: Readonly<Record<string, SchemaNode>>,
  facts: Readonly<Record<string, SchemaNode>>,
): Generator<Difference> {
  for (const [word, child] of Object.entries(written))
    yield* differencesOf(`${path} ${word}`.trim(), child, facts[word]);
}

function* typesOf(path: string, written: ValueType<unknown>, fact: ValueType<unknown>): Generator<Difference> {
  const asked = [...words, ...Object.keys({ ...written.words, ...written.wellKnown, ...fact.words })];
  const takes = (type: ValueType<unknown>, word: string): boolean => "value" in type.parse(word);
  if (asked.some((word) => takes(fact, word) && !takes(written, word))) yield `narrower ${path}`;
  if (asked.some((word) => takes(written, word) && !takes(fact, word))) yield `wider ${path}`;
}

test("what is written by hand says what the grammar says, but for reasons", () => {
  const differences = [...childrenOf("", configurationSchema.children, junosStatements())];
  const used = new Set<string>();
  const unexplained = differences.filter((difference) => {
    const [kind = "", ...path] = difference.split(" ");
    const found = reasons.find(([kinds, pattern]) => kinds.split(" ").includes(kind) && pattern.test(path.join(" ")));
    if (found !== undefined) used.add(`${kind} ${found[1].source}`);
    return found === undefined;
  });
  expect(unexplained).toEqual([]);
  const wanted = reasons.flatMap(([kinds, pattern]) => kinds.split(" ").map((kind) => `${kind} ${pattern.source}`));
  expect(wanted.filter((one) => !used.has(one))).toEqual([]);
});

describe("a difference is seen", () => {
  const number = (first: number, last: number): SchemaNode => leaf("x", integer(first, last));
  const choice = (...known: string[]): SchemaNode =>
    leaf("x", oneOf(Object.fromEntries(known.map((word) => [word, "x"]))));
  const entry = (keyName: string): SchemaNode => list("x", [key(keyName, plainName)], {});
  test.each<[what: string, written: SchemaNode, fact: SchemaNode | undefined, expected: readonly string[]]>([
    ["none", number(1, 255), number(1, 255), []],
    ["a higher limit", number(1, 256), number(1, 255), ["wider x"]],
    ["a lower limit", number(1, 254), number(1, 255), ["narrower x"]],
    ["a word less", choice("a", "b"), choice("a", "b", "c"), ["narrower x"]],
    ["a word more", choice("a", "b"), choice("b"), ["wider x"]],
    ["another word", choice("a"), choice("b"), ["narrower x", "wider x"]],
    ["another kind", number(1, 2), flag("x"), ["other x"]],
    ["unknown", number(1, 2), undefined, ["other x"]],
    ["another name of a key", entry("name"), entry("id"), ["other x <name>"]],
  ])("%s", (_, written, fact, expected) => {
    expect([...differencesOf("x", written, fact)]).toEqual(expected);
  });
});
