// Ranges as files have them: what is one, and that each comes back.

import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { formatRange, rangeSetOf, sameRangeSet } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { savedRange, savedRangesOf } from "./saved-ranges.ts";

test.each([
  ["10.0.0.1", "10.0.0.1", "10.0.0.1"],
  ["0.0.0.0", "255.255.255.255", "0.0.0.0-255.255.255.255"],
  ["2001:db8::", "2001:db8::ff", "2001:db8::-2001:db8::ff"],
  ["10.0.0.2", "10.0.0.1", undefined],
  ["10.0.0.1", "2001:db8::1", undefined],
  ["2001:db8::2", "2001:db8::1", undefined],
  ["10.0.0.0/8", "10.0.0.1", undefined],
  ["", "", undefined],
])("%s to %s is %s", (first, last, wanted) => {
  const read = savedRange.safeParse([first, last]);
  expect(read.success ? formatRange(read.data) : undefined).toBe(wanted);
  if (wanted === undefined) expect(read.error?.message).toContain(`${first} to ${last} is no range of addresses`);
});

test.each([["10.0.0.1"], [["10.0.0.1"]], [["10.0.0.1", 7]], [["10.0.0.1", "10.0.0.2", "10.0.0.3"]]])(
  "%j is refused",
  (value) => {
    expect(savedRange.safeParse(value).success).toBe(false);
  },
);

const ipv4 = fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)).map(([a, b]): IpRange => {
  return { family: 4, first: Math.min(a, b), last: Math.max(a, b) };
});
const ipv6 = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }))
  .map(([a, b]): IpRange => ({ family: 6, first: a < b ? a : b, last: a < b ? b : a }));

test("what was saved is read again", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(ipv4, ipv6), { maxLength: 8 }), (ranges) => {
      const set = rangeSetOf(ranges);
      const text = JSON.stringify(savedRangesOf(set));
      expect(sameRangeSet(rangeSetOf(z.array(savedRange).parse(JSON.parse(text))), set)).toBe(true);
    }),
  );
});
