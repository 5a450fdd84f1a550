// Random translation over three devices, for laws. Addresses and ports come from the same small pool as those of packets.

import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { withAnswers } from "../address-members.ts";
import type { AddressMembers } from "../address-members.ts";
import type { AddressMatch, Ir, IrInterface, RuleId } from "../ir.ts";
import type {
  DestinationAction,
  DestinationPool,
  IrNat,
  NatMatch,
  NatRule,
  NatSide,
  PersistentNat,
  SourceAction,
} from "../nat/ir-nat.ts";
import type { SourcePool, StaticAction } from "../nat/ir-nat.ts";
import { anyAnswers, anyMembers, anyTerm } from "./arbitrary-ir.ts";
import { emptyIr } from "./compile-text.ts";

const at = { path: ["test"] };
export const natDevices = ["d0", "d1", "d2"] as const;
const base4 = 0x0a00_0000;
const base6 = 0x2001_0db8n << 96n;

/** A prefix of 1 to 4 addresses, or with `even` false any short range. */
function range(even: boolean): Arbitrary<IpRange> {
  return fc
    .tuple(fc.constantFrom(4, 6), fc.nat(11), fc.constantFrom(1, 1, 2, 4, 3))
    .map(([family, start, wish]): IpRange => {
      const size = even && wish === 3 ? 4 : wish;
      const first = even ? start - (start % size) : start;
      return family === 4
        ? { family: 4, first: base4 + first, last: base4 + first + size - 1 }
        : { family: 6, first: base6 + BigInt(first), last: base6 + BigInt(first + size - 1) };
    });
}

const setNames = ["a", "b", "c", "d"];
const addresses: Arbitrary<AddressMatch> = fc.oneof(
  fc.constant<AddressMatch>({ kind: "any" }),
  fc
    .uniqueArray(fc.constantFrom(...setNames), { minLength: 1, maxLength: 2 })
    .map((names): AddressMatch => ({ kind: "sets", names, excluded: false })),
);
const services = fc.oneof(
  fc.constant("any" as const),
  fc.constant("any" as const),
  fc.array(anyTerm, { minLength: 1, maxLength: 2 }),
);
const match: Arbitrary<NatMatch> = fc.record({
  source: addresses,
  destination: addresses,
  services,
  applications: fc.constant([]),
});

const side: Arbitrary<NatSide> = fc
  .subarray([...natDevices])
  .map((devices) => ({ kind: "zone" as const, names: ["z"], devices }));

const portRange = fc.constantFrom({ first: 1024, last: 63_487 }, { first: 5000, last: 5000 });

const sourcePool: Arbitrary<SourcePool> = fc
  .record({
    ranges: fc.array(range(false), { minLength: 1, maxLength: 3 }),
    ports: fc.oneof(portRange, fc.constant("keep" as const)),
    persistent: fc.boolean(),
    shifts: fc.boolean(),
    overflow: fc.constantFrom(undefined, "interface" as const, 0),
    base: fc.nat(11),
  })
  .map(({ ranges, ports, persistent, shifts, overflow, base }): SourcePool => {
    const [first] = ranges;
    if (!shifts || first === undefined) return { name: "p", ranges, ports, persistent, origin: at };
    return {
      name: "p",
      ranges: [first],
      ports: "keep",
      persistent,
      base: first.family === 4 ? { family: 4, value: base4 + base } : { family: 6, value: base6 + BigInt(base) },
      ...(overflow === undefined ? {} : { overflow }),
      origin: at,
    };
  });

const destinationPool: Arbitrary<DestinationPool> = fc
  .tuple(range(false), fc.constantFrom(undefined, 8080))
  .map(([wanted, port]) => ({ name: "p", range: wanted, ...(port === undefined ? {} : { port }), origin: at }));

const refuse = { kind: "refuse", because: "of the test" } as const;

const staticRule: Arbitrary<{ match: NatMatch; action: StaticAction; outer: IpRange }> = fc
  .tuple(match, range(true), fc.nat(11), fc.nat(2), fc.boolean(), fc.nat(9))
  .map(([wanted, outer, start, ports, plain, refused]) => {
    const size = outer.family === 4 ? outer.last - outer.first + 1 : Number(outer.last - outer.first + 1n);
    const first = start - (start % size);
    const inner: IpRange =
      outer.family === 4
        ? { family: 4, first: base4 + first, last: base4 + first + size - 1 }
        : { family: 6, first: base6 + BigInt(first), last: base6 + BigInt(first + size - 1) };
    const mapped = { outer: { first: 80, last: 80 + ports }, inner: { first: 443, last: 443 + ports } };
    const term = { kind: "ports", source: { first: 0, last: 65_535 }, destination: mapped.outer } as const;
    const ported = [
      { ...term, protocol: 6 as const },
      { ...term, protocol: 17 as const },
    ];
    const source: AddressMatch = plain ? { kind: "any" } : wanted.source;
    const action: StaticAction =
      refused === 0 ? refuse : { kind: "map", outer, inner, ...(ports > 0 ? { ports: mapped } : {}) };
    return { match: { ...wanted, source, services: ports > 0 ? ported : "any" }, action, outer };
  });

function rulesOf<A>(
  match: Arbitrary<NatMatch>,
  action: Arbitrary<A>,
): Arbitrary<readonly { match: NatMatch; action: A }[]> {
  return fc.array(fc.record({ match, action }), { maxLength: 4 });
}

const sourceAction: Arbitrary<SourceAction> = fc.oneof(
  fc.constant<SourceAction>({ kind: "off" }),
  fc.constant<SourceAction>(refuse),
  fc.record({ kind: fc.constant("interface" as const), ports: portRange, random: fc.boolean() }),
  fc.record({ kind: fc.constant("pool" as const), pool: fc.nat(2), random: fc.boolean() }),
  fc.record({ kind: fc.constant("pool" as const), pool: fc.nat(2), random: fc.boolean() }),
);
const destinationAction: Arbitrary<DestinationAction> = fc.oneof(
  fc.constant<DestinationAction>({ kind: "off" }),
  fc.constant<DestinationAction>(refuse),
  fc.record({ kind: fc.constant("pool" as const), pool: fc.nat(2) }),
  fc.record({ kind: fc.constant("pool" as const), pool: fc.nat(2) }),
);

interface Sketch {
  readonly members: readonly AddressMembers[];
  readonly fixed: readonly {
    readonly from: NatSide;
    readonly rules: readonly { match: NatMatch; action: StaticAction; outer: IpRange }[];
  }[];
  readonly destination: readonly {
    readonly from: NatSide;
    readonly rules: readonly { match: NatMatch; action: DestinationAction }[];
  }[];
  readonly source: readonly {
    readonly from: NatSide;
    readonly to: NatSide;
    readonly rules: readonly { match: NatMatch; action: SourceAction }[];
  }[];
  readonly sourcePools: readonly SourcePool[];
  readonly destinationPools: readonly DestinationPool[];
}

const sketch: Arbitrary<Sketch> = fc.record({
  members: fc.array(
    fc.oneof(
      range(false).map((one): AddressMembers => rangeSetOf([one])),
      anyMembers,
    ),
    { minLength: 4, maxLength: 4 },
  ),
  fixed: fc.array(fc.record({ from: side, rules: fc.array(staticRule, { maxLength: 4 }) }), { maxLength: 2 }),
  destination: fc.array(fc.record({ from: side, rules: rulesOf(match, destinationAction) }), { maxLength: 2 }),
  source: fc.array(fc.record({ from: side, to: side, rules: rulesOf(match, sourceAction) }), { maxLength: 2 }),
  sourcePools: fc.tuple(sourcePool, sourcePool, sourcePool),
  destinationPools: fc.tuple(destinationPool, destinationPool, destinationPool),
});

export const anyNatIr: Arbitrary<Ir> = fc.tuple(sketch, anyAnswers).map(([made, answers]) => {
  let next = 16;
  const addressSets = new Map(
    setNames.map((name, index): [string, AddressMembers] => [name, made.members[index] ?? rangeSetOf([])]),
  );
  const finish = <A, R extends { match: NatMatch; action: A }>(rules: readonly R[]): readonly NatRule<A>[] =>
    rules.map(({ match: wanted, action }) => ({
      id: next++ as RuleId,
      name: `r${next}`,
      match: wanted,
      action,
      origin: at,
    }));
  // An overflow pool is a plain one.
  const [first, ...others] = made.sourcePools;
  const { base: _, overflow: __, ...plain } = first ?? ({} as SourcePool);
  const nat: IrNat = {
    static: made.fixed.map(({ from, rules }, index) => ({
      name: `t${index}`,
      from,
      origin: at,
      rules: finish<StaticAction, (typeof rules)[number]>(
        rules.map((rule) => {
          const name = `nat ${rule.outer.family} ${rule.outer.first}-${rule.outer.last}`;
          addressSets.set(name, rangeSetOf([rule.outer]));
          return { ...rule, match: { ...rule.match, destination: { kind: "sets", names: [name], excluded: false } } };
        }),
      ),
    })),
    destination: made.destination.map(({ from, rules }, index) => ({
      name: `d${index}`,
      from,
      origin: at,
      rules: finish<DestinationAction, (typeof rules)[number]>(rules),
    })),
    source: made.source.map(({ from, to, rules }, index) => ({
      name: `s${index}`,
      from,
      to,
      origin: at,
      rules: finish<SourceAction, (typeof rules)[number]>(rules),
    })),
    sourcePools: [plain, ...others],
    destinationPools: made.destinationPools,
  };
  const interfaces = natDevices.map((device): IrInterface => ({
    name: `${device}.0`,
    device,
    zone: "z",
    hostInbound: { services: [], terms: [] },
    origin: at,
  }));
  return withAnswers({ ...emptyIr, interfaces, addressSets, nat }, answers);
});

const persistentNat: Arbitrary<PersistentNat> = fc.record({
  permit: fc.constantFrom(
    "any-remote-host" as const,
    "any-remote-host" as const,
    "target-host" as const,
    "target-host-port" as const,
    "nobody" as const,
  ),
  addressMapping: fc.boolean(),
  inactivitySeconds: fc.constantFrom(60, 300),
  sessionsMax: fc.constantFrom(2, 8, 30),
});

/** Where pools and interfaces are translated to, ends are bound. */
export const anyBindingIr: Arbitrary<Ir> = fc
  .tuple(anyNatIr, fc.array(persistentNat, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([made, choices, isWide]) => {
    const ir = isWide ? widened(made) : made;
    const { nat } = ir;
    if (nat === undefined) return ir;
    const persistent = (action: SourceAction, index: number): SourceAction => {
      const choice = choices[index % choices.length];
      if (choice === undefined || (action.kind !== "pool" && action.kind !== "interface")) return action;
      const addressMapping = choice.addressMapping && action.kind === "pool";
      return { ...action, persistent: { ...choice, addressMapping } };
    };
    const source = nat.source.map((set) => ({
      ...set,
      rules: set.rules.map((rule) => ({ ...rule, action: persistent(rule.action, rule.id) })),
    }));
    const plain = ({ name, ranges, ports, persistent: paired, origin }: SourcePool): SourcePool => ({
      name,
      ranges,
      ports,
      persistent: paired,
      origin,
    });
    const boundAddresses = new Map(
      natDevices.map((device, index): [string, readonly IpAddress[]] => [
        device,
        [
          { family: 4, value: base4 + index },
          { family: 6, value: base6 + BigInt(index) },
        ],
      ]),
    );
    return { ...ir, boundAddresses, nat: { ...nat, source, sourcePools: nat.sourcePools.map(plain) } };
  });

/** Source rules for everything between two devices on the inner side and one on the outer, and nothing else in their way. */
function widened(ir: Ir): Ir {
  const { nat } = ir;
  if (nat === undefined) return ir;
  const side = (...devices: readonly string[]): NatSide => ({ kind: "zone", names: ["z"], devices });
  const match: NatMatch = {
    source: { kind: "any" },
    destination: { kind: "any" },
    services: "any",
    applications: [],
  };
  const source = nat.source.map((set) => ({
    ...set,
    from: side("d0", "d1"),
    to: side("d2"),
    rules: set.rules.map((rule) => ({ ...rule, match })),
  }));
  return { ...ir, nat: { ...nat, static: [], destination: [], source } };
}
