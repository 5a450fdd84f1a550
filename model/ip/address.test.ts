// Addresses: what is one and what is not, how each is written, and that reading undoes writing. Node's own
// `net.isIPv4` and `net.isIPv6` are the second opinion.

import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatIp,
  formatIpv4,
  formatIpv6,
  ipv4Max,
  ipv6Max,
  parseIp,
  parseIpv4,
  parseIpv6,
  sameIp,
} from "./address.ts";

const anyIpv4 = fc.nat(ipv4Max);
/** Groups are often zero, so that `::` falls everywhere. */
const anyIpv6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n));

describe("IPv4", () => {
  test.each([
    ["0.0.0.0", 0],
    ["10.1.2.3", 0x0a010203],
    ["127.0.0.1", 0x7f000001],
    ["192.0.2.255", 0xc00002ff],
    ["255.255.255.255", 0xffffffff],
  ])("%s is %d", (text, value) => {
    expect(parseIpv4(text)).toBe(value);
    expect(formatIpv4(value)).toBe(text);
  });

  test.each([
    "",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.",
    ".1.2.3",
    "1..2.3",
    "256.0.0.1",
    "1.2.3.999",
    "01.2.3.4",
    "1.2.3.00",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.4/32",
    "1.2.3.-4",
    "1.2.3.+4",
    "0x1.2.3.4",
    "1e1.2.3.4",
    "١.2.3.4",
    "1.2.3.4\n",
    "::1",
    "a.b.c.d",
  ])("%j is none", (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });

  test("every value can be written and read", () => {
    fc.assert(
      fc.property(anyIpv4, (value) => {
        expect(parseIpv4(formatIpv4(value))).toBe(value);
        expect(isIPv4(formatIpv4(value))).toBe(true);
      }),
    );
  });
});

describe("IPv6", () => {
  // The right column is RFC 5952: lower case, the longest run of zeros, the first of equals, never a single group.
  test.each([
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["2001:DB8::1", "2001:db8::1"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["1:0:3:0:5:0:7:0", "1:0:3:0:5:0:7:0"],
    ["0:0:3:4:5:6:0:0", "::3:4:5:6:0:0"],
    ["::ffff:1.2.3.4", "::ffff:102:304"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
    ["::1.2.3.4", "::102:304"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ])("%s is written %s", (text, written) => {
    const value = parseIpv6(text);
    expect(value).toBeDefined();
    expect(formatIpv6(value!)).toBe(written);
    expect(isIPv6(text)).toBe(true);
  });

  test.each([
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "::1:",
    ":1::",
    "1:::2",
    "12345::",
    "g::",
    "::%eth0",
    "fe80::1%1",
    "::1/128",
    " ::1",
    "::1 ",
    "[::1]",
    "1.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1.2.3.4::",
    "::1.2.3",
    "::01.2.3.4",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "0x1::",
    "+1::",
    `${"0".repeat(50)}::`,
    "::1\n",
    "::-1",
  ])("%j is none", (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });

  test("every value can be written and read, and Node agrees that it is one", () => {
    fc.assert(
      fc.property(anyIpv6, (value) => {
        const text = formatIpv6(value);
        expect(parseIpv6(text)).toBe(value);
        expect(isIPv6(text)).toBe(true);
        expect(text).not.toMatch(/[A-F]|(^|:)0\d|:::/);
      }),
    );
  });

  test("the largest value", () => {
    expect(parseIpv6(formatIpv6(ipv6Max))).toBe(ipv6Max);
  });
});

describe("either version", () => {
  test("text is an address exactly when Node says so", () => {
    const pieces = fc.constantFrom("0", "1", "01", "255", "256", ".", ":", "::", "ffff", "g", "%", "/", " ", "1.2.3.4");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 16 }), (parts) => {
        const text = parts.join("");
        // Node accepts zone identifiers, which are no part of an address here.
        const expected = isIPv4(text) || (isIPv6(text) && !text.includes("%"));
        expect(parseIp(text) !== undefined).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1", "10.0.0.2", false],
    ["::1", "0:0::1", true],
    ["0.0.0.1", "::1", false],
  ])("%s and %s are the same: %s", (a, b, same) => {
    expect(sameIp(parseIp(a)!, parseIp(b)!)).toBe(same);
  });

  test("formatIp writes what parseIp read", () => {
    for (const text of ["10.0.0.1", "2001:db8::1"]) expect(formatIp(parseIp(text)!)).toBe(text);
  });
});
