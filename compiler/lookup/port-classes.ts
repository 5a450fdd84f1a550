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

export interface PortClasses {
  readonly classes: readonly PortClass[];
  /** By rule, what it says about ports of no class; such a range may reach over some of a class, too. */
  readonly rest: readonly (readonly NumberRange[])[];
}

/** A rule that speaks of more ports than this in a row makes no classes of them. */
const stretchMax = 64;
/** Ports that have classes, of one protocol: each is a row that finds its class. */
export const classPortsMax = 1_024;

/** `ranges`: destination ports of each rule. */
export function portClasses(ranges: readonly (readonly NumberRange[])[]): PortClasses {
  const own = ranges.map(mergeNumberRanges);
  const { intervals, classesOf } = sweep(own, (port) => port + 1, 0);
  const narrow = mergeNumberRanges(own.flat().filter((range) => lengthOf(range) <= stretchMax));
  const portsOf = new Map<number, number[]>();
  const wide: NumberRange[] = [];
  let count = 0;
  for (const interval of intervals.toSorted((a, b) => lengthOf(a) - lengthOf(b) || a.first - b.first)) {
    const length = lengthOf(interval);
    const isNamed = narrow.some(({ first, last }) => first <= interval.first && interval.last <= last);
    if (!isNamed || count + length > classPortsMax) {
      wide.push(interval);
      continue;
    }
    count += length;
    const ports = portsOf.get(interval.class) ?? [];
    for (let port = interval.first; port <= interval.last; port++) ports.push(port);
    portsOf.set(interval.class, ports);
  }
  const rulesOf = new Map<number, number[]>([...portsOf.keys()].map((number) => [number, []]));
  for (const [rule, numbers] of classesOf.entries()) for (const number of numbers) rulesOf.get(number)?.push(rule);
  const isWide = (range: NumberRange) => wide.some(({ first }) => range.first <= first && first <= range.last);
  return {
    classes: [...portsOf]
      .toSorted(([a], [b]) => a - b)
      .map(([number, ports]) => ({ ports: ports.toSorted((a, b) => a - b), rules: rulesOf.get(number) ?? [] })),
    rest: own.map((list) => list.filter(isWide)),
  };
}

function lengthOf({ first, last }: NumberRange): number {
  return last - first + 1;
}
