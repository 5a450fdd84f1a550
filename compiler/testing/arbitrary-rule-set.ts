// Random rule sets of one pair of zones for the laws of lookups: many rules whose addresses are of every width and stand
// inside, beside and across each other, and packets from the edges of those addresses, where mistakes are.

import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { allIpv4, rangeSetOf, rangesOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange, RangeSet } from "@merlon/model/ip/range-set.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { Action, AddressMatch, FlowPacket, Ir, IrContext, IrInterface, IrMatch, IrRule, RuleId } from "../ir.ts";
import { anyHeader, anyTerm } from "./arbitrary-ir.ts";

export interface RuleSetCase {
  readonly ir: Ir;
  readonly headers: readonly Omit<FlowPacket, "fromZone" | "toZone">[];
}

const at = { path: ["test"] };
const base4 = 0x0a00_0000;
const base6 = 0x2001_0db8n << 96n;

/** 10.0–2.0–3.0–255 and the same shape in 2001:db8::/32. */
const place: Arbitrary<{ readonly wide: number; readonly block: number; readonly host: number }> = fc.record({
  wide: fc.nat(2),
  block: fc.nat(3),
  host: fc.oneof(fc.constantFrom(0, 1, 2, 254, 255), fc.nat(255)),
});

const range4: Arbitrary<IpRange> = fc
  .tuple(place, fc.constantFrom("host", "host", "host", "short", "block", "wide", "long"), fc.nat(3), fc.nat(60))
  .map(([{ wide, block, host }, width, count, more]): IpRange => {
    const start = base4 + wide * 65_536;
    const first = start + block * 256;
    switch (width) {
      case "host":
        return { family: 4, first: first + host, last: first + host };
      case "short":
        return { family: 4, first: first + host, last: first + host + more };
      case "block":
        return { family: 4, first, last: first + (count + 1) * 256 - 1 };
      case "wide":
        return { family: 4, first: start, last: start + (count + 1) * 65_536 - 1 };
      default:
        return { family: 4, first: first + host, last: first + host + 400 + more * 1_000 };
    }
  });

const range6: Arbitrary<IpRange> = fc
  .tuple(place, fc.constantFrom("host", "host", "short", "block", "wide", "long"), fc.nat(3), fc.nat(60))
  .map(([{ wide, block, host }, width, count, more]): IpRange => {
    const start = base6 + (BigInt(wide) << 80n);
    const first = start + (BigInt(block) << 64n);
    const at6 = first + BigInt(host);
    switch (width) {
      case "host":
        return { family: 6, first: at6, last: at6 };
      case "short":
        return { family: 6, first: at6, last: at6 + BigInt(more) };
      case "block":
        return { family: 6, first, last: first + (BigInt(count + 1) << 64n) - 1n };
      case "wide":
        return { family: 6, first: start, last: start + (BigInt(count + 1) << 80n) - 1n };
      default:
        return { family: 6, first: at6, last: at6 + 1_000n + (BigInt(more) << 64n) };
    }
  });

const addressSet: Arbitrary<RangeSet> = fc.oneof(
  { weight: 12, arbitrary: fc.array(fc.oneof(range4, range4, range6), { minLength: 1, maxLength: 5 }).map(rangeSetOf) },
  { weight: 1, arbitrary: fc.constant(allIpv4) },
);

const setNames = Array.from({ length: 10 }, (_, i) => `global:set-${i}`);

const side: Arbitrary<AddressMatch> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<AddressMatch>({ kind: "any" }) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.uniqueArray(fc.constantFrom(...setNames), { minLength: 1, maxLength: 3 }), fc.nat(5))
      .map(([names, kind]): AddressMatch => ({ kind: "sets", names, excluded: kind === 0 })),
  },
);

/** A few lists, so that rules share them. */
const services: Arbitrary<"any" | readonly ServiceTerm[]> = fc.oneof(
  fc.constant("any" as const),
  fc.array(anyTerm, { maxLength: 4 }),
  fc.array(anyTerm, { maxLength: 4 }),
);

const rule: Arbitrary<Omit<IrRule, "id" | "policy">> = fc
  .tuple(side, side, services, fc.constantFrom<Action>("permit", "permit", "deny", "reject"), fc.nat(30))
  .map(([source, destination, list, action, nothing]) => ({
    match: (nothing === 0
      ? { kind: "nothing", because: "of the test" }
      : { kind: "packets", source, destination, services: list }) satisfies IrMatch,
    action,
    log: { sessionInit: true, sessionClose: false },
    count: false,
    origin: at,
  }));

/** The first and last address of a range and those beside it. */
function edgesOf(range: IpRange): readonly IpAddress[] {
  if (range.family === 4) {
    const values = [range.first - 1, range.first, range.last, range.last + 1];
    return values.filter((value) => value > 0 && value < 0xffff_ffff).map((value) => ({ family: 4, value }));
  }
  return [range.first - 1n, range.first, range.last, range.last + 1n].map((value) => ({ family: 6, value }));
}

/** `packetCount` packets from one zone to the other, most of them from the edges of the rules' addresses. */
export function anyRuleSet(packetCount: number): Arbitrary<RuleSetCase> {
  return fc
    .record({
      sets: fc.array(addressSet, { minLength: setNames.length, maxLength: setNames.length }),
      rules: fc.array(rule, { minLength: 8, maxLength: 40 }),
      picks: fc.array(fc.tuple(fc.nat(), fc.nat(), anyHeader), { minLength: packetCount, maxLength: packetCount }),
    })
    .map(({ sets, rules, picks }) => {
      const edges = [...sets].flatMap((set) => [...rangesOf(set)].flatMap(edgesOf));
      const headers = picks.map(([from, to, header]) => {
        const source = edges[from % edges.length] ?? header.source;
        const peers = edges.filter(({ family }) => family === source.family);
        const destination = peers[to % peers.length] ?? source;
        return { ...header, source, destination };
      });
      return { ir: irOf(sets, rules), headers };
    });
}

function irOf(sets: readonly RangeSet[], sketches: readonly Omit<IrRule, "id" | "policy">[]): Ir {
  let next = 16;
  const numbered = (sketch: Omit<IrRule, "id" | "policy">, name: string, scope: "zone-pair" | "default"): IrRule => ({
    ...sketch,
    id: next++ as RuleId,
    policy: { scope, name },
  });
  const last = {
    match: { kind: "packets", source: { kind: "any" }, destination: { kind: "any" }, services: "any" },
    action: "deny",
    log: { sessionInit: true, sessionClose: false },
    count: true,
    origin: at,
  } as const;
  const context = (fromZone: string, toZone: string, own: typeof sketches): IrContext => ({
    fromZone,
    toZone,
    rules: [
      ...own.map((sketch, index) => numbered(sketch, `p${index}`, "zone-pair")),
      numbered(last, "default-policy", "default"),
    ],
  });
  const port = (device: string, zone: string): IrInterface => ({
    name: `${device}.0`,
    device,
    zone,
    hostInbound: { services: [], terms: [] },
    origin: at,
  });
  return {
    zones: ["a", "b"].map((name) => ({ name, kind: "security" as const, origin: at })),
    interfaces: [port("p0", "a"), port("p1", "b")],
    addressSets: new Map(setNames.map((name, index) => [name, sets[index] ?? allIpv4])),
    contexts: [context("a", "b", sketches), context("b", "a", []), context("a", "a", []), context("b", "b", [])],
    network: { links: [], routes: [] },
  };
}
