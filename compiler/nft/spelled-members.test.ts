// Every address of the members is in exactly one of the two sets, and how a run is spelled depends on its length alone.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipv4Max, ipv6Max } from "@merlon/model/ip/address.ts";
import { rangeSetOf, rangesOf, unionOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { anyRangeSet } from "../testing/arbitrary-ir.ts";
import { rangesOfFamily } from "./changing-ranges.ts";
import { hostSet, hostsOfRunMax, someHostWithin, spellMembers } from "./spelled-members.ts";

const ipv4 = (first: number, last = first): IpRange => ({ family: 4, first, last });
const ipv6 = (first: bigint, last = first): IpRange => ({ family: 6, first, last });

describe("members spelled", () => {
  const rows: readonly [
    what: string,
    runs: readonly IpRange[],
    hosts: readonly IpRange[],
    ranges: readonly IpRange[],
  ][] = [
    ["nobody", [], [], []],
    ["the first and the last address", [ipv4(0), ipv4(ipv4Max)], [ipv4(0), ipv4(ipv4Max)], []],
    ["a few", [ipv4(5, 7)], [ipv4(5), ipv4(6), ipv4(7)], []],
    ["many", [ipv4(5, 13)], [], [ipv4(5, 13)]],
    ["all", [ipv6(0n, ipv6Max)], [], [ipv6(0n, ipv6Max)]],
    ["beyond 64 bits", [ipv6(1n << 100n, (1n << 100n) + 1n)], [ipv6(1n << 100n), ipv6((1n << 100n) + 1n)], []],
    ["in order", [ipv4(1), ipv4(10, 30), ipv4(40)], [ipv4(1), ipv4(40)], [ipv4(10, 30)]],
  ];
  test.each(rows)("%s", (_, runs, hosts, ranges) => {
    expect(spellMembers(runs)).toEqual({ hosts, ranges });
  });

  test("as many as may be are hosts, and one more is a range", () => {
    expect(spellMembers([ipv4(1, hostsOfRunMax)])).toMatchObject({ ranges: [] });
    expect(spellMembers([ipv4(1, hostsOfRunMax + 1)])).toMatchObject({ hosts: [] });
  });

  test("are the same addresses, each once, and the set of hosts has them as they are", () => {
    fc.assert(
      fc.property(anyRangeSet, fc.constantFrom<4 | 6>(4, 6), (members, family) => {
        const runs = rangesOfFamily(members, family);
        const { hosts, ranges } = spellMembers(runs);
        expect([...rangesOf(unionOf([rangeSetOf(hosts), rangeSetOf(ranges)]))]).toEqual(runs);
        expect(someHostWithin({ hosts, ranges })).toBe(false);
        const { elements } = hostSet("h", family, hosts);
        expect(elements).toEqual(hosts.map((range) => ({ key: [{ kind: "addresses", range }] })));
      }),
    );
  });
});

test.each([
  ["at its beginning", [ipv4(1), ipv4(10)], [ipv4(10, 20)], true],
  ["at its end", [ipv4(20)], [ipv4(1, 9), ipv4(10, 20)], true],
  ["before and behind", [ipv4(9), ipv4(21)], [ipv4(10, 20)], false],
  ["without ranges", [ipv4(9)], [], false],
  ["without hosts", [], [ipv4(1, 9)], false],
  ["behind all", [ipv4(90), ipv4(91)], [ipv4(1, 9)], false],
  ["of IPv6", [ipv6(5n)], [ipv6(1n, 9n)], true],
] as const)("whether a host lies in a range: %s", (_, hosts, ranges, expected) => {
  expect(someHostWithin({ hosts, ranges })).toBe(expected);
});
