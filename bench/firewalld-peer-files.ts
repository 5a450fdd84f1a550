// A policy as the files of firewalld: a zone for each device, a policy object for each pair of zones with one rich rule for
// each service of each policy, in order by priority, and an ipset for each group of addresses.
// Source of the formats: firewalld.policy(5), firewalld.richlanguage(5), firewalld.ipset(5).

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { benchPrefix } from "./bench-address.ts";
import type { PeerContext, PeerRule, PeerSide } from "./peer-rule.ts";

/** Texts by path below the configuration's folder. */
export type PeerFiles = ReadonlyMap<string, string>;

const verdicts = { permit: "<accept/>", deny: "<drop/>", reject: "<reject/>" } as const;
/** Rich rules are ordered by a 16-bit priority; those below zero come before all else. */
const firstPriority = -32_768;

export function firewalldPeerFiles(contexts: readonly PeerContext[]): PeerFiles {
  const family = contexts[0]?.family ?? 4;
  const files = new Map<string, string>();
  const sets = new Map<string, string>();
  const setOf = (ranges: readonly NumberRange[]): string => {
    const entries = ranges.flatMap((range) => prefixesOf(family, range));
    const content = entries.join(" ");
    const known = sets.get(content);
    if (known !== undefined) return known;
    const name = `group-${sets.size}`;
    sets.set(content, name);
    files.set(
      `ipsets/${name}.xml`,
      document("ipset", ' type="hash:net"', [
        ...(family === 6 ? ['<option name="family" value="inet6"/>'] : []),
        ...entries.map((entry) => `<entry>${entry}</entry>`),
      ]),
    );
    return name;
  };
  for (const device of new Set(contexts.flatMap(({ inDevice, outDevice }) => [inDevice, outDevice]))) {
    files.set(`zones/${device}.xml`, document("zone", ' target="DROP"', [`<interface name="${device}"/>`]));
  }
  for (const { inDevice, outDevice, rules } of contexts) {
    const pair = [`<ingress-zone name="${inDevice}"/>`, `<egress-zone name="${outDevice}"/>`];
    const lines = rules.flatMap((rule, index) => ruleLines(family, rule, firstPriority + index, setOf));
    files.set(`policies/p${files.size}.xml`, document("policy", ' target="DROP"', [...pair, ...lines]));
  }
  files.set("firewalld.conf", "FirewallBackend=nftables\nIPv6_rpfilter=no\nLockdown=no\nLogDenied=off\n");
  return files;
}

function document(kind: string, attributes: string, lines: readonly string[]): string {
  return [`<?xml version="1.0" encoding="utf-8"?>`, `<${kind}${attributes}>`, ...lines, `</${kind}>`, ""].join("\n");
}

function ruleLines(
  family: Family,
  { source, destination, ports, action }: PeerRule,
  priority: number,
  setOf: (ranges: readonly NumberRange[]) => string,
): readonly string[] {
  const addresses = `${sideText(family, "source", source, setOf)}${sideText(family, "destination", destination, setOf)}`;
  const services =
    ports === undefined
      ? [""]
      : (["tcp", "udp"] as const).flatMap((protocol) =>
          ports[protocol].map(({ first, last }) => {
            const port = first === last ? String(first) : `${first}-${last}`;
            return `<port port="${port}" protocol="${protocol}"/>`;
          }),
        );
  return services.map(
    (service) => `<rule family="ipv${family}" priority="${priority}">${addresses}${service}${verdicts[action]}</rule>`,
  );
}

function sideText(
  family: Family,
  word: "source" | "destination",
  { ranges, excluded }: PeerSide,
  setOf: (ranges: readonly NumberRange[]) => string,
): string {
  if (ranges === undefined) return "";
  const prefixes = ranges.flatMap((range) => prefixesOf(family, range));
  const [only] = prefixes;
  const what = prefixes.length === 1 ? `address="${only}"` : `ipset="${setOf(ranges)}"`;
  return `<${word} ${what}${excluded ? ' invert="yes"' : ""}/>`;
}

/** The fewest prefixes that hold a range. */
export function prefixesOf(family: Family, { first, last }: NumberRange): readonly string[] {
  const prefixes: string[] = [];
  for (let at = first; at <= last;) {
    let size = 1;
    while (at % (size * 2) === 0 && at + size * 2 - 1 <= last) size *= 2;
    prefixes.push(benchPrefix(family, at, 32 - Math.log2(size)));
    at += size;
  }
  return prefixes;
}
