// Whether one match takes every packet that another takes: exact on addresses and services, over the members that the sets
// have now. Where that cannot be told (masks on the covering side) the answer is no.

import { complementOf, rangeAt, unionOf } from "@merlon/model/ip/range-set.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { anyByte, anyPort, icmpProtocol } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { AddressMembers, WildcardAddress } from "./address-members.ts";
import { membersOf } from "./address-members.ts";
import type { AddressMatch, Ir, IrMatch } from "./ir.ts";

/** Asks about many pairs; equal parts of rules are one object, so each pair of parts is compared once. */
export class Coverage {
  readonly #sides: Readonly<Record<Family, Side>>;

  constructor(ir: Pick<Ir, "addressSets">) {
    this.#sides = { 4: new Side(ir, 4), 6: new Side(ir, 6) };
  }

  /** True when everything that `inner` matches is matched by `outer`. What matches nothing is covered by nothing. */
  covers(outer: IrMatch, inner: IrMatch): boolean {
    if (outer.kind === "nothing" || inner.kind === "nothing") return false;
    const sides = families.map((family) => this.#sides[family]).filter((side) => side.takesAny(inner));
    return sides.length > 0 && sides.every((side) => side.covers(outer, inner));
  }
}

type Packets = Extract<IrMatch, { kind: "packets" }>;

const families = [4, 6] as const;

/** The packets of one IP version: both of their addresses are of it, and so is ICMP. */
class Side {
  readonly #ir: Pick<Ir, "addressSets">;
  readonly #family: Family;
  readonly #sets = new Map<AddressMatch, Addresses>();
  readonly #terms = new Map<Services, Services>();
  readonly #addresses = new Map<AddressMatch, Map<AddressMatch, boolean>>();
  readonly #services = new Map<Services, Map<Services, boolean>>();

  constructor(ir: Pick<Ir, "addressSets">, family: Family) {
    this.#ir = ir;
    this.#family = family;
  }

  takesAny({ source, destination, services }: Packets): boolean {
    return this.#servicesOf(services).length > 0 && !isEmpty(this.#of(source)) && !isEmpty(this.#of(destination));
  }

  covers(outer: Packets, inner: Packets): boolean {
    const [outerTerms, innerTerms] = [this.#servicesOf(outer.services), this.#servicesOf(inner.services)];
    return (
      remembered(this.#services, outerTerms, innerTerms, servicesCover) &&
      this.#addressesCover(outer.destination, inner.destination) &&
      this.#addressesCover(outer.source, inner.source)
    );
  }

  #addressesCover(outer: AddressMatch, inner: AddressMatch): boolean {
    if (outer === inner || outer.kind === "any") return true;
    return remembered(this.#addresses, outer, inner, () => addressesCover(this.#of(outer), this.#of(inner)));
  }

  #of(match: AddressMatch): Addresses {
    const known = this.#sets.get(match);
    if (known !== undefined) return known;
    const found = ofFamily(addressesOf(this.#ir, match), this.#family);
    this.#sets.set(match, found);
    return found;
  }

  #servicesOf(services: Services): Services {
    if (services === "any") return services;
    const known = this.#terms.get(services);
    if (known !== undefined) return known;
    // ICMP of the other version stands for no packet, by its name or by its number.
    const other = icmpProtocol[this.#family === 4 ? 6 : 4];
    const found = services.filter((term) =>
      term.kind === "icmp" ? term.family === this.#family : term.kind !== "protocol" || term.protocol !== other,
    );
    this.#terms.set(services, found);
    return found;
  }
}

function remembered<T>(
  known: Map<T, Map<T, boolean>>,
  outer: T,
  inner: T,
  decide: (outer: T, inner: T) => boolean,
): boolean {
  const row = known.get(outer) ?? new Map<T, boolean>();
  known.set(outer, row);
  const before = row.get(inner);
  if (before !== undefined) return before;
  const answer = decide(outer, inner);
  row.set(inner, answer);
  return answer;
}

/** Masks are of IPv4 alone. */
function ofFamily({ ranges, wildcards, isWider }: Addresses, family: Family): Addresses {
  return family === 4
    ? { ranges: { ...ranges, ipv6: [] }, wildcards, isWider }
    : { ranges: { ...ranges, ipv4: [] }, wildcards: [], isWider: false };
}

interface Addresses {
  readonly ranges: RangeSet;
  readonly wildcards: readonly WildcardAddress[];
  /** Fewer addresses than these may match: masks were left out of an exclusion. */
  readonly isWider: boolean;
}

function addressesOf(ir: Pick<Ir, "addressSets">, match: AddressMatch): Addresses {
  if (match.kind === "any") return { ranges: complementOf({ ipv4: [], ipv6: [] }), wildcards: [], isWider: false };
  const members: AddressMembers = membersOf(ir, match.names);
  const { wildcards = [] } = members;
  if (!match.excluded) return { ranges: members, wildcards, isWider: false };
  return { ranges: complementOf(members), wildcards: [], isWider: wildcards.length > 0 };
}

function isEmpty({ ranges, wildcards }: Addresses): boolean {
  return ranges.ipv4.length + ranges.ipv6.length + wildcards.length === 0;
}

function addressesCover(outer: Addresses, inner: Addresses): boolean {
  if (outer.isWider) return false;
  return (
    rangesCover(outer.ranges, inner.ranges) &&
    inner.wildcards.every(
      (mask) => rangesCoverMask(outer.ranges, mask) || outer.wildcards.some((it) => maskCovers(it, mask)),
    )
  );
}

/** The ranges of a set do not touch each other, so a range is covered by one of them or not at all. */
function rangesCover(outer: RangeSet, inner: RangeSet): boolean {
  return (
    inner.ipv4.every(({ first, last }) => (rangeAt(outer.ipv4, first)?.last ?? -1) >= last) &&
    inner.ipv6.every(({ first, last }) => (rangeAt(outer.ipv6, first)?.last ?? -1n) >= last)
  );
}

/** The smallest range that holds every address of the mask. */
function rangesCoverMask(outer: RangeSet, { value, mask }: WildcardAddress): boolean {
  return rangesCover(outer, unionOf([{ ipv4: [{ first: value, last: (value | ~mask) >>> 0 }], ipv6: [] }]));
}

function maskCovers(outer: WildcardAddress, inner: WildcardAddress): boolean {
  return (outer.mask & ~inner.mask) === 0 && (inner.value & outer.mask) >>> 0 === outer.value;
}

type Services = "any" | readonly ServiceTerm[];

function servicesCover(outer: Services, inner: Services): boolean {
  if (outer === "any" || outer === inner) return true;
  if (inner === "any" || inner.length === 0) return false;
  const areas = outer.map(areaOf);
  return inner.every((term) => areaCovered(areaOf(term), areas));
}

/** A service as a rectangle: source by destination ports, or type by code. */
interface Area {
  readonly protocol: number;
  readonly across: NumberRange;
  readonly down: NumberRange;
}

function areaOf(term: ServiceTerm): Area {
  switch (term.kind) {
    case "ports":
      return { protocol: term.protocol, across: term.source, down: term.destination };
    case "icmp":
      return { protocol: icmpProtocol[term.family], across: term.type, down: term.code };
    case "protocol": {
      const whole = term.protocol === 1 || term.protocol === 58 ? anyByte : anyPort;
      return { protocol: term.protocol, across: whole, down: whole };
    }
  }
}

/** Takes one rectangle after the other away and looks whether anything is left. */
function areaCovered(area: Area, covering: readonly Area[]): boolean {
  let left: readonly Area[] = [area];
  for (const cover of covering) {
    if (cover.protocol === area.protocol) left = left.flatMap((rest) => without(rest, cover));
    if (left.length === 0) return true;
  }
  return false;
}

function without(area: Area, { across, down }: Area): readonly Area[] {
  const shared = { first: Math.max(area.across.first, across.first), last: Math.min(area.across.last, across.last) };
  const apart = shared.first > shared.last || area.down.first > down.last || area.down.last < down.first;
  if (apart) return [area];
  const pieces = [
    { ...area, across: { first: area.across.first, last: shared.first - 1 } },
    { ...area, across: { first: shared.last + 1, last: area.across.last } },
    { ...area, across: shared, down: { first: area.down.first, last: down.first - 1 } },
    { ...area, across: shared, down: { first: down.last + 1, last: area.down.last } },
  ];
  return pieces.filter((piece) => piece.across.first <= piece.across.last && piece.down.first <= piece.down.last);
}
