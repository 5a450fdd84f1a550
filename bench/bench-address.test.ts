// Both families from the same numbers, and back.

import { parseIp } from "@merlon/model/ip/address.ts";
import { describe, expect, test } from "vitest";
import { benchAddress, benchAddressBytes, benchPrefix, ipv4RangeOf, ipv6Base } from "./bench-address.ts";

describe("addresses", () => {
  test.each([
    [0, "0.0.0.0", "2001:db8:9::"],
    [0x0a00_0001, "10.0.0.1", "2001:db8:9::a00:1"],
    [0xffff_ffff, "255.255.255.255", "2001:db8:9::ffff:ffff"],
  ])("%d", (value, ipv4, ipv6) => {
    expect(benchAddress(4, value)).toBe(ipv4);
    expect(benchAddress(6, value)).toBe(ipv6);
    expect(parseIp(ipv6)).toEqual({ family: 6, value: ipv6Base + BigInt(value) });
    expect([...benchAddressBytes(4, value)].join(".")).toBe(ipv4);
    const bytes = benchAddressBytes(6, value);
    expect(BigInt(`0x${Buffer.from(bytes).toString("hex")}`)).toBe(ipv6Base + BigInt(value));
  });

  test("prefixes are as long behind the fixed one", () => {
    expect(benchPrefix(4, 0x0a00_0000, 10)).toBe("10.0.0.0/10");
    expect(benchPrefix(6, 0x0a00_0000, 10)).toBe("2001:db8:9::a00:0/106");
  });
});

test.each([
  [
    { first: ipv6Base, last: ipv6Base + 5n },
    { first: 0, last: 5 },
  ],
  [{ first: ipv6Base - 1n, last: ipv6Base + 5n }, undefined],
  [{ first: ipv6Base, last: ipv6Base + (1n << 32n) }, undefined],
])("%o stands for %o", (range, expected) => expect(ipv4RangeOf(range)).toEqual(expected));
