// Random IRs and packets for laws. Addresses and ports come from a small pool, so that rules overlap and packets hit.

import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { allIpv4, allIpv6, emptyRangeSet, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange, RangeSet } from "@merlon/model/ip/range-set.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { anyByte, anyPort } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { unionOfMembers, withAnswers } from "../address-members.ts";
import type { AddressMembers, DnsAnswers, DnsName, WildcardAddress } from "../address-members.ts";
import { hostZone } from "../ir.ts";
import type {
  Action,
  AddressMatch,
  FlowPacket,
  Ir,
  IrContext,
  IrInterface,
  IrMatch,
  IrRule,
  PolicyName,
  RuleId,
} from "../ir.ts";

const at = { path: ["test"] };
const base4 = 0x0a00_0000;
const base6 = 0x2001_0db8n << 96n;
const poolSize = 12;

/** An address of the pool, or one far outside it. */
export const anyAddress: Arbitrary<IpAddress> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(poolSize - 1).map((offset): IpAddress => ({ family: 4, value: base4 + offset })) },
  {
    weight: 4,
    arbitrary: fc.nat(poolSize - 1).map((offset): IpAddress => ({ family: 6, value: base6 + BigInt(offset) })),
  },
  { weight: 1, arbitrary: fc.constantFrom<IpAddress>({ family: 4, value: 0xffff_ffff }, { family: 6, value: 0n }) },
);

const poolRange: Arbitrary<IpRange> = fc
  .tuple(fc.constantFrom(4, 6), fc.nat(poolSize - 1), fc.nat(4))
  .map(([family, start, more]): IpRange => {
    const end = Math.min(start + more, poolSize - 1);
    return family === 4
      ? { family: 4, first: base4 + start, last: base4 + end }
      : { family: 6, first: base6 + BigInt(start), last: base6 + BigInt(end) };
  });

export const anyRangeSet: Arbitrary<RangeSet> = fc.oneof(
  { weight: 8, arbitrary: fc.array(poolRange, { maxLength: 5 }).map(rangeSetOf) },
  { weight: 1, arbitrary: fc.constantFrom(emptyRangeSet, allIpv4, allIpv6) },
);

/** Masks with holes over the low bits, where the addresses of the pool differ. */
const wildcard: Arbitrary<WildcardAddress> = fc
  .tuple(fc.constantFrom(0xffff_fff5, 0xffff_fffa, 0x0000_0001, 0xff00_000f, 0xffff_ff04), fc.nat(poolSize - 1))
  .map(([mask, offset]) => ({ value: ((base4 + offset) & mask) >>> 0, mask }));

const dnsName: Arbitrary<DnsName> = fc.record(
  {
    name: fc.constantFrom("a.example", "b.example"),
    queryIntervalSeconds: fc.constant(300),
    family: fc.constantFrom<4 | 6>(4, 6),
  },
  { requiredKeys: ["name", "queryIntervalSeconds"] },
);

/** Names are not answered here: `withAnswers` and `anyAnswers` do that. */
export const anyMembers: Arbitrary<AddressMembers> = fc.oneof(
  { weight: 5, arbitrary: anyRangeSet },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyRangeSet, fc.array(wildcard, { minLength: 1, maxLength: 3 }))
      .map(([ranges, wildcards]) =>
        unionOfMembers([ranges, ...wildcards.map((it) => ({ ...emptyRangeSet, wildcards: [it] }))]),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyRangeSet, fc.option(wildcard), fc.array(dnsName, { minLength: 1, maxLength: 2 }))
      .map(([ranges, mask, names]) =>
        unionOfMembers([
          ranges,
          ...(mask === null ? [] : [{ ...emptyRangeSet, wildcards: [mask] }]),
          { ...emptyRangeSet, dns: { names, fixed: emptyRangeSet, unresolved: true } },
        ]),
      ),
  },
);

/** None, one or both of the names answered, perhaps with no address at all. */
export const anyAnswers: Arbitrary<DnsAnswers> = fc
  .array(fc.tuple(fc.constantFrom("a.example", "b.example"), fc.array(poolRange, { maxLength: 3 }).map(rangeSetOf)), {
    maxLength: 3,
  })
  .map((answers) => new Map(answers));

const ports = [0, 22, 53, 80, 81, 443, 65_535];

const portRange: Arbitrary<NumberRange> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(anyPort) },
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...ports), fc.constantFrom(...ports)).map(ordered) },
);

const byteRange: Arbitrary<NumberRange> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(anyByte) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(0, 3, 8, 128, 255), fc.constantFrom(0, 3, 8, 128, 255)).map(ordered),
  },
);

function ordered([a, b]: [number, number]): NumberRange {
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

const termShape: Arbitrary<ServiceTerm> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom<6 | 17 | 132>(6, 17, 132), portRange, portRange)
      .map(([protocol, source, destination]): ServiceTerm => ({ kind: "ports", protocol, source, destination })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom<4 | 6>(4, 6), byteRange, byteRange)
      .map(([family, type, code]): ServiceTerm => ({ kind: "icmp", family, type, code })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(0, 1, 2, 6, 17, 47, 58, 89, 255)
      .map((protocol): ServiceTerm => ({ kind: "protocol", protocol })),
  },
);

export const anyTerm: Arbitrary<ServiceTerm> = fc
  .tuple(termShape, fc.constantFrom(undefined, undefined, 4, 300, "never" as const))
  .map(([term, inactivityTimeout]) => (inactivityTimeout === undefined ? term : { ...term, inactivityTimeout }));

const setNames = ["any-ipv4", "any-ipv6", "global:a", "global:b", "global:c", "zone x:d"];

const addressMatch: Arbitrary<AddressMatch> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<AddressMatch>({ kind: "any" }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.uniqueArray(fc.constantFrom(...setNames), { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([names, excluded]): AddressMatch => ({ kind: "sets", names, excluded })),
  },
);

const match: Arbitrary<IrMatch> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(addressMatch, addressMatch, fc.oneof(fc.constant("any" as const), fc.array(anyTerm, { maxLength: 5 })))
      .map(([source, destination, services]): IrMatch => ({ kind: "packets", source, destination, services })),
  },
  { weight: 1, arbitrary: fc.constant<IrMatch>({ kind: "nothing", because: "of the test" }) },
);

type RuleSketch = Omit<IrRule, "id" | "policy">;

const sketch: Arbitrary<RuleSketch> = fc
  .tuple(match, fc.constantFrom<Action>("permit", "deny", "reject"), fc.boolean(), fc.boolean())
  .map(([wanted, action, sessionInit, count]) => ({
    match: wanted,
    action,
    log: { sessionInit, sessionClose: false },
    count,
    origin: at,
  }));

/** Names that are hard to tell apart once joined, and one that holds every character a zone name may. */
const zonePool = ["a", "a_a", "web-1.x", "9", "g7"];

interface Shape {
  readonly zones: readonly string[];
  readonly interfaceCounts: readonly number[];
  readonly policies: readonly (readonly RuleSketch[])[];
  readonly sets: readonly AddressMembers[];
  readonly answers: DnsAnswers;
  /** Policies to and from the gateway itself, per zone; none where empty. */
  readonly inbound: readonly (readonly RuleSketch[])[];
  readonly outbound: readonly (readonly RuleSketch[])[];
  readonly host: readonly ("any" | readonly ServiceTerm[])[];
  readonly opened: boolean;
}

function hostPolicies(zoneCount: number): Arbitrary<readonly (readonly RuleSketch[])[]> {
  const some = fc.oneof(fc.constant([]), fc.array(sketch, { minLength: 1, maxLength: 3 }));
  return fc.array(some, { minLength: zoneCount, maxLength: zoneCount });
}

const shape: Arbitrary<Shape> = fc
  .uniqueArray(fc.constantFrom(...zonePool), { minLength: 1, maxLength: 3 })
  .chain((zones) =>
    fc.record({
      zones: fc.constant(zones),
      interfaceCounts: fc.array(fc.nat(2), { minLength: zones.length, maxLength: zones.length }),
      policies: fc.array(fc.array(sketch, { maxLength: 5 }), {
        minLength: zones.length ** 2,
        maxLength: zones.length ** 2,
      }),
      sets: fc.array(anyMembers, { minLength: 4, maxLength: 4 }),
      answers: anyAnswers,
      inbound: hostPolicies(zones.length),
      outbound: hostPolicies(zones.length),
      host: fc.array(fc.oneof(fc.constant("any" as const), fc.array(anyTerm, { maxLength: 4 })), {
        minLength: 6,
        maxLength: 6,
      }),
      opened: fc.boolean(),
    }),
  );

export const anyIr: Arbitrary<Ir> = shape.map(irOf);

function irOf({ zones, interfaceCounts, policies, sets, answers, host, inbound, outbound, opened }: Shape): Ir {
  let next = 16;
  const finish = (rule: RuleSketch, policy: PolicyName): IrRule => ({ ...rule, id: next++ as RuleId, policy });
  const last: RuleSketch = {
    match: { kind: "packets", source: { kind: "any" }, destination: { kind: "any" }, services: "any" },
    action: opened ? "permit" : "deny",
    log: { sessionInit: !opened, sessionClose: false },
    count: true,
    origin: at,
  };
  const contextOf = (fromZone: string, toZone: string, rules: readonly RuleSketch[], end: RuleSketch): IrContext => ({
    fromZone,
    toZone,
    rules: [
      ...rules.map((rule, index) => finish(rule, { scope: "zone-pair", name: `p${index}` })),
      finish(end, { scope: "default", name: "default-policy" }),
    ],
  });
  const allowed: RuleSketch = { ...last, action: "permit", log: { sessionInit: false, sessionClose: false } };
  const contexts = [
    ...zones.flatMap((from, f) =>
      zones.map((to, t) => contextOf(from, to, policies[f * zones.length + t] ?? [], last)),
    ),
    ...zones.flatMap((zone, z) => {
      const [into = [], out = []] = [inbound[z], outbound[z]];
      return [
        ...(into.length === 0 ? [] : [contextOf(zone, hostZone, into, allowed)]),
        ...(out.length === 0 ? [] : [contextOf(hostZone, zone, out, last)]),
      ];
    }),
  ];
  const interfaces = zones.flatMap((zone, z) =>
    Array.from({ length: interfaceCounts[z] ?? 0 }, (_, i): IrInterface => {
      const device = `e${z}@${i}`;
      const terms = host[z * 2 + i] ?? [];
      const hostInbound = { services: [], terms, ...(i === 0 ? { ruleId: next++ as RuleId } : {}) };
      return { name: `${device}.0`, device, zone, hostInbound, origin: at };
    }),
  );
  const named = setNames.slice(2).map((name, index): [string, AddressMembers] => [name, sets[index] ?? emptyRangeSet]);
  const ir: Ir = {
    zones: zones.map((name) => ({ name, kind: "security" as const, origin: at })),
    interfaces,
    addressSets: new Map<string, AddressMembers>([["any-ipv4", allIpv4], ["any-ipv6", allIpv6], ...named]),
    contexts,
    network: { links: [], routes: [] },
  };
  return withAnswers(ir, answers);
}

/** A packet whose two addresses are of one IP version, with ports or an ICMP type where its protocol has them. */
export const anyHeader: Arbitrary<Omit<FlowPacket, "fromZone" | "toZone">> = fc
  .record({
    source: anyAddress,
    other: anyAddress,
    protocol: fc.constantFrom(6, 6, 6, 17, 17, 1, 58, 132, 47, 89, 0, 255),
    sourcePort: fc.constantFrom(...ports, 1024),
    destinationPort: fc.constantFrom(...ports, 1024),
    icmpType: fc.constantFrom(0, 1, 3, 8, 128, 135, 255),
    icmpCode: fc.constantFrom(0, 3, 255),
  })
  .map(({ source, other, protocol, sourcePort, destinationPort, icmpType, icmpCode }) => {
    const destination = other.family === source.family ? other : source;
    if (protocol === 6 || protocol === 17 || protocol === 132) {
      return { source, destination, protocol, sourcePort, destinationPort };
    }
    return protocol === 1 || protocol === 58
      ? { source, destination, protocol, icmpType, icmpCode }
      : { source, destination, protocol };
  });
