// Ports that are told apart by themselves: most rules name single ports, and of all rules of a pair of zones only some
// speak of one port. What is found by the port first has few rules left, whose addresses hardly overlap.

import type { NumberRange } from "@merlon/model/schema/value.ts";
import { mergeNumberRanges } from "../number-ranges.ts";
import { sweep } from "./sweep.ts";

/** Ports of which exactly the same rules speak. */
export interface PortClass {
  /** Ascending. */
  readonly ports: readonly number[];
  /** Indexes of the rules, in their order. */
  readonly rules: readonly number[];
}

/** A rule that speaks of more ports than this in a row makes no classes of them. */
const stretchMax = 64;
/** Ports that have classes, of one protocol: each is a row that finds its class. */
export const classPortsMax = 1_024;
/** Ranges of all rules together. */
const rangesMax = 16_384;

const portCount = 65_536;

/** In the order of their first ports. `ranges`: destination ports of each rule. None where they are very many. */
export function portClasses(ranges: readonly (readonly NumberRange[])[]): readonly PortClass[] {
  if (ranges.reduce((sum, list) => sum + list.length, 0) > rangesMax) return [];
  const own = ranges.map(mergeNumberRanges);
  const { intervals, classesOf } = sweep(own, (port) => port + 1, 0);
  const isNamed = new Uint8Array(portCount);
  for (const range of own.flat()) if (lengthOf(range) <= stretchMax) isNamed.fill(1, range.first, range.last + 1);
  const portsOf = new Map<number, number[]>();
  let count = 0;
  for (const interval of intervals.toSorted((a, b) => lengthOf(a) - lengthOf(b) || a.first - b.first)) {
    // Intervals are cut wherever a range begins or ends, so one that begins in a range lies in it.
    if (isNamed[interval.first] !== 1 || count + lengthOf(interval) > classPortsMax) continue;
    count += lengthOf(interval);
    const ports = portsOf.get(interval.class) ?? [];
    for (let port = interval.first; port <= interval.last; port++) ports.push(port);
    portsOf.set(interval.class, ports);
  }
  const rulesOf = new Map<number, number[]>([...portsOf.keys()].map((number) => [number, []]));
  for (const [rule, numbers] of classesOf.entries()) for (const number of numbers) rulesOf.get(number)?.push(rule);
  return [...portsOf]
    .toSorted(([a], [b]) => a - b)
    .map(([number, ports]) => ({ ports: ports.toSorted((a, b) => a - b), rules: rulesOf.get(number) ?? [] }));
}

/**
 * By rule, what it says about ports of no class among these; such a range may reach over some of a class, too, and then
 * the rule stands in that class.
 */
export function portsBeside(
  classes: readonly Pick<PortClass, "ports">[],
  ranges: readonly (readonly NumberRange[])[],
): readonly (readonly NumberRange[])[] {
  /** By port, how many ports of classes are below it. */
  const below = new Uint32Array(portCount + 1);
  for (const { ports } of classes) for (const port of ports) below[port + 1] = 1;
  for (let port = 1; port <= portCount; port++) below[port] = (below[port] ?? 0) + (below[port - 1] ?? 0);
  const isWhole = ({ first, last }: NumberRange) => (below[last + 1] ?? 0) - (below[first] ?? 0) === last - first + 1;
  return ranges.map((list) => mergeNumberRanges(list).filter((range) => !isWhole(range)));
}

function lengthOf({ first, last }: NumberRange): number {
  return last - first + 1;
}
