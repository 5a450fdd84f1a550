// NAT configurations as tables: what each mistake is called, what a rule that cannot be followed does, and in which order
// rule sets are asked.

import { describe, expect, test } from "vitest";
import { formatIp } from "@merlon/model/ip/address.ts";
import { codesOf, compileText, packetOf, zoneLines } from "../testing/compile-text.ts";
import { noRuleIds } from "../rule-ids.ts";
import { translateDestination, translateSource } from "./translate.ts";
import type { Translation } from "./translate.ts";

const zones = zoneLines("in", "out");

/** `s a then source-nat off` is a line of rule `a` in source rule set `s`. */
function lines(text: string): string {
  const kinds = { s: "source", d: "destination", t: "static" } as const;
  return text
    .split(";")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const read = /^([sdt]) (\w+) (match|then|description) (.*)$/.exec(line);
      if (read === null) return `set ${line.startsWith("security") ? line : `security nat ${line}`}\n`;
      const [, kind = "s", rule, word, rest] = read;
      return `set security nat ${kinds[kind as keyof typeof kinds]} rule-set ${kind} rule ${rule} ${word} ${rest}\n`;
    })
    .join("");
}

const [sides, from, outer] = [
  "source rule-set s from zone in; source rule-set s to zone out;",
  "destination rule-set d from zone out;",
  "static rule-set t from zone out;",
];
const all = "match source-address 0.0.0.0/0";
const web = "d a match destination-address 198.51.100.1/32;";

describe("mistakes", () => {
  test.each<[string, string, readonly string[]]>([
    ["none", `${sides} s a ${all}; s a then source-nat interface`, []],
    ["no side", `source rule-set s from zone in; s a ${all}; s a then source-nat off`, ["error nat.no-context"]],
    ["a zone that is none", "destination rule-set d from zone inn", ["error nat.unknown-context"]],
    ["an interface that is none", "static rule-set t from interface eth9.0", ["error nat.unknown-context"]],
    ["the gateway itself", "static rule-set t from zone junos-host", ["warning nat.own-sessions"]],
    ["an instance", "static rule-set t from routing-instance blue", ["warning nat.no-instance"]],
    ["the default instance", "static rule-set t from routing-instance default", []],
    ["two sets for the same traffic", `${from} destination rule-set e from zone out`, ["error nat.same-context"]],
    ["no action", `${sides} s a ${all}`, ["error nat.no-action"]],
    ["no destination", `${from} d a then destination-nat off`, ["error nat.no-destination"]],
    ["any unicast destination", `${from} d a match destination-address any-unicast; d a then destination-nat off`, []],
    ["persistent", `${sides} s a ${all}; s a then source-nat interface persistent-nat permit target-host`, []],
    [
      "addresses of an interface bound",
      `${sides} s a ${all}; s a then source-nat interface persistent-nat address-mapping`,
      ["warning nat.persistent"],
    ],
    [
      "persistent, and shifted",
      `source pool p address 198.51.100.0/29; source pool p host-address-base 10.0.0.0/32;
       ${sides} s a ${all}; s a then source-nat pool p persistent-nat permit target-host`,
      ["warning nat.persistent"],
    ],
    [
      "more addresses than are used for bindings",
      `source pool p address 198.51.100.0/23; ${sides} s a ${all}; s a then source-nat pool p persistent-nat permit target-host`,
      ["warning nat.persistent"],
    ],
    [
      "all of them bound by themselves",
      `source pool p address 198.51.100.0/23; ${sides} s a ${all}; s a then source-nat pool p persistent-nat address-mapping`,
      [],
    ],
    [
      "an overflow without a shift",
      "source pool p address 10.0.0.1/32; source pool p overflow-pool interface",
      ["warning nat.overflow-unused"],
    ],
    ["an unknown pool", `${sides} s a ${all}; s a then source-nat pool p`, ["error nat.unknown-pool"]],
    ["an unknown pool, inward", `${from} ${web} d a then destination-nat pool p`, ["error nat.unknown-pool"]],
    ["a pool without an address", "source pool p port no-translation", ["error nat.empty-pool"]],
    ["an inward pool without an address", "destination pool p description x", ["error nat.empty-pool"]],
    [
      "a range backwards",
      "source pool p address 10.0.0.9/32 to 10.0.0.1/32",
      ["error nat.bad-range", "error nat.empty-pool"],
    ],
    [
      "ports backwards",
      "source pool p address 10.0.0.9/32; source pool p port range 2000 to 1999",
      ["error nat.bad-port-range"],
    ],
    ["a pool that is too large", "destination pool p address 10.0.0.0/15", ["error limit.nat-pool"]],
    [
      "a shift of two ranges",
      "source pool p address 10.0.0.0/24; source pool p address 10.0.2.0/24; source pool p host-address-base 10.9.0.0/32",
      ["error nat.bad-shift"],
    ],
    [
      "a shift past the end",
      "source pool p address 10.0.0.0/24; source pool p host-address-base 255.255.255.9/32",
      ["error nat.bad-shift"],
    ],
    [
      "an overflow that cannot serve",
      "source pool p address 10.0.0.0/24; source pool p overflow-pool p",
      ["error nat.bad-overflow"],
    ],
    [
      "an unknown address",
      `${sides} s a match source-address-name x; s a then source-nat off`,
      ["error nat.unknown-address"],
    ],
    [
      "an unknown application",
      `${sides} s a match application x; s a then source-nat off`,
      ["error nat.unknown-application"],
    ],
    [
      "ports and an application",
      `${sides} s a match application junos-http; s a match destination-port 80; s a then source-nat off`,
      ["error nat.application-and-ports"],
    ],
    [
      "ports of a protocol without",
      `${sides} s a match protocol icmp; s a match destination-port 80; s a then source-nat off`,
      ["error nat.ports-without-protocol"],
    ],
    [
      "lengths that differ",
      `${outer} t a match destination-address 198.51.100.0/28; t a then static-nat prefix 10.0.0.0/27`,
      ["error nat.static-size"],
    ],
    [
      "host bits",
      `${outer} t a match destination-address 198.51.100.1/28; t a then static-nat prefix 10.0.0.0/28`,
      ["warning nat.host-bits"],
    ],
    [
      "ports on one side",
      `${outer} t a match destination-address 198.51.100.1/32; t a match destination-port 80; t a then static-nat prefix 10.0.0.1/32`,
      ["error nat.static-ports"],
    ],
    [
      "too many ports",
      `${outer} t a match destination-address 198.51.100.0/24; t a match destination-port 1000 to 1999
       ; t a then static-nat prefix 10.0.0.0/24 mapped-port 1000 to 1999`,
      ["error limit.nat-ports"],
    ],
    ["proxy ARP on no interface", "proxy-arp interface eth9.0 address 10.0.0.1/32", ["error nat.unknown-context"]],
    ["proxy ARP for IPv6", "proxy-arp interface eth-in.0 address fd00::1/128", ["error nat.bad-range"]],
    ["proxy ARP for a network", "proxy-arp interface eth-in.0 address 10.0.0.0/8", ["error nat.bad-range"]],
    [
      "proxies without end",
      "proxy-arp interface eth-in.0 address 10.0.0.0/20; proxy-arp interface eth-in.0 address 10.1.0.0/20",
      ["error limit.nat-proxies"],
    ],
  ])("%s", (_, text, expected) => {
    expect(codesOf(compileText(zones + lines(text)))).toEqual(expected);
  });
});

/** What happens to `in out 10.0.0.1 192.0.2.1 tcp 80` or the other way. */
function outcome(text: string, packet: string): string {
  const { ir } = compileText(zones + lines(text));
  const { fromZone, toZone, ...header } = packetOf(packet);
  const inward = translateDestination(ir, `eth-${fromZone}`, header);
  const destination =
    inward.kind === "translate" && inward.to.kind === "exact" ? inward.to.address : header.destination;
  const outward = translateSource(ir, `eth-${fromZone}`, `eth-${toZone}`, { ...header, destination });
  return (
    [inward, outward]
      .map(textOf)
      .filter((part) => part !== "")
      .join(", ") || "nothing"
  );
}

function textOf(translation: Translation): string {
  if (translation.kind === "none") return "";
  const by = `${translation.by.set.name} ${translation.by.rule.name}`;
  if (translation.kind !== "translate") return `${by} ${translation.kind}`;
  const { to } = translation;
  return to.kind === "exact"
    ? `${by} ${formatIp(to.address)}${to.port === undefined ? "" : `:${to.port}`}`
    : `${by} ${to.kind}`;
}

describe("what cannot be followed refuses what it matches", () => {
  const inwards = "out in 192.0.2.1 198.51.100.1 tcp 80";
  test.each<[string, string, string, string]>([
    [
      "NAT64",
      `${outer} t a match destination-address 2001:db8::1/128; t a then static-nat prefix 10.0.0.1/32`,
      "out in 2001:db8::9 2001:db8::1 tcp 80",
      "t a refuse",
    ],
    [
      "a prefix translation without state",
      `${outer} t a match destination-address 2001:db8:1::/48; t a then static-nat nptv6-prefix fd00::/48`,
      "out in 2001:db8::9 2001:db8:1::1 tcp 80",
      "t a refuse",
    ],
    [
      "a mapping by port-forwarding",
      `destination port-forwarding f description x; ${from} ${web} d a then destination-nat port-forwarding-mappings f`,
      inwards,
      "d a refuse",
    ],
    [
      "a pool of the other version",
      `source pool p address 2001:db8::1/128; ${sides} s a ${all}; s a then source-nat pool p`,
      "in out 10.0.0.1 192.0.2.1 tcp 80",
      "s a refuse",
    ],
  ])("%s", (_, text, packet, expected) => {
    expect(outcome(text, packet)).toBe(expected);
  });
});

test("where traffic goes to counts more than where it comes from, an interface more than a zone", () => {
  const kinds = { interface: "interface eth-", zone: "zone ", instance: "routing-instance default " } as const;
  const set = (name: string, a: keyof typeof kinds, b: keyof typeof kinds) => {
    const side = (kind: keyof typeof kinds, zone: string) =>
      `${kinds[kind]}${kind === "instance" ? "" : zone}${kind === "interface" ? ".0" : ""}`;
    return `source rule-set ${name} from ${side(a, "in")}; source rule-set ${name} to ${side(b, "out")}
      ; source rule-set ${name} rule r match source-address 10.0.0.0/8; source rule-set ${name} rule r then source-nat off;`;
  };
  const order = ["interface", "zone", "instance"].flatMap((to) =>
    ["interface", "zone", "instance"].map((source) => [source, to] as [keyof typeof kinds, keyof typeof kinds]),
  );
  const text = order
    .toReversed()
    .map(([a, b]) => set(`${a}-${b}`, a, b))
    .join("");
  const { ir, diagnostics } = compileText(zones + lines(text));
  expect(diagnostics).toEqual([]);
  expect(ir.nat?.source.map(({ name }) => name)).toEqual(order.map(([a, b]) => `${a}-${b}`));
});

test("a rule set without a rule for a packet leaves it to a more general one", () => {
  const text = `
    source rule-set narrow from zone in; source rule-set narrow to interface eth-out.0
    ; source rule-set narrow rule a match source-address 10.1.0.0/16; source rule-set narrow rule a then source-nat off
    ; ${sides} s b ${all}; s b then source-nat interface`;
  expect(outcome(text, "in out 10.1.0.1 192.0.2.1 tcp 80")).toBe("narrow a off");
  expect(outcome(text, "in out 10.2.0.1 192.0.2.1 tcp 80")).toBe("s b interface");
});

test("static before destination, backwards before source, the policy's destination for source rules", () => {
  const text = `
    destination pool p address 10.0.0.9/32; ${from} ${web} d a then destination-nat pool p
    ; d b match destination-address 198.51.100.2/32; d b then destination-nat pool p
    ; ${outer} t a match destination-address 198.51.100.1/32; t a then static-nat prefix 10.0.0.1/32
    ; ${sides} s a ${all}; s a then source-nat interface
    ; source rule-set back from zone out; source rule-set back to zone in
    ; source rule-set back rule r match destination-address 10.0.0.9/32; source rule-set back rule r then source-nat interface`;
  expect(outcome(text, "out in 192.0.2.1 198.51.100.1 tcp 80")).toBe("t a 10.0.0.1");
  expect(outcome(text, "out in 192.0.2.1 198.51.100.2 tcp 80")).toBe("d b 10.0.0.9, back r interface");
  expect(outcome(text, "in out 10.0.0.1 192.0.2.1 tcp 80")).toBe("t a 198.51.100.1");
  expect(outcome(text, "in out 10.0.0.2 192.0.2.1 tcp 80")).toBe("s a interface");
});

test("numbers of rules stay with their rules", () => {
  const one = lines(`${sides} s a ${all}; s a then source-nat off; s b ${all}; s b then source-nat interface`);
  const first = compileText(zones + one);
  const second = compileText(zones + one.replaceAll(" a ", " c "), first.ruleIds);
  const idOf = (compiled: typeof first, at: number) => compiled.ir.nat?.source[0]?.rules[at]?.id;
  expect(idOf(second, 1)).toBe(idOf(first, 1));
  expect(idOf(second, 0)).not.toBe(idOf(first, 0));
  expect(compileText(zones, noRuleIds).ir.nat).toBeUndefined();
});
