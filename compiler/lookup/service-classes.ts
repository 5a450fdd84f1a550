// Services as classes, per IP version: two packets are of one class when the same service lists match them. Ports, ICMP
// types and protocol numbers are swept apart for each protocol; the numbers of the classes are common, so that one
// table serves all protocols. Class 0 is every packet that only lists of `any` match.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { anyPort, icmpProtocol } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { mergeNumberRanges } from "../number-ranges.ts";
import { sweep } from "./sweep.ts";
import type { ClassInterval } from "./sweep.ts";

export type ServiceList = "any" | readonly ServiceTerm[];

export interface ServiceClasses {
  /** Where a protocol's packets are told apart by what stands in their transport header. */
  readonly protocols: readonly ProtocolClasses[];
  /** Every other protocol number that some list names, with its class. */
  readonly others: readonly { readonly protocol: number; readonly class: number }[];
  /** The classes that each list matches, class 0 among them for `any`. */
  readonly classesOf: readonly (readonly number[])[];
  /** Class 0 included. */
  readonly count: number;
}

export interface ProtocolClasses {
  readonly protocol: number;
  /** By the destination port, or by type and code of ICMP as one number; what stands in none is of class 0. */
  readonly values: readonly ClassInterval<number>[];
  /** Where source ports matter: what `values` and these give together is the class. */
  readonly sources?: readonly ClassInterval<number>[];
  readonly combined?: readonly { readonly source: number; readonly value: number; readonly class: number }[];
}

export const portProtocols = [6, 17, 132] as const;
const next = (value: number) => value + 1;

/** Pairs of stretches of source and destination ports, where both matter: rows in the kernel. */
const portPairsMax = 1_000_000;
/** The same for each list that has them: a second of work. */
const portStepsMax = 10_000_000;

/** Whether ports overlap in so many ways that their classes are not made. `lists` differ. */
export function portsOverlapTooMuch(lists: readonly ServiceList[]): boolean {
  const terms = lists.flatMap((list) => (list === "any" ? [] : list));
  return portProtocols.some((protocol) => {
    const boxes = portBoxes(terms, protocol);
    if (boxes.length === 0) return false;
    const inSource = stretchesWithin(boxes.map(({ source }) => source));
    const inDestination = stretchesWithin(boxes.map(({ destination }) => destination));
    const pairsOf = new Map<string, number>();
    let steps = 0;
    for (const { source, destination } of boxes) {
      const pairs = inSource(source) * inDestination(destination);
      steps += pairs;
      pairsOf.set([source.first, source.last, destination.first, destination.last].join(" "), pairs);
    }
    if (steps > portStepsMax) return true;
    const needPairs = boxes.some(({ source }) => !isAnyPort(source));
    return needPairs && pairsOf.values().reduce((sum, pairs) => sum + pairs, 0) > portPairsMax;
  });
}

/** Into how many stretches each range is cut by where the others begin and end. */
function stretchesWithin(ranges: readonly NumberRange[]): (range: NumberRange) => number {
  const starts = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  const indexOf = new Map(starts.map((start, index) => [start, index]));
  return ({ first, last }) => (indexOf.get(last + 1) ?? 0) - (indexOf.get(first) ?? 0);
}

function isAnyPort({ first, last }: NumberRange): boolean {
  return first === anyPort.first && last === anyPort.last;
}

export function classifyServices(lists: readonly ServiceList[], family: Family): ServiceClasses {
  const classesOf: number[][] = lists.map((list) => (list === "any" ? [0] : []));
  const protocols: ProtocolClasses[] = [];
  let count = 1;
  /** Numbers the classes of one protocol on and tells the lists of them. */
  const take = (classes: readonly (readonly number[])[], added: number) => {
    for (const [index, list] of lists.entries()) {
      const own = list === "any" ? Array.from({ length: added }, (_, i) => count + i) : (classes[index] ?? []);
      classesOf[index]?.push(...own);
    }
    count += added;
  };
  for (const protocol of portProtocols) {
    const boxes = lists.map((list) => (list === "any" ? [] : portBoxes(list, protocol)));
    if (boxes.every((own) => own.length === 0)) continue;
    const { classes, ...made } = classifyPorts(boxes, count);
    protocols.push({ protocol, ...made });
    take(classes.classesOf, classes.count);
  }
  const icmp = icmpProtocol[family];
  const messages = lists.map((list) => (list === "any" ? [] : icmpRanges(list, family)));
  if (messages.some((own) => own.length > 0)) {
    const { intervals, classesOf: own, count: added } = sweep(messages, next, count);
    protocols.push({ protocol: icmp, values: intervals });
    take(own, added);
  }
  const apart = new Set(protocols.map(({ protocol }) => protocol));
  const numbers = lists.map((list) => (list === "any" ? [] : plainProtocols(list, apart)));
  const { intervals, classesOf: own, count: added } = sweep(numbers, next, count);
  take(own, added);
  const others = intervals.flatMap(({ first, last, class: number }) =>
    Array.from({ length: last - first + 1 }, (_, i) => ({ protocol: first + i, class: number })),
  );
  return { protocols, others, classesOf, count };
}

export interface PortBox {
  readonly source: NumberRange;
  readonly destination: NumberRange;
}

export function portBoxes(list: readonly ServiceTerm[], protocol: number): readonly PortBox[] {
  return list.flatMap((term): readonly PortBox[] => {
    if (term.kind === "protocol") return term.protocol === protocol ? [{ source: anyPort, destination: anyPort }] : [];
    return term.kind === "ports" && term.protocol === protocol ? [term] : [];
  });
}

function classifyPorts(boxes: readonly (readonly PortBox[])[], firstClass: number) {
  const whole = boxes.flat().every(({ source }) => isAnyPort(source));
  if (whole) {
    const classes = sweep(
      boxes.map((own) => mergeNumberRanges(own.map(({ destination }) => destination))),
      next,
      firstClass,
    );
    return { values: classes.intervals, classes };
  }
  return classifyBoxes(boxes, firstClass);
}

/** Both ports: each is swept by itself, and every pair of their classes that some list matches becomes a class. */
function classifyBoxes(boxes: readonly (readonly PortBox[])[], firstClass: number) {
  const flat = boxes.flatMap((own, list) => own.map((box) => ({ ...box, list })));
  const sources = sweep(
    flat.map(({ source }) => [source]),
    next,
    1,
  );
  const values = sweep(
    flat.map(({ destination }) => [destination]),
    next,
    1,
  );
  const matched = new Map<number, Set<number>>();
  for (const [index, { list }] of flat.entries()) {
    for (const source of sources.classesOf[index] ?? []) {
      for (const value of values.classesOf[index] ?? []) {
        const key = source * pairBase + value;
        const lists = matched.get(key) ?? new Set<number>();
        matched.set(key, lists.add(list));
      }
    }
  }
  const numbers = new Map<string, number>();
  const classesOf: number[][] = boxes.map(() => []);
  const combined = [...matched].map(([key, lists]) => {
    const members = [...lists].toSorted((a, b) => a - b);
    const text = members.join(" ");
    let number = numbers.get(text);
    if (number === undefined) {
      number = firstClass + numbers.size;
      numbers.set(text, number);
      for (const list of members) classesOf[list]?.push(number);
    }
    return { source: Math.floor(key / pairBase), value: key % pairBase, class: number };
  });
  return {
    values: values.intervals,
    sources: sources.intervals,
    combined,
    classes: { classesOf, count: numbers.size },
  };
}

/** More than there are ports, and so more than there can be classes of them. */
const pairBase = 65_537;

/** Type and code as one number of 16 bits, as they stand behind each other in the packet. */
export function icmpRanges(list: readonly ServiceTerm[], family: Family): readonly NumberRange[] {
  const number = icmpProtocol[family];
  return mergeNumberRanges(
    list.flatMap((term): readonly NumberRange[] => {
      if (term.kind === "protocol") return term.protocol === number ? [anyPort] : [];
      if (term.kind !== "icmp" || term.family !== family) return [];
      const { type, code } = term;
      if (code.first === 0 && code.last === 255) return [{ first: type.first * 256, last: type.last * 256 + 255 }];
      return Array.from({ length: type.last - type.first + 1 }, (_, i) => ({
        first: (type.first + i) * 256 + code.first,
        last: (type.first + i) * 256 + code.last,
      }));
    }),
  );
}

/** ICMP of the other IP version is left out: the kernel never sees it in this one. */
export function plainProtocols(list: readonly ServiceTerm[], apart: ReadonlySet<number>): readonly NumberRange[] {
  return mergeNumberRanges(
    list.flatMap((term) =>
      term.kind === "protocol" && !apart.has(term.protocol) && term.protocol !== 1 && term.protocol !== 58
        ? [{ first: term.protocol, last: term.protocol }]
        : [],
    ),
  );
}
