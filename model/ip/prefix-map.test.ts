// The value of the longest prefix, against a search through all of them.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { IpAddress } from "./address.ts";
import type { IpPrefix } from "./prefix.ts";
import { rangeOfPrefix } from "./prefix.ts";
import { PrefixMap } from "./prefix-map.ts";

// Few bits differ, so that prefixes cover each other and addresses.
const spread4 = fc.constantFrom(0, 1, 0x100, 0x8000_0000, 0xffff_ffff, 0x0a01_0203, 0x0a01_0200, 0x0a00_0000);
const spread6 = fc.constantFrom(0n, 1n, 1n << 64n, 1n << 127n, (1n << 128n) - 1n, (1n << 127n) + 5n);
const address: fc.Arbitrary<IpAddress> = fc.oneof(
  spread4.map((value) => ({ family: 4 as const, value })),
  spread6.map((value) => ({ family: 6 as const, value })),
);
const prefix: fc.Arbitrary<IpPrefix> = address.chain((one) =>
  fc.nat(one.family === 4 ? 32 : 128).map((length) => ({ address: one, length })),
);

test("the longest prefix says it, and of one prefix the first value", () => {
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 30 }), fc.array(address, { maxLength: 10 }), (prefixes, addresses) => {
      const map = new PrefixMap<number>();
      for (const [at, one] of prefixes.entries()) map.add(one, at);
      for (const one of addresses) {
        const covering = prefixes
          .map((covers, at) => ({ at, length: covers.length, ...rangeOfPrefix(covers) }))
          .filter(({ family, first, last }) => family === one.family && one.value >= first && one.value <= last);
        const longest = Math.max(...covering.map(({ length }) => length));
        expect(map.find(one)).toBe(covering.find(({ length }) => length === longest)?.at);
      }
    }),
  );
});
