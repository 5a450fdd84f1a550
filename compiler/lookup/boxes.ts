// Few rules as boxes that do not meet: stretches of source, destination and service whose packets all have the same
// first rule. The kernel finds the one box of a packet in one set with ranges in each field (nft_set_pipapo), which is
// faster than any way in steps as long as the boxes are some hundred. What an earlier rule has taken is cut out of the
// later ones, so a rule that others reach into becomes several boxes. Ports that rules name stand apart, each kind of them
// with boxes of addresses alone: few rules speak of one port.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { Ir, IrRule } from "../ir.ts";
import type { AddressValue } from "./address-pieces.ts";
import { rangesOfSide } from "./address-side.ts";
import { portClasses } from "./port-classes.ts";
import { icmpRanges, plainProtocols, portBoxes, portProtocols } from "./service-classes.ts";
import type { PortBox, ServiceList } from "./service-classes.ts";
import type { Ends } from "./sweep.ts";

/** Packets of one kind: those of a protocol, told apart by what stands in its header, or of all others by its number. */
export interface BoxTable {
  /** Absent for all protocols that have no table of their own. */
  readonly protocol?: number;
  /** The boxes ask for the source port, too. */
  readonly sourcePorts: boolean;
  /** Ports whose packets have boxes of their own, which reach over all ports. */
  readonly classes: readonly PortClassBoxes[];
  /** Of all others. */
  readonly boxes: readonly Box[];
}

export interface PortClassBoxes {
  readonly ports: readonly number[];
  readonly boxes: readonly Box[];
}

export interface Box {
  readonly source: Ends<AddressValue>;
  readonly destination: Ends<AddressValue>;
  readonly sourcePort: NumberRange;
  /** Destination port, type and code of ICMP as one number, or the number of the protocol. */
  readonly value: NumberRange;
  /** Index of the rule that decides. */
  readonly rule: number;
}

export interface BoxLookup {
  readonly family: Family;
  readonly rules: readonly IrRule[];
  readonly tables: readonly BoxTable[];
}

/** So few boxes of a protocol are found faster at once than by the port first. */
export const boxesTogetherMax = 64;
/** Boxes of one set: the time of a lookup and of an insertion grows with them. */
export const boxesMax = 2_048;
/** Of all sets of a lookup. */
const lookupBoxesMax = 6_144;
/** Of all lookups of one IP version: a box takes some 1 to 3 KB of the kernel's memory. */
const allBoxesMax = 65_536;

export interface BoxLimits {
  /** See `boxesTogetherMax`. */
  readonly togetherMax?: number;
  /** Of this lookup. */
  readonly countMax?: number;
}

/** How many boxes each of so many lookups may have; changes in large steps, because all lookups depend on it. */
export function boxesOfEach(lookupCount: number): number {
  return Math.min(lookupBoxesMax, allBoxesMax / 2 ** Math.ceil(Math.log2(Math.max(1, lookupCount))));
}

/** Every rule has addresses of the IP version on both sides. Undefined where there would be too many boxes. */
export function boxLookup(
  ir: Pick<Ir, "addressSets">,
  rules: readonly IrRule[],
  family: Family,
  limits: BoxLimits = {},
): BoxLookup | undefined {
  const lists = rules.map(({ match }): ServiceList => (match.kind === "nothing" ? [] : match.services));
  const sides = sidesOfRules(ir, rules, family);
  const { togetherMax = boxesTogetherMax, countMax = lookupBoxesMax } = limits;
  const tables: BoxTable[] = [];
  let count = 0;
  for (const kind of packetKinds(lists, family)) {
    const table = boxTable(kind, lists, sides, { togetherMax, countMax });
    if (table === undefined) return undefined;
    for (const { boxes } of [table, ...table.classes]) count += boxes.length;
    if (count > countMax) return undefined;
    tables.push(table);
  }
  return { family, rules, tables };
}

/** Boxes of every set of the lookup. */
export function boxCount({ tables }: BoxLookup): number {
  return tables.flatMap((table) => [table, ...table.classes]).reduce((sum, { boxes }) => sum + boxes.length, 0);
}

function boxTable(
  { protocol, valuesOf }: PacketKind,
  lists: readonly ServiceList[],
  sides: SidesOfRules,
  { togetherMax, countMax }: Required<BoxLimits>,
): BoxTable | undefined {
  const values = lists.map(valuesOf);
  const sourcePorts = values.flat().some(({ source }) => source.first > 0 || source.last < anySource.last);
  const own = protocol === undefined ? {} : { protocol };
  const hasClasses = protocol !== undefined && !sourcePorts && isPortProtocol(protocol);
  const together = disjointBoxes(sides, values, hasClasses ? togetherMax : boxesMax);
  if (together !== undefined) return { ...own, sourcePorts, classes: [], boxes: together };
  if (!hasClasses) return undefined;
  const { classes, rest } = portClasses(values.map((list) => list.map(({ destination }) => destination)));
  const made: PortClassBoxes[] = [];
  let count = 0;
  for (const { ports, rules } of classes) {
    const members = new Set(rules);
    const boxes = disjointBoxes(
      sides,
      values.map((_, rule) => (members.has(rule) ? [anyPorts] : [])),
    );
    count += boxes?.length ?? 0;
    if (boxes === undefined || count > countMax) return undefined;
    made.push({ ports, boxes });
  }
  const boxes = disjointBoxes(
    sides,
    rest.map((list) => list.map((destination) => ({ source: anySource, destination }))),
  );
  return boxes && { ...own, sourcePorts, classes: made, boxes };
}

function isPortProtocol(protocol: number): boolean {
  return portProtocols.some((it) => it === protocol);
}

interface PacketKind {
  readonly protocol?: number;
  readonly valuesOf: (list: ServiceList) => readonly PortBox[];
}

const anySource: NumberRange = { first: 0, last: 65_535 };
const anyValue: NumberRange = { first: 0, last: 65_535 };
const anyPorts: PortBox = { source: anySource, destination: anyValue };
const anyProtocol: NumberRange = { first: 0, last: 255 };

/** What is told apart inside its header has a table of its own; the last table is for all others. */
function packetKinds(lists: readonly ServiceList[], family: Family): readonly PacketKind[] {
  const terms = lists.flatMap((list) => (list === "any" ? [] : list));
  const withPorts = portProtocols.filter((protocol) =>
    terms.some((term) => term.kind === "ports" && term.protocol === protocol),
  );
  const withTypes = icmpRanges(terms, family).length > 0 ? [icmpProtocol[family]] : [];
  const apart = new Set<number>([...withPorts, ...withTypes]);
  return [
    ...withPorts.map((protocol): PacketKind => ({
      protocol,
      valuesOf: (list) => (list === "any" ? [anyPorts] : portBoxes(list, protocol)),
    })),
    ...withTypes.map((protocol): PacketKind => ({
      protocol,
      valuesOf: (list) =>
        list === "any"
          ? [anyPorts]
          : icmpRanges(list, family).map((destination) => ({ source: anySource, destination })),
    })),
    {
      valuesOf: (list) =>
        (list === "any" ? [anyProtocol] : plainProtocols(list, apart)).map((destination) => ({
          source: anySource,
          destination,
        })),
    },
  ];
}

interface SidesOfRules {
  /** Where stretches of addresses begin, and behind them where the last one ends. */
  readonly sourceBounds: readonly AddressValue[];
  readonly destinationBounds: readonly AddressValue[];
  /** By rule: ranges of indexes of such stretches. */
  readonly sources: readonly (readonly NumberRange[])[];
  readonly destinations: readonly (readonly NumberRange[])[];
}

function sidesOfRules(ir: Pick<Ir, "addressSets">, rules: readonly IrRule[], family: Family): SidesOfRules {
  const ranges = (side: "source" | "destination") =>
    rules.map(({ match }) => (match.kind === "nothing" ? [] : rangesOfSide(ir, match[side], family)));
  const [sources, destinations] = [indexed(ranges("source")), indexed(ranges("destination"))];
  return {
    sourceBounds: sources.bounds,
    destinationBounds: destinations.bounds,
    sources: sources.indexes,
    destinations: destinations.indexes,
  };
}

function after(value: AddressValue): AddressValue {
  return typeof value === "bigint" ? value + 1n : value + 1;
}

/** Addresses as numbers of the stretches that no range cuts. */
function indexed(all: readonly (readonly Ends<AddressValue>[])[]) {
  const bounds = [...new Set(all.flat().flatMap(({ first, last }) => [first, after(last)]))].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const indexOf = new Map(bounds.map((bound, index) => [bound, index]));
  const indexes = all.map((ranges) =>
    ranges.map(({ first, last }): NumberRange => ({
      first: indexOf.get(first) ?? 0,
      last: (indexOf.get(after(last)) ?? 0) - 1,
    })),
  );
  return { bounds, indexes };
}

/** Firsts and lasts in turn: source, destination, source port, value. */
type Corners = readonly number[];

const dimensions = 4;

function disjointBoxes(
  sides: SidesOfRules,
  values: readonly (readonly PortBox[])[],
  countMax = boxesMax,
): readonly Box[] | undefined {
  const taken: Corners[] = [];
  const rulesOf: number[] = [];
  let asked = 0;
  for (const [rule, services] of values.entries()) {
    if (services.length === 0) continue;
    const [sources, destinations] = [sides.sources[rule] ?? [], sides.destinations[rule] ?? []];
    asked += sources.length * destinations.length * services.length;
    if (asked > countMax) return undefined;
    for (const source of sources) {
      for (const destination of destinations) {
        for (const { source: port, destination: value } of services) {
          const whole = [source, destination, port, value].flatMap(({ first, last }) => [first, last]);
          for (const part of withoutTaken(whole, taken)) {
            taken.push(part);
            rulesOf.push(rule);
          }
          if (taken.length > countMax) return undefined;
        }
      }
    }
  }
  return taken.map((corners, index) => boxOf(corners, rulesOf[index] ?? 0, sides));
}

function withoutTaken(whole: Corners, taken: readonly Corners[]): readonly Corners[] {
  let parts: readonly Corners[] = [whole];
  for (const other of taken) {
    if (!meet(whole, other)) continue;
    parts = parts.flatMap((part) => (meet(part, other) ? without(part, other) : [part]));
    if (parts.length === 0 || parts.length > boxesMax) break;
  }
  return parts;
}

function meet(one: Corners, other: Corners): boolean {
  for (let at = 0; at < 2 * dimensions; at += 2) {
    if ((one[at] ?? 0) > (other[at + 1] ?? 0) || (other[at] ?? 0) > (one[at + 1] ?? 0)) return false;
  }
  return true;
}

/** What is left of a box: in each dimension what lies below and above the other one, cut off before the next. */
function without(box: Corners, other: Corners): readonly Corners[] {
  const parts: Corners[] = [];
  let rest = box;
  for (let at = 0; at < 2 * dimensions; at += 2) {
    const [first, last] = [rest[at] ?? 0, rest[at + 1] ?? 0];
    const [from, to] = [other[at] ?? 0, other[at + 1] ?? 0];
    if (first < from) parts.push(rest.with(at + 1, from - 1));
    if (last > to) parts.push(rest.with(at, to + 1));
    rest = rest.with(at, Math.max(first, from)).with(at + 1, Math.min(last, to));
  }
  return parts;
}

function boxOf(corners: Corners, rule: number, { sourceBounds, destinationBounds }: SidesOfRules): Box {
  const at = (index: number) => corners[index] ?? 0;
  return {
    source: stretch(sourceBounds, at(0), at(1)),
    destination: stretch(destinationBounds, at(2), at(3)),
    sourcePort: { first: at(4), last: at(5) },
    value: { first: at(6), last: at(7) },
    rule,
  };
}

function stretch(bounds: readonly AddressValue[], first: number, last: number): Ends<AddressValue> {
  const [from, end] = [bounds[first], bounds[last + 1]];
  if (from === undefined || end === undefined) throw new Error("a box lies outside all addresses");
  return typeof end === "bigint" ? { first: from, last: end - 1n } : { first: from, last: end - 1 };
}
