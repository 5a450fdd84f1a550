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
import { boxFront } from "./box-front.ts";
import type { BoxFront } from "./box-front.ts";
import { portClasses, portsBeside } from "./port-classes.ts";
import type { PortClass } from "./port-classes.ts";
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
  /** Ports that rules name and that have no boxes of their own. Ascending. */
  readonly otherPorts: readonly number[];
}

export interface PortClassBoxes {
  readonly ports: readonly number[];
  readonly boxes: readonly Box[];
  /** Asked before the boxes. */
  readonly front?: BoxFront;
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

/** Boxes of one set: the time of a lookup and of an insertion grows with them. */
export const boxesMax = 1_024;
/** Of all sets of a lookup. */
const lookupBoxesMax = 6_144;
/** Of all lookups of one IP version: a box takes some hundred bytes to 3 KB of the kernel's memory. */
const allBoxesMax = 65_536;
/** A set takes 0.1 MB of the kernel's memory for IPv4 and 0.5 MB for IPv6, however few boxes it has. */
const classBoxesMin = { 4: 4, 6: 16 } as const;
/** Blocks of all fronts of an IP version: each takes as long to load as a box. */
const allFrontBlocksMax = 32_768;
const frontBlocksMax = 1_024;
/** Of a single rule a list asks for both sides, which takes longer than boxes; where lookups are many, for less memory. */
const namedSidesMin = { few: 2, many: 3 } as const;
export const lookupsFew = 32;
/** Sets of classes of ports, of all lookups of an IP version. */
const allClassesMax = { 4: 512, 6: 128 } as const;
/** Sets of everything else, of all lookups of an IP version: up to five for each. */
const allSetsMax = { 4: 512, 6: 128 } as const;
/** How often a box is held against another one, in all lookups: some seconds. */
const allStepsMax = 100_000_000;
const stepsMax = 10_000_000;
/** Ranges of addresses of a side, of all rules. */
const rangesMax = 32_768;

/** What a lookup may take. */
export interface BoxLimits {
  readonly countMax?: number;
  readonly classesMax?: number;
  /** Sets beside those of classes. */
  readonly setsMax?: number;
  /** See `classBoxesMin`. */
  readonly classMin?: number;
  readonly stepsMax?: number;
  /** Sides of rules that name addresses: with fewer a list is as good. */
  readonly namedMin?: number;
  /** See `BoxFront`. */
  readonly frontBlocksMax?: number;
}

/** The share of each of so many lookups; changes in large steps, because all lookups depend on it. */
export function limitsOfEach(lookupCount: number, family: Family): Required<BoxLimits> {
  const share = 2 ** Math.ceil(Math.log2(Math.max(1, lookupCount)));
  return {
    countMax: Math.floor(Math.min(lookupBoxesMax, allBoxesMax / share)),
    classesMax: Math.floor(allClassesMax[family] / share),
    setsMax: Math.floor(allSetsMax[family] / share),
    classMin: classBoxesMin[family],
    stepsMax: Math.floor(Math.min(stepsMax, allStepsMax / share)),
    frontBlocksMax: Math.floor(allFrontBlocksMax / share),
    namedMin: share <= lookupsFew ? namedSidesMin.few : namedSidesMin.many,
  };
}

/** Every rule has addresses of the IP version on both sides. Undefined where it would take more than it may. */
export function boxLookup(
  ir: Pick<Ir, "addressSets">,
  rules: readonly IrRule[],
  family: Family,
  limits: BoxLimits = {},
): BoxLookup | undefined {
  const { setsMax, ...room }: Room & { readonly setsMax: number } = { ...limitsOfEach(1, family), ...limits };
  if (setsMax === 0) return undefined;
  const lists = rules.map(({ match }): ServiceList => (match.kind === "nothing" ? [] : match.services));
  const sides = sidesOfRules(ir, rules, family);
  if (sides === undefined) return undefined;
  const tables: BoxTable[] = [];
  const kinds = packetKinds(lists, family);
  let protocolsLeft = kinds.filter(({ protocol }) => isPortProtocol(protocol)).length;
  for (const kind of kinds) {
    // No protocol takes the room of those behind it.
    const classesMax = Math.ceil(room.classesMax / Math.max(1, protocolsLeft));
    if (isPortProtocol(kind.protocol)) protocolsLeft--;
    const table = boxTable(kind, lists, sides, room, classesMax);
    if (table === undefined) return undefined;
    tables.push(table);
  }
  if (tables.filter(({ boxes }) => boxes.length > 0).length > setsMax) return undefined;
  return { family, rules, tables: withFronts(tables, family, room.frontBlocksMax) };
}

/** Classes share the blocks that there may be. */
function withFronts(tables: readonly BoxTable[], family: Family, blocksMax: number): readonly BoxTable[] {
  const classCount = tables.reduce((sum, { classes }) => sum + classes.length, 0);
  const ofEach = Math.min(frontBlocksMax, Math.floor(blocksMax / Math.max(1, classCount)));
  if (ofEach === 0) return tables;
  return tables.map((table) => ({
    ...table,
    classes: table.classes.map((it) => {
      const front = boxFront(it.boxes, family, ofEach);
      return front === undefined ? it : { ...it, front };
    }),
  }));
}

/** Boxes of every set of the lookup. */
export function boxCount({ tables }: BoxLookup): number {
  return tables.flatMap((table) => [table, ...table.classes]).reduce((sum, { boxes }) => sum + boxes.length, 0);
}

/** What is left of the limits. */
interface Room {
  readonly frontBlocksMax: number;
  readonly classMin: number;
  countMax: number;
  classesMax: number;
  stepsMax: number;
}

function boxTable(
  { protocol, valuesOf }: PacketKind,
  lists: readonly ServiceList[],
  sides: SidesOfRules,
  room: Room,
  classesMax: number,
): BoxTable | undefined {
  const values = lists.map(valuesOf);
  const sourcePorts = values.flat().some(({ source }) => source.first > 0 || source.last < anySource.last);
  const own = protocol === undefined ? {} : { protocol };
  const hasClasses = classesMax > 0 && !sourcePorts && isPortProtocol(protocol);
  if (!hasClasses) {
    const boxes = disjointBoxes(sides, values, room);
    return boxes && { ...own, sourcePorts, classes: [], boxes, otherPorts: [] };
  }
  const ranges = values.map((list) => list.map(({ destination }) => destination));
  const all = portClasses(ranges);
  const classes = largestClasses(all, sides, room, classesMax);
  if (classes === undefined) return undefined;
  const apart = new Set(classes.flatMap(({ ports }) => ports));
  const otherPorts = all.flatMap(({ ports }) => ports.filter((port) => !apart.has(port))).toSorted((a, b) => a - b);
  const rest = portsBeside(classes, ranges);
  const boxes = disjointBoxes(
    sides,
    rest.map((list) => list.map((destination) => ({ source: anySource, destination }))),
    room,
  );
  return boxes && { ...own, sourcePorts, classes, boxes, otherPorts };
}

/** Those that are worth a set of their own, as far as there is room; in the order of their ports. */
function largestClasses(
  all: readonly PortClass[],
  sides: SidesOfRules,
  room: Room,
  classesMax: number,
): readonly PortClassBoxes[] | undefined {
  const made: PortClassBoxes[] = [];
  for (const { ports, rules } of all) {
    const members = new Set(rules);
    const boxes = disjointBoxes(
      sides,
      sides.sources.map((_, rule) => (members.has(rule) ? [anyPorts] : [])),
      room,
    );
    if (boxes === undefined) return undefined;
    if (boxes.length < room.classMin) room.countMax += boxes.length;
    else made.push({ ports, boxes });
  }
  const spare = made.toSorted((a, b) => b.boxes.length - a.boxes.length).slice(classesMax);
  for (const { boxes } of spare) room.countMax += boxes.length;
  const taken = made.filter((one) => !spare.includes(one));
  room.classesMax -= taken.length;
  return taken;
}

function isPortProtocol(protocol: number | undefined): boolean {
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

/** Undefined where one rule alone, or all ranges together, would be too many. */
function sidesOfRules(ir: Pick<Ir, "addressSets">, rules: readonly IrRule[], family: Family): SidesOfRules | undefined {
  const of = { source: [] as (readonly Ends<AddressValue>[])[], destination: [] as (readonly Ends<AddressValue>[])[] };
  let count = 0;
  for (const { match } of rules) {
    const [source, destination] = (["source", "destination"] as const).map((side) =>
      match.kind === "nothing" ? [] : rangesOfSide(ir, match[side], family),
    ) as [readonly Ends<AddressValue>[], readonly Ends<AddressValue>[]];
    count += source.length + destination.length;
    if (source.length * destination.length > boxesMax || count > rangesMax) return undefined;
    of.source.push(source);
    of.destination.push(destination);
  }
  const [sources, destinations] = [indexed(of.source), indexed(of.destination)];
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

/** Takes what it makes, and the steps of it, from the room. */
function disjointBoxes(
  sides: SidesOfRules,
  values: readonly (readonly PortBox[])[],
  room: Room,
): readonly Box[] | undefined {
  const countMax = Math.min(boxesMax, room.countMax);
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
          const parts = withoutTaken(whole, taken, room);
          if (parts === undefined) return undefined;
          for (const part of parts) {
            taken.push(part);
            rulesOf.push(rule);
          }
          if (taken.length > countMax) return undefined;
        }
      }
    }
  }
  room.countMax -= taken.length;
  return taken.map((corners, index) => boxOf(corners, rulesOf[index] ?? 0, sides));
}

/** Undefined where that would take too long. */
function withoutTaken(whole: Corners, taken: readonly Corners[], room: Room): readonly Corners[] | undefined {
  room.stepsMax -= taken.length;
  let parts: readonly Corners[] = [whole];
  for (const other of taken) {
    if (!meet(whole, other)) continue;
    room.stepsMax -= parts.length;
    if (room.stepsMax < 0) return undefined;
    parts = parts.flatMap((part) => (meet(part, other) ? without(part, other) : [part]));
    if (parts.length === 0 || parts.length > boxesMax) break;
  }
  return room.stepsMax < 0 ? undefined : parts;
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
