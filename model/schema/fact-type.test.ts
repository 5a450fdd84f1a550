// Value types of the imported facts by row: type, limits, words that are taken and words that are refused.

import { describe, expect, test } from "vitest";
import { factType } from "./fact-type.ts";
import { javaScriptPattern, posixPattern } from "./posix-pattern.ts";

describe("types", () => {
  test.each<[type: string, limit: string, good: string[], bad: string[]]>([
    ["string", "", ["a", "two words", "ü"], ["", "a\u0007b"]],
    ["string", "length 1..3", ["abc"], ["abcd", ""]],
    ["string", "length 7", ["#abcdef"], ["#abcde"]],
    ["string", "length 1..63 ; pattern ^[[:alnum:]._-]+$", ["a.b-c_1"], ["a b", "a/b"]],
    ["string", "pattern !^((__.*)|(.{65,}))$", ["abc"], ["__abc", "a".repeat(65)]],
    ["string", "length 1..1024 ; pattern ![/ %]", ["a.log"], ["a/b", "a b"]],
    ["string", "length 1..64 ; pattern ^[[:alnum:]._-]+$|^\\\\*$", ["a", "*"], ["a*"]],
    ["string", "pattern default ; length 1..64", ["default", "other"], [""]],
    ["uint32", "range 1..16", ["1", "16"], ["0", "17", "x", "-1", "1.5"]],
    ["uint32", "", ["10m", "15k", "0x1f"], ["5g", "m"]],
    ["uint8", "", ["255"], ["256"]],
    ["int32", "range -5..5", ["-5"], ["-6"]],
    ["enum", "low|high", ["low"], ["medium"]],
    ["string|uint32", "pattern \\* ; range 0..10", ["*", "10"], ["11x"]],
    ["address", "", ["10.0.0.1", "2001:db8::1"], ["10.0.0.0/8", "x"]],
    ["address4", "", ["10.0.0.1"], ["2001:db8::1"]],
    ["address6", "", ["::1"], ["10.0.0.1"]],
    ["prefix", "", ["10.0.0.0/8", "10/8", "10.0.0.1", "default", "::/0"], ["10.0.0.0/33", "10.0.0.256"]],
    ["ipprefix-mandatory", "", ["10.0.0.0/8"], ["10.0.0.1"]],
    ["interface", "", ["ge-0/0/0.0", "reth0", "<ge-*>", "irb.10"], ["", "0ge", "ge 0"]],
    ["address-or-interface", "", ["10.0.0.1", "st0.0"], ["/"]],
    ["mac-addr", "", ["02:00:5e:00:53:01"], ["02:zz"]],
    ["mac-addr-prefix", "", ["02:00:5e:00:53:01/24"], ["x/24"]],
    ["hostname", "", ["ntp.example.net", "192.0.2.1", "2001:db8::1"], ["-a", "a b"]],
    ["time-of-day", "", ["08:30", "8:30am"], ["noon"]],
    ["vlan-range", "", ["10", "10-20"], ["a-b"]],
    ["secret", "", ["$9$x"], [""]],
  ])("%s %s", (type, limit, good, bad) => {
    const made = factType(type, limit);
    expect(good.filter((word) => !("value" in made.parse(word)))).toEqual([]);
    expect(bad.filter((word) => "value" in made.parse(word))).toEqual([]);
    for (const word of bad) expect(made.parse(word)).toMatchObject({ error: expect.stringMatching(/^".*" is not /) });
  });

  test("equal facts share a type, and secrets are marked", () => {
    expect(factType("uint8", "")).toBe(factType("uint8", ""));
    expect(factType("secret", "").secret).toBe(true);
  });

  test.each<[limit: string, expected: string]>([
    ["length 1..9 ; pattern ^[a-c]+$", '"x" is not a text of 1 to 9 characters that fits the pattern ^[a-c]+$'],
    ["pattern !^x$", '"x" is not a text of the form that this statement takes'],
    ["pattern ^a ; pattern ^b", '"x" is not a text of the form that this statement takes'],
    [`pattern ^${"a".repeat(99)}$`, '"x" is not a text of the form that this statement takes'],
  ])("%s is explained", (limit, error) => {
    expect(factType("string", limit).parse("x")).toEqual({ error });
  });

  test("a long word is refused and not tried against a pattern", () => {
    const made = factType("string", "pattern ^([[:alnum:]]+.*)*$");
    expect("error" in made.parse("a".repeat(60_000))).toBe(true);
  });
});

describe("patterns", () => {
  test.each([
    ["[[:digit:]]+", "[0-9]+"],
    ["[]a]", "[\\]a]"],
    ["[^[:space:]/]", "[^\\s/]"],
    ["a\\\\.b", "a\\.b"],
    ["[\\.]", "[\\\\.]"],
  ])("%s", (posix, expected) => expect(javaScriptPattern(posix)).toBe(expected));

  test("a plain word is no pattern, and `!` turns the answer round", () => {
    expect(posixPattern("default")).toBeUndefined();
    expect(posixPattern("!/")?.("a/b")).toBe(false);
    expect(posixPattern("!/")?.("ab")).toBe(true);
  });
});
