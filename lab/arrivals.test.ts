// The ruleset that notes arrivals, and the reading of what nft lists of it.

import { describe, expect, test } from "vitest";
import { arrivalRules, parseArrivals } from "./arrivals.ts";

describe("arrivalRules", () => {
  const rules = arrivalRules();

  test("replaces a table of an earlier run in one transaction", () => {
    expect(rules.split("\n").slice(0, 3)).toEqual([
      "table inet lab_arrivals",
      "delete table inet lab_arrivals",
      "table inet lab_arrivals {",
    ]);
  });

  test("has a set and a rule for each service and family, each before anything could drop the packet", () => {
    expect(rules.match(/set seen_/g)).toHaveLength(8);
    expect(rules.match(/iifname "eth0"/g)).toHaveLength(8);
    expect(rules).toContain("type filter hook prerouting priority raw; policy accept;");
    expect(rules).toContain('iifname "eth0" tcp dport 5432 update @seen_postgresql_4 { ip saddr }');
    expect(rules).toContain('iifname "eth0" icmpv6 type echo-request update @seen_ping_6 { ip6 saddr }');
  });
});

describe("parseArrivals", () => {
  test("reads sets of plain elements and of elements with attributes", () => {
    const json = JSON.stringify({
      nftables: [
        { metainfo: { version: "1.0.6" } },
        { table: { family: "inet", name: "lab_arrivals" } },
        { set: { name: "seen_http_4", elem: ["10.10.2.10", "198.51.100.10"] } },
        { set: { name: "seen_dns_6", elem: [{ elem: { val: "2001:db8:10:2::10", expires: 3 } }] } },
        { set: { name: "seen_ping_4" } },
        { set: { name: "something_else", elem: ["10.0.0.1"] } },
        { chain: { name: "arrive" } },
      ],
    });
    expect(parseArrivals(json)).toEqual([
      { source: "10.10.2.10", service: "http", family: 4 },
      { source: "198.51.100.10", service: "http", family: 4 },
      { source: "2001:db8:10:2::10", service: "dns", family: 6 },
    ]);
  });

  test("of an empty listing is empty, and of no JSON an error", () => {
    expect(parseArrivals('{"nftables":[]}')).toEqual([]);
    expect(() => parseArrivals("")).toThrow();
  });
});
