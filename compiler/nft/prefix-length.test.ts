// Ranges that are prefixes and ranges that are not, by hand and by law.

import fc from "fast-check";
import { expect, test } from "vitest";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { prefixLength } from "./prefix-length.ts";

test.each([
  [0, 0xffff_ffff, 0],
  [0x0a00_0000, 0x0aff_ffff, 8],
  [0x0a00_0000, 0x0a7f_ffff, 9],
  [7, 7, 32],
  [1, 2, undefined],
  [0, 2, undefined],
  [0x0a00_0001, 0x0b00_0000, undefined],
])("%d to %d", (first, last, length) => {
  expect(prefixLength({ family: 4, first, last })).toBe(length);
});

test("every prefix of both families", () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff_ffff),
      fc.integer({ min: 0, max: 32 }),
      fc.integer({ min: 0, max: 128 }),
      (value, four, six) => {
        expect(prefixLength(rangeOfPrefix({ address: { family: 4, value }, length: four }))).toBe(four);
        const wide = { family: 6 as const, value: BigInt(value) << 80n };
        expect(prefixLength(rangeOfPrefix({ address: wide, length: six }))).toBe(six);
      },
    ),
  );
});
