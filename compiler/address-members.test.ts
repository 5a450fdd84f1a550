// Wildcard masks and domain names as members of address sets: what they hold, how they join, what answers change.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIp, parseIpv4 } from "@merlon/model/ip/address.ts";
import { emptyRangeSet, rangeSetContains, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { dnsNamesOf, membersContain, unionOfMembers, withAnswers } from "./address-members.ts";
import { interpret } from "./interpret.ts";
import type { DnsAnswers } from "./address-members.ts";
import { anyAddress, anyAnswers, anyIr, anyMembers } from "./testing/arbitrary-ir.ts";
import { bookLines, compileText, packetOf, policyLines, zoneLines } from "./testing/compile-text.ts";

const zones = zoneLines("a", "b");

function permits(
  book: string,
  terms: Parameters<typeof policyLines>[2],
  from: string,
  answers: DnsAnswers = new Map(),
) {
  const { ir } = compileText(zones + bookLines("global", book) + policyLines(["a", "b"], "p", terms));
  const packet = packetOf(`a b ${from} ${from.includes(":") ? "2001:db8::9" : "10.9.9.9"} tcp 22`);
  return interpret(withAnswers(ir, answers), packet).action === "permit";
}

describe("wildcard masks", () => {
  const others = { more: ["match source-address-excluded"] };
  test.each<[string, string, boolean]>([
    ["10.0.0.11/255.255.0.255", "10.0.0.11", true],
    ["10.0.0.11/255.255.0.255", "10.0.77.11", true],
    ["10.0.0.11/255.255.0.255", "10.0.77.12", false],
    ["10.0.0.11/255.255.0.255", "10.1.0.11", false],
    ["10.0.99.11/255.255.0.255", "10.0.0.11", true],
    ["0.0.0.1/0.0.0.1", "10.0.0.11", true],
    ["0.0.0.1/0.0.0.1", "10.0.0.12", false],
    ["200.0.0.200/255.0.0.255", "200.255.255.200", true],
    ["10.0.0.11/255.255.255.0", "10.0.0.99", true],
    ["10.0.0.11/255.255.255.255", "10.0.0.12", false],
    ["10.0.0.11/0.0.0.0", "192.0.2.1", true],
    ["10.0.0.11/255.255.0.255", "2001:db8::11", false],
  ])("%s holds %s: %s", (wildcard, from, inside) => {
    const book = `address w wildcard-address ${wildcard}`;
    expect(permits(book, { source: "w" }, from)).toBe(inside);
    expect(permits(book, { source: "w", ...others }, from)).toBe(!inside);
    const set = `${book}; address h 192.0.2.200/32; address-set s address w; address-set s address h`;
    expect(permits(set, { source: "s" }, from)).toBe(inside);
  });

  test("a mask that is a prefix is a range like any other", () => {
    const { ir } = compileText(
      zones +
        bookLines("global", "address w wildcard-address 10.1.2.3/255.255.0.0") +
        policyLines(["a", "b"], "p", { source: "w" }),
    );
    const first = parseIpv4("10.1.0.0") ?? 0;
    expect(ir.addressSets.get("global:w")).toEqual({ ipv4: [{ first, last: first + 0xffff }], ipv6: [] });
  });
});

describe("domain names", () => {
  const web: RangeSet = rangeSetOf([
    { family: 4, first: parseIpv4("192.0.2.1") ?? 0, last: parseIpv4("192.0.2.1") ?? 0 },
    { family: 6, first: 0x20010db8n << 96n, last: 0x20010db8n << 96n },
  ]);
  const answers: DnsAnswers = new Map([["www.example.com", web]]);
  const nowhere: DnsAnswers = new Map([["www.example.com", emptyRangeSet]]);
  const excluded = { source: "w", more: ["match source-address-excluded"] };
  test.each<[string, string, Parameters<typeof policyLines>[2], string, DnsAnswers, boolean]>([
    ["an answer", "www.example.com", { source: "w" }, "192.0.2.1", answers, true],
    ["capitals and a final dot are the same name", "WWW.example.com.", { source: "w" }, "192.0.2.1", answers, true],
    ["another address", "www.example.com", { source: "w" }, "192.0.2.2", answers, false],
    ["an IPv6 answer", "www.example.com", { source: "w" }, "2001:db8::", answers, true],
    ["IPv4 alone", "www.example.com ipv4-only", { source: "w" }, "2001:db8::", answers, false],
    ["IPv6 alone", "www.example.com ipv6-only", { source: "w" }, "192.0.2.1", answers, false],
    ["no answer yet", "www.example.com", { source: "w" }, "192.0.2.1", new Map(), false],
    ["left out", "www.example.com", excluded, "192.0.2.1", answers, false],
    ["not left out", "www.example.com", excluded, "192.0.2.2", answers, true],
    ["left out, but nobody knows what", "www.example.com", excluded, "192.0.2.2", new Map(), false],
    ["left out, and known to be nothing", "www.example.com", excluded, "192.0.2.2", nowhere, true],
  ])("%s", (_, name, terms, from, known, permitted) => {
    expect(permits(`address w dns-name ${name}`, terms, from, known)).toBe(permitted);
  });

  test("a deny without an answer matches nothing, excluded or not everything but nothing", () => {
    const text = (more: readonly string[]) =>
      zones +
      bookLines("global", "address w dns-name www.example.com") +
      policyLines(["a", "b"], "p", { source: "w", then: "deny", more }) +
      policyLines(["a", "b"], "q");
    const decide = (more: readonly string[]) =>
      interpret(compileText(text(more)).ir, packetOf("a b 192.0.2.1 10.0.0.1 tcp 22")).action;
    expect(decide([])).toBe("permit");
    expect(decide(["match source-address-excluded"])).toBe("deny");
  });

  test("one query serves every address that needs the name, as often as the most eager wants", () => {
    const { ir } = compileText(
      zones +
        bookLines(
          "global",
          `address a dns-name x.example ipv4-only; address b dns-name x.example ipv6-only;
           address b dns-name x.example dns-query-interval 60; address c dns-name y.example ipv6-only; address d dns-name z.example`,
        ) +
        policyLines(["a", "b"], "p", { source: "[ a b c ]" }),
    );
    expect(dnsNamesOf(ir)).toEqual([
      { name: "x.example", queryIntervalSeconds: 60 },
      { name: "y.example", queryIntervalSeconds: 300, family: 6 },
    ]);
  });
});

describe("laws", () => {
  test("a union holds what its parts hold", () => {
    fc.assert(
      fc.property(fc.array(anyMembers, { maxLength: 4 }), anyAddress, (parts, address) => {
        const inSome = parts.some((part) => membersContain(part, address));
        expect(membersContain(unionOfMembers(parts), address)).toBe(inSome);
      }),
    );
  });

  test("only the last answers count, and fixed ranges are never lost", () => {
    fc.assert(
      fc.property(anyIr, anyAnswers, anyAnswers, anyAddress, (ir, before, after, address) => {
        const now = withAnswers(ir, after);
        expect(withAnswers(withAnswers(ir, before), after)).toEqual(now);
        for (const { dns, ...members } of now.addressSets.values()) {
          if (dns !== undefined && rangeSetContains(dns.fixed, address))
            expect(membersContain(members, address)).toBe(true);
        }
      }),
    );
  });
});

test("addresses are read as the book has them", () => {
  expect(membersContain({ ...emptyRangeSet, wildcards: [{ value: 0, mask: 1 }] }, parseIp("255.255.255.254")!)).toBe(
    true,
  );
});
