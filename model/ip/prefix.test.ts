// Prefixes: their text, the addresses they cover, host bits.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipv4Max, ipv6Max } from "./address.ts";
import type { IpAddress } from "./address.ts";
import { formatPrefix, isNetworkPrefix, parsePrefix, prefixOfRange, rangeOfPrefix } from "./prefix.ts";
import type { IpPrefix } from "./prefix.ts";
import { formatRange } from "./range-set.ts";

const anyPrefix: fc.Arbitrary<IpPrefix> = fc.oneof(
  fc.record({
    address: fc.nat(ipv4Max).map((value): IpAddress => ({ family: 4, value })),
    length: fc.nat(32),
  }),
  fc.record({
    address: fc.bigInt({ min: 0n, max: ipv6Max }).map((value): IpAddress => ({ family: 6, value })),
    length: fc.nat(128),
  }),
);

test.each([
  ["10.0.0.0/8", "10.0.0.0-10.255.255.255", true],
  ["10.1.2.3/8", "10.0.0.0-10.255.255.255", false],
  ["0.0.0.0/0", "0.0.0.0-255.255.255.255", true],
  ["255.255.255.255/0", "0.0.0.0-255.255.255.255", false],
  ["128.0.0.0/1", "128.0.0.0-255.255.255.255", true],
  ["192.0.2.1/32", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1/31", "192.0.2.0-192.0.2.1", false],
  ["255.255.255.255/32", "255.255.255.255", true],
  ["2001:db8::/32", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true],
  ["2001:db8::1/32", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false],
  ["::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true],
  ["::1", "::1", true],
  ["fe80::1/127", "fe80::-fe80::1", false],
])("%s covers %s; network prefix: %s", (text, range, network) => {
  const prefix = parsePrefix(text)!;
  expect(formatRange(rangeOfPrefix(prefix))).toBe(range);
  expect(isNetworkPrefix(prefix)).toBe(network);
});

test.each([
  "",
  "/",
  "/8",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/08",
  "10.0.0.0/8/8",
  "10.0.0.0/ 8",
  "10.0.0/8",
  "10/8",
  "::/129",
  "::/0128",
  "::/1e1",
  "10.0.0.0/255.0.0.0",
  "10.0.0.0/٨",
  "10.0.0.0/8\n",
  "10.0.0.0/99999999999999999999",
])("%j is none", (text) => {
  expect(parsePrefix(text)).toBeUndefined();
});

describe("laws", () => {
  test("reading undoes writing", () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => {
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });

  test("a prefix covers its own address and 2 to the power of its host bits", () => {
    fc.assert(
      fc.property(anyPrefix, ({ address, length }) => {
        const { first, last } = rangeOfPrefix({ address, length });
        expect(first <= address.value && address.value <= last).toBe(true);
        const bits = (address.family === 4 ? 32 : 128) - length;
        expect(BigInt(last) - BigInt(first) + 1n).toBe(1n << BigInt(bits));
        expect(BigInt(first) % (1n << BigInt(bits))).toBe(0n);
      }),
    );
  });
});

describe("the prefix of a range", () => {
  test("is the one that the range was made of", () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => {
        const range = rangeOfPrefix(prefix);
        const found = prefixOfRange(range) ?? expect.fail("there is none");
        expect([found.length, rangeOfPrefix(found)]).toEqual([prefix.length, range]);
      }),
    );
  });

  test.each([
    [0x0a00_0000, 0x0a00_00fe],
    [0x0a00_0001, 0x0a00_0002],
    [0x0a00_0002, 0x0a00_0005],
    [0, 2],
  ])("there is none for %d to %d", (first, last) => {
    expect(prefixOfRange({ family: 4, first, last })).toBeUndefined();
  });
});
