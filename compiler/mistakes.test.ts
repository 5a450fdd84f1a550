// Configurations that are wrong, one mistake each, with the codes, hints and places that the operator gets.

import { describe, expect, test } from "vitest";
import { bookLines, codesOf, compileText, policyLines, zoneLines } from "./testing/compile-text.ts";

const zones = zoneLines("a", "b", "c");

/** Forty masks in the set `s`: 41 × 41 pairs of both sides would be as many rules. */
const wildcards = bookLines(
  "global",
  Array.from(
    { length: 40 },
    (_, n) => `address w${n} wildcard-address 10.${n}.0.1/255.255.0.255; address-set s address w${n}`,
  ).join(";"),
);

describe("mistakes", () => {
  const policy = "set security policies from-zone a to-zone b policy p";
  test.each<[string, string, readonly string[]]>([
    ["nothing at all", "", []],
    [
      "no action",
      `${policy} match source-address any\n${policy} match destination-address any\n${policy} match application any\n`,
      ["error policy.no-action"],
    ],
    [
      "no match",
      `${policy} then permit\n`,
      ["error policy.no-match-term", "error policy.no-match-term", "error policy.no-match-term"],
    ],
    [
      "no application",
      `${policy} match source-address any\n${policy} match destination-address any\n${policy} then deny\n`,
      ["error policy.no-match-term"],
    ],
    [
      "an unknown address",
      policyLines(["a", "b"], "p", { source: "x", destination: "y" }),
      ["error policy.unknown-address", "error policy.unknown-address"],
    ],
    [
      "any, excluded",
      policyLines(["a", "b"], "p", { more: ["match source-address-excluded"] }),
      ["error policy.excludes-any"],
    ],
    ["an unknown zone", policyLines(["a", "x"], "p"), ["error policy.unknown-zone"]],
    ["two unknown zones", policyLines(["y", "x"], "p"), ["error policy.unknown-zone", "error policy.unknown-zone"]],
    ["the gateway as a zone", policyLines(["a", "junos-host"], "p"), []],
    ["the gateway as the source", policyLines(["junos-host", "a"], "p"), []],
    ["the gateway on both sides", policyLines(["junos-host", "junos-host"], "p"), ["error policy.gateway-to-itself"]],
    [
      "a scheduler that is not there",
      policyLines(["a", "b"], "p", { more: ["scheduler-name night"] }),
      ["error policy.unknown-scheduler"],
    ],
    [
      "a wildcard address that is none",
      bookLines("global", "address w wildcard-address 10.0.0.1/255.0.0.999"),
      ["error address-book.bad-wildcard"],
    ],
    [
      "more wildcard masks on both sides than rules may be made of",
      `${wildcards}${policyLines(["a", "b"], "p", { source: "s", destination: "s" })}`,
      ["error limit.wildcards"],
    ],
    ["as many on one side", `${wildcards}${policyLines(["a", "b"], "p", { source: "s" })}`, []],
    [
      "an unknown zone in a global policy",
      policyLines("global", "g", { more: ["match from-zone x"] }),
      ["error policy.unknown-zone"],
    ],
    ["the gateway in a global policy", policyLines("global", "g", { more: ["match to-zone junos-host"] }), []],
    ["management in a policy", policyLines(["a", "management"], "p"), ["error policy.management-zone"]],
    [
      "a set with an unknown member",
      bookLines("global", "address-set s address x"),
      ["error address-book.unknown-member"],
    ],
    [
      "a set as an address",
      bookLines("global", "address-set s address t; address-set t description x"),
      ["error address-book.unknown-member"],
    ],
    [
      "an address as a set",
      bookLines("global", "address-set s address-set h; address h 10.0.0.1"),
      ["error address-book.unknown-member"],
    ],
    [
      "an address without a value",
      bookLines("global", "address x description y"),
      ["error address-book.empty-address"],
    ],
    [
      "a range backwards",
      bookLines("global", "address x range-address 10.0.0.9 to 10.0.0.1"),
      ["error address-book.bad-range"],
    ],
    [
      "a range of two versions",
      bookLines("global", "address x range-address 10.0.0.9 to ::1"),
      ["error address-book.bad-range"],
    ],
    ["a reserved address", bookLines("global", "address any-ipv4 10.0.0.1"), ["error address-book.reserved-name"]],
    [
      "one name twice",
      bookLines("global", "address x 10.0.0.1; address-set x address x"),
      ["error address-book.duplicate-name"],
    ],
    ["a set in itself", bookLines("global", "address-set s address-set s"), ["error address-book.cycle"]],
    [
      "an application without a protocol",
      "set applications application x destination-port 80\n",
      ["error application.not-a-service"],
    ],
    ["an empty application", "set applications application x description y\n", ["error application.not-a-service"]],
    [
      "a port of ICMP",
      "set applications application x protocol icmp\nset applications application x destination-port 80\n",
      ["error application.not-a-service"],
    ],
    [
      "a type of TCP",
      "set applications application x protocol tcp\nset applications application x icmp-type 8\n",
      ["error application.not-a-service"],
    ],
    [
      "a type of the other ICMP",
      "set applications application x protocol icmp6\nset applications application x icmp-type 8\n",
      ["error application.not-a-service"],
    ],
    ["a bad term", "set applications application x term t destination-port 80\n", ["error application.not-a-service"]],
    [
      "terms and a protocol",
      "set applications application x protocol tcp\nset applications application x term t protocol udp\n",
      ["error application.terms-and-fields"],
    ],
    [
      "an application called any",
      "set applications application any protocol tcp\n",
      ["error application.reserved-name"],
    ],
    [
      "an unknown member",
      "set applications application-set s application junos-htp\n",
      ["error application.unknown-member"],
    ],
    [
      "an unknown inner set",
      "set applications application-set s application-set t\n",
      ["error application.unknown-member"],
    ],
    [
      "an application set in itself",
      "set applications application-set s application-set s\n",
      ["error application.cycle"],
    ],
    [
      "an application and a set of one name",
      "set applications application x protocol tcp\nset applications application-set x application x\n",
      ["error application.duplicate-name"],
    ],
  ])("%s", (_, text, codes) => {
    expect(codesOf(compileText(zones + text))).toEqual(codes);
  });

  test.each<[string, string, string | RegExp]>([
    [
      "a mistyped address",
      bookLines("global", "address app-servers 10.0.0.1") + policyLines(["a", "b"], "p", { source: "app-server" }),
      'did you mean "app-servers"?',
    ],
    [
      "an unknown address",
      policyLines(["a", "b"], "p", { source: "nobody-knows-me" }),
      /^set security address-book global address nobody-knows-me/,
    ],
    [
      "a mistyped application",
      policyLines(["a", "b"], "p", { application: "junos-htps" }),
      'did you mean "junos-https"?',
    ],
    ["a mistyped zone", zoneLines("internet") + policyLines(["a", "internt"], "p"), 'did you mean "internet"?'],
  ])("%s has a hint", (_, text, hint) => {
    expect(compileText(zones + text).diagnostics[0]?.hint).toMatch(hint);
  });

  test("a diagnostic tells the place in the text", () => {
    const [diagnostic] = compileText(zones + policyLines(["a", "b"], "p", { source: "x" })).diagnostics;
    expect(diagnostic?.path).toEqual([
      "security",
      "policies",
      "from-zone",
      "a",
      "to-zone",
      "b",
      "policy",
      "p",
      "match",
    ]);
    expect(diagnostic?.span).toMatchObject({ source: "test.conf", line: 4 });
    expect(diagnostic?.message).toBe(
      "policy p names the source-address x, which is not in the address books of zone a",
    );
  });

  test.each([
    [
      "address-book.cycle",
      (from: string, to: string) => `set security address-book global address-set ${from} address-set ${to}\n`,
    ],
    [
      "application.cycle",
      (from: string, to: string) => `set applications application-set ${from} application-set ${to}\n`,
    ],
  ])("%s names the cycle, once", (code, line) => {
    const { diagnostics } = compileText(line("s", "t") + line("t", "u") + line("u", "s"));
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(diagnostics[0]?.message).toMatch(/contains itself: s > t > u > s$/);
  });

  test.each([
    [
      "address-book.too-deep",
      (from: string, to: string) => `set security address-book global address-set ${from} address-set ${to}\n`,
    ],
    [
      "application.too-deep",
      (from: string, to: string) => `set applications application-set ${from} application-set ${to}\n`,
    ],
  ])("%s, whichever end is written first", (code, line) => {
    const chain = Array.from({ length: 64 }, (_, level) => line(`s${level}`, `s${level + 1}`));
    const end = line("s64", "leaf")
      .replace("address-set leaf", "description leaf")
      .replace("application-set leaf", "description leaf");
    for (const lines of [chain, chain.toReversed()]) {
      const codes = compileText(lines.join("") + end).diagnostics.map((diagnostic) => diagnostic.code);
      expect(new Set(codes)).toEqual(new Set([code]));
    }
  });

  test("ten thousand mistakes are a bounded list", () => {
    const policies = Array.from({ length: 2000 }, (_, n) => policyLines(["a", "b"], `p${n}`, { source: `x${n}` }));
    const { diagnostics } = compileText(zones + policies.join(""));
    expect(diagnostics).toHaveLength(1001);
    expect(diagnostics.at(-1)?.message).toBe("1000 more errors and 0 more warnings are not shown");
  });
});
