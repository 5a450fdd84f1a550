// Advice for mistyped words: slips are found, other names are not offered, and a hint never costs much.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, editDistance, nearestName } from "./did-you-mean.ts";

const statements = [
  "version", "system", "services", "security", "interfaces", "snmp", "routing-options", "routing-instances", "firewall",
  "policy-options", "applications", "schedulers", "vlans", "mtu", "to", "unit",
]; // prettier-ignore
const security = ["address-book", "alg", "ike", "ipsec", "nat", "policies", "screen", "utm", "zones"];
const match = [
  "source-address", "destination-address", "source-address-excluded", "source-identity", "application", "from-zone",
]; // prettier-ignore
const actions = ["permit", "deny", "reject", "log", "count"];
const zones = ["trust", "untrust", "dmz", "web", "app", "db", "internet", "management-net"];
const applications = [
  "junos-ftp", "junos-ssh", "junos-http", "junos-https", "junos-http-ext", "junos-dns-udp", "junos-dns-tcp",
  "junos-msn", "junos-imap", "junos-icmp-all", "junos-icmp-ping",
]; // prettier-ignore
const addresses = ["web-1", "web-2", "app-servers", "db-servers", "h-10.0.0.1", "lan", "lan-guests"];

describe("a slip is found", () => {
  test.each<[wrong: string, among: readonly string[], right: string]>([
    ["secuirty", statements, "security"],
    ["secrity", statements, "security"],
    ["sytem", statements, "system"],
    ["interface", statements, "interfaces"],
    ["aplicatoins", statements, "applications"],
    ["routing_options", statements, "routing-options"],
    ["snpm", statements, "snmp"],
    ["mut", statements, "mtu"],
    ["units", statements, "unit"],
    ["adress-book", security, "address-book"],
    ["address_book", security, "address-book"],
    ["Zones", security, "zones"],
    ["nats", security, "nat"],
    ["src-address", match, "source-address"],
    ["destination-adress", match, "destination-address"],
    ["source-adress-exclude", match, "source-address-excluded"],
    ["permits", actions, "permit"],
    ["rejct", actions, "reject"],
    ["trsut", zones, "trust"],
    ["untrsut", zones, "untrust"],
    ["Trust", zones, "trust"],
    ["dbs", zones, "db"],
    ["ap", zones, "app"],
    ["wbe", zones, "web"],
    ["junos-htp", applications, "junos-http"],
    ["junos-htps", applications, "junos-https"],
    ["junos-dns-upd", applications, "junos-dns-udp"],
    ["web1", addresses, "web-1"],
    ["app-server", addresses, "app-servers"],
    ["APP-SERVERS", addresses, "app-servers"],
    ["X", ["y", "x"], "x"],
    ["db", ["dbx", "dby"], "dbx"],
  ])("%s among %j is %s", (wrong, among, right) => {
    expect(nearestName(wrong, among)).toBe(right);
  });
});

describe("a part of one name is found", () => {
  test.each<[wrong: string, among: readonly string[], right: string]>([
    ["policy", security, "policies"],
    ["policy", statements, "policy-options"],
    ["policies", ["policy", "match"], "policy"],
    ["management", zones, "management-net"],
    ["source-addr", match, "source-address"],
    ["http", applications, "junos-http"],
    ["ssh", applications, "junos-ssh"],
  ])("%s among %j is %s", (wrong, among, right) => {
    expect(nearestName(wrong, among)).toBe(right);
  });
});

describe("another name is not offered", () => {
  test.each<[wrong: string, among: readonly string[]]>([
    ["nat", statements],
    ["zones", statements],
    ["routing", statements],
    ["completely-different", statements],
    ["ipsec-vpn", security],
    ["source", match],
    ["allow", actions],
    ["accept", actions],
    ["drop", actions],
    ["wan", zones],
    ["any", zones],
    ["x", zones],
    ["x", ["y", "z"]],
    ["junos-dns", applications],
    ["junos-icmp", applications],
    ["junos-ssl", applications],
    ["tcp-443", applications],
    ["web-3", addresses],
    ["h-10.0.0.2", addresses],
    ["wan", addresses],
    ["server", addresses],
    ["", statements],
    ["anything", []],
  ])("%s among %j is nothing", (wrong, among) => {
    expect(nearestName(wrong, among)).toBeUndefined();
  });
});

test("the sentence", () => {
  expect(didYouMean("zonse", ["zones"])).toBe('did you mean "zones"?');
  expect(didYouMean("zonse\u001b", ["zonse\u001b\u001b"])).toBe('did you mean "zonse\\u001b\\u001b"?');
  expect(didYouMean("zonse", [])).toBeUndefined();
});

test("laws: a name is its own nearest; what is named is one of the candidates; case does not count", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "c", "-", ".", "1"), maxLength: 9 });
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 6 }), (word, names) => {
      const nearest = nearestName(word, names);
      if (names.includes(word) && word !== "") expect(nearest).toBe(word);
      if (nearest !== undefined) expect(names).toContain(nearest);
      expect(nearestName(word.toUpperCase(), names)).toBe(nearest);
    }),
  );
});

test("a hint costs little, whatever the words are", () => {
  const names = Array.from({ length: 30_000 }, (_, at) => `junos-application-of-a-long-name-${at}`);
  const long = `${"x".repeat(254)}y`;
  const start = performance.now();
  nearestName("junos-aplication-of-a-long-naem-7", names);
  nearestName("x".repeat(60_000), names);
  nearestName(
    "x".repeat(255),
    Array.from({ length: 50 }, () => long),
  );
  expect(performance.now() - start).toBeLessThan(1_000);
});

describe("edit distance", () => {
  test.each<[a: string, b: string, distance: number]>([
    ["", "", 0],
    ["a", "", 1],
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "acb", 1],
    ["web", "wbe", 1],
    ["abc", "ab", 1],
    ["abc", "xbc", 1],
    ["kitten", "sitting", 3],
  ])("from %j to %j it is %d slips", (a, b, distance) => {
    expect(editDistance(a, b, 10)).toBe(distance);
  });

  test("is symmetric, zero only for equal words, never above the longer one, and stops at its limit", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 5 }), (a, b, limit) => {
        const distance = editDistance(a, b, 99);
        expect(distance).toBe(editDistance(b, a, 99));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b, limit)).toBe(Math.min(limit, distance));
      }),
    );
  });
});
