// Range sets against the plainest set there is: the members of a small universe, one by one, at both ends of each IP
// version's address space.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipv4Max, ipv6Max } from "./address.ts";
import type { IpAddress } from "./address.ts";
import {
  allAddresses,
  allIpv4,
  allIpv6,
  complementOf,
  emptyRangeSet,
  formatRange,
  rangesOf,
  rangeSetContains,
  rangeSetOf,
  sameRangeSet,
  unionOf,
} from "./range-set.ts";
import type { IpRange, RangeSet } from "./range-set.ts";

const size = 16;

/** The first and the last `size` addresses of each version. */
const universe: readonly IpAddress[] = Array.from({ length: size }, (_, n): IpAddress[] => [
  { family: 4, value: n },
  { family: 4, value: ipv4Max - n },
  { family: 6, value: BigInt(n) },
  { family: 6, value: ipv6Max - BigInt(n) },
]).flat();

const anyRange: fc.Arbitrary<IpRange> = fc
  .record({ family: fc.constantFrom(4, 6), top: fc.boolean(), a: fc.nat(size - 1), b: fc.nat(size - 1) })
  .map(({ family, top, a, b }): IpRange => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    if (family === 4) return { family: 4, first: top ? ipv4Max - high : low, last: top ? ipv4Max - low : high };
    const [low6, high6] = [BigInt(low), BigInt(high)];
    return { family: 6, first: top ? ipv6Max - high6 : low6, last: top ? ipv6Max - low6 : high6 };
  });

const anySet = fc.array(anyRange, { maxLength: 12 }).map(rangeSetOf);

function inRange(range: IpRange, address: IpAddress): boolean {
  return range.family === address.family && address.value >= range.first && address.value <= range.last;
}

function membersOf(set: RangeSet): readonly boolean[] {
  return universe.map((address) => rangeSetContains(set, address));
}

/** Sorted, disjoint, and never touching: then equality of sets is equality of ranges. */
function expectNormal({ ipv4, ipv6 }: RangeSet): void {
  for (const ranges of [ipv4, ipv6] as readonly (readonly { first: number | bigint; last: number | bigint }[])[]) {
    for (const [index, { first, last }] of ranges.entries()) {
      expect(first <= last).toBe(true);
      const before = ranges[index - 1];
      if (before !== undefined) expect(BigInt(first) > BigInt(before.last) + 1n).toBe(true);
    }
  }
}

describe("laws", () => {
  test("a set has the members of its ranges and is normal", () => {
    fc.assert(
      fc.property(fc.array(anyRange, { maxLength: 12 }), (ranges) => {
        const set = rangeSetOf(ranges);
        expectNormal(set);
        expect(membersOf(set)).toEqual(universe.map((address) => ranges.some((range) => inRange(range, address))));
      }),
      { numRuns: 500 },
    );
  });

  test("the order of ranges and repeats do not matter", () => {
    fc.assert(
      fc.property(fc.array(anyRange, { maxLength: 12 }), (ranges) => {
        expect(rangeSetOf([...ranges.toReversed(), ...ranges])).toEqual(rangeSetOf(ranges));
      }),
    );
  });

  test("a set of its own ranges is itself", () => {
    fc.assert(
      fc.property(anySet, (set) => {
        expect(rangeSetOf(rangesOf(set))).toEqual(set);
      }),
    );
  });

  test("the complement has the other members; the complement of it is the set", () => {
    fc.assert(
      fc.property(anySet, (set) => {
        const complement = complementOf(set);
        expectNormal(complement);
        expect(membersOf(complement)).toEqual(membersOf(set).map((member) => !member));
        expect(complementOf(complement)).toEqual(set);
        expect(unionOf([set, complement])).toEqual(allAddresses);
      }),
      { numRuns: 500 },
    );
  });

  test("a union has the members of either", () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const union = unionOf([a, b]);
        expectNormal(union);
        const [left, right] = [membersOf(a), membersOf(b)];
        expect(membersOf(union)).toEqual(left.map((member, index) => member || right[index]));
        expect(sameRangeSet(union, unionOf([b, a, a]))).toBe(true);
      }),
    );
  });

  test("two sets are the same exactly when their members are", () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const members = membersOf(a).every((member, index) => member === membersOf(b)[index]);
        expect(sameRangeSet(a, b)).toBe(members);
      }),
    );
  });
});

describe("edges", () => {
  test.each<[string, RangeSet, RangeSet]>([
    ["nothing", emptyRangeSet, allAddresses],
    ["IPv4", allIpv4, allIpv6],
    ["IPv6", allIpv6, allIpv4],
    ["everything", allAddresses, emptyRangeSet],
  ])("the complement of %s", (_, set, complement) => {
    expect(complementOf(set)).toEqual(complement);
  });

  test("neighbours become one range, up to the last address", () => {
    const halves: IpRange[] = [
      { family: 4, first: 0x8000_0000, last: ipv4Max },
      { family: 4, first: 0, last: 0x7fff_ffff },
    ];
    expect(rangeSetOf(halves)).toEqual(allIpv4);
  });

  test("no set is nothing", () => {
    expect(unionOf([])).toEqual(emptyRangeSet);
    expect(rangeSetOf([])).toEqual(emptyRangeSet);
    expect(rangeSetContains(emptyRangeSet, { family: 4, value: 0 })).toBe(false);
  });

  test("sets are not changed by what is made of them", () => {
    const range = { family: 4, first: 1, last: 2 } as const;
    const set = rangeSetOf([range]);
    rangeSetOf([...rangesOf(set), { family: 4, first: 3, last: 9 }]);
    expect(set.ipv4).toEqual([{ first: 1, last: 2 }]);
    expect(range).toEqual({ family: 4, first: 1, last: 2 });
  });

  test("a union of many large sets neither overflows the stack nor takes long", () => {
    const sets = Array.from({ length: 5 }, (_, n) =>
      rangeSetOf(
        Array.from({ length: 100_000 }, (__, i): IpRange => ({ family: 4, first: i * 8 + n, last: i * 8 + n })),
      ),
    );
    const started = performance.now();
    expect(unionOf(sets).ipv4).toHaveLength(100_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test.each<[IpRange, string]>([
    [{ family: 4, first: 1, last: 1 }, "0.0.0.1"],
    [{ family: 4, first: 1, last: 256 }, "0.0.0.1-0.0.1.0"],
    [{ family: 6, first: 1n, last: 1n }, "::1"],
    [{ family: 6, first: 0n, last: 5n }, "::-::5"],
  ])("a range is written %#", (range, text) => {
    expect(formatRange(range)).toBe(text);
  });
});
