// Coverage of one match by another: a table of what stands at the edges, and the law that it is exactly "every packet of
// the one is a packet of the other", over a world small enough to be counted.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { icmp, icmp6, protocol, tcp, udp } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { AddressMembers } from "./address-members.ts";
import { Coverage } from "./covers.ts";
import { matches } from "./interpret.ts";
import type { PacketHeader } from "./interpret.ts";
import type { AddressMatch, IrMatch } from "./ir.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? expect.fail(text);
const any: AddressMatch = { kind: "any" };
const base = 0x0a00_0000;

function match(services: "any" | readonly ServiceTerm[], source = any, destination = any): IrMatch {
  return { kind: "packets", source, destination, services };
}

function coversServices(outer: "any" | readonly ServiceTerm[], inner: "any" | readonly ServiceTerm[]): boolean {
  return new Coverage({ addressSets: new Map() }).covers(match(outer), match(inner));
}

describe("services", () => {
  const whole = (kind: 6 | 17): ServiceTerm => (kind === 6 ? tcp(0, 65_535) : udp(0, 65_535));
  test.each<[string, "any" | readonly ServiceTerm[], "any" | readonly ServiceTerm[], boolean]>([
    ["any covers any", "any", "any", true],
    ["any covers a port", "any", [tcp(80)], true],
    ["every port of TCP is not any", [whole(6)], "any", false],
    ["a port covers itself", [tcp(80)], [tcp(80)], true],
    ["a range covers a port", [tcp(80, 90)], [tcp(85)], true],
    ["two ranges cover one that lies over both", [tcp(80, 84), tcp(85, 90)], [tcp(82, 88)], true],
    ["a gap is not covered", [tcp(80, 84), tcp(86, 90)], [tcp(82, 88)], false],
    ["not by another protocol", [udp(80)], [tcp(80)], false],
    ["the protocol covers its ports", [protocol(6)], [tcp(80)], true],
    ["every port covers the protocol", [whole(17)], [protocol(17)], true],
    ["one of two services is not enough", [tcp(80)], [tcp(80), tcp(81)], false],
    ["ICMP covers a type of it", [icmp()], [icmp(8)], true],
    ["by its protocol too", [protocol(1)], [icmp(8, 0)], true],
    ["ICMP is not ICMPv6", [icmp()], [icmp6()], false],
    ["a type is not the whole", [icmp(8)], [protocol(1)], false],
    ["nothing is covered by nothing", [tcp(80)], [], false],
  ])("%s", (_, outer, inner, expected) => {
    expect(coversServices(outer, inner)).toBe(expected);
  });
});

describe("masks", () => {
  const sets = new Map<string, AddressMembers>([
    ["odd", { ipv4: [], ipv6: [], wildcards: [{ value: base + 1, mask: 0xff00_00ff }] }],
    ["odder", { ipv4: [], ipv6: [], wildcards: [{ value: base + 0x0101, mask: 0xff00_ffff }] }],
    ["ten", rangeSetOf([{ family: 4, first: base, last: base + 0xff_ffff }])],
  ]);
  const of = (name: string, excluded = false): AddressMatch => ({ kind: "sets", names: [name], excluded });
  test.each<[string, AddressMatch, AddressMatch, boolean]>([
    ["the same mask", of("odd"), of("odd"), true],
    ["a wider one", of("odd"), of("odder"), true],
    ["a narrower one", of("odder"), of("odd"), false],
    ["a range that holds them", of("ten"), of("odd"), true],
    ["a range that they hold in part", of("odd"), of("ten"), false],
    ["an exclusion of masks covers nothing for sure", of("odd", true), of("odder", true), false],
    ["but is covered by any", any, of("odd", true), true],
  ])("%s", (_, outer, inner, expected) => {
    expect(new Coverage({ addressSets: sets }).covers(match("any", outer), match("any", inner))).toBe(expected);
  });
});

test("what matches nothing neither covers nor is covered", () => {
  const nothing: IrMatch = { kind: "nothing", because: "a test" };
  const coverage = new Coverage({ addressSets: new Map() });
  expect(coverage.covers(nothing, match("any"))).toBe(false);
  expect(coverage.covers(match("any"), nothing)).toBe(false);
});

// --- the law ---------------------------------------------------------------------------------------------------------

const worldSize = 4;
const addresses: readonly IpAddress[] = [
  ...Array.from({ length: worldSize }, (_, at): IpAddress => ({ family: 4, value: base + at })),
  ip("192.0.2.1"),
  ip("2001:db8::1"),
];
const ports = [0, 1, 2, 65_535];
const headers: readonly PacketHeader[] = addresses.flatMap((source) =>
  addresses
    .filter(({ family }) => family === source.family)
    .flatMap((destination) => {
      const ends = { source, destination };
      const icmpProtocol = source.family === 4 ? 1 : 58;
      return [
        ...ports.flatMap((sourcePort) =>
          ports.flatMap((destinationPort) =>
            [6, 17].map((number) => ({ ...ends, protocol: number, sourcePort, destinationPort })),
          ),
        ),
        ...[0, 8, 255].map((icmpType) => ({ ...ends, protocol: icmpProtocol, icmpType, icmpCode: 0 })),
        { ...ends, protocol: 47 },
      ];
    }),
);

const range = fc
  .tuple(fc.nat(worldSize - 1), fc.nat(worldSize - 1))
  .map(([a, b]) => ({ family: 4 as const, first: base + Math.min(a, b), last: base + Math.max(a, b) }));
const members = fc.array(range, { minLength: 1, maxLength: 2 }).map(rangeSetOf);
const port = fc.constantFrom(
  { first: 0, last: 65_535 },
  { first: 0, last: 0 },
  { first: 1, last: 2 },
  { first: 2, last: 65_535 },
);
const term: fc.Arbitrary<ServiceTerm> = fc.oneof(
  fc.record({
    kind: fc.constant("ports" as const),
    protocol: fc.constantFrom(6 as const, 17 as const),
    source: port,
    destination: port,
  }),
  fc.constantFrom(protocol(6), protocol(1), protocol(47), icmp(), icmp(8), icmp6()),
);
const addressMatch: fc.Arbitrary<AddressMatch> = fc.oneof(
  fc.constant(any),
  fc.record({
    kind: fc.constant("sets" as const),
    names: fc.constantFrom(["a"], ["b"], ["a", "b"]),
    excluded: fc.boolean(),
  }),
);
const anyMatch: fc.Arbitrary<IrMatch> = fc.record({
  kind: fc.constant("packets" as const),
  source: addressMatch,
  destination: addressMatch,
  services: fc.oneof(fc.constant("any" as const), fc.array(term, { minLength: 1, maxLength: 3 })),
});

test("one match covers another exactly when every packet of the one is a packet of the other", () => {
  fc.assert(
    fc.property(members, members, anyMatch, anyMatch, (a, b, outer, inner) => {
      const ir = { addressSets: new Map([["a", a], ["b", b]]), contexts: [] } as never; // prettier-ignore
      const takes = (one: IrMatch) => (header: PacketHeader) => matches(ir, { match: one, action: "deny" }, header);
      const inside = headers.filter(takes(inner));
      const covered = inside.length > 0 && inside.every(takes(outer));
      const found = new Coverage(ir).covers(outer, inner);
      // The world is too small to tell "any" from every protocol in it, and not every address of an exclusion.
      if (found) expect(inside.every(takes(outer))).toBe(true);
      else if (outer.kind === "packets" && inner.kind === "packets" && inner.services !== "any")
        expect(covered).toBe(false);
    }),
    { numRuns: 400 },
  );
});
