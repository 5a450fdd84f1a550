// A lookup of many rules: a stage for each pair of widths (single addresses, blocks, what is wider), whose cells know
// the rules that name addresses of these widths; the earliest rule that any stage finds is the one. Narrow classes are
// those that all lookups share. A rule that leaves addresses out counts as one that matches everything wide; where that
// would decide wrongly, and only there, an exceptional cell stands in place of the plain one.

import type { Family } from "@merlon/model/ip/address.ts";
import type { Ir, IrRule } from "../ir.ts";
import { Cells } from "./cells.ts";
import { exceptionalCells } from "./exceptional-cells.ts";
import type { Lookup, Stage } from "./lookup.ts";
import { NodeStates } from "./node-states.ts";
import { PairMap } from "./pair-map.ts";
import { RuleSide, level, plainLevels } from "./rule-side.ts";
import type { RuleSides } from "./rule-side.ts";
import type { ServiceClasses } from "./service-classes.ts";
import type { SharedSides } from "./shared-addresses.ts";
import { sureWinners } from "./sure-winners.ts";
import { Triples } from "./triples.ts";

/** The rules of a lookup, and what their services are. */
export interface RuleParts {
  readonly family: Family;
  readonly rules: readonly IrRule[];
  readonly services: ServiceClasses;
  readonly servicesOf: readonly (readonly number[])[];
}

/** Rows that a lookup of one pair of zones and IP version may have; the kernel takes some 100 bytes for each. */
export const lookupRowsMax = 3_000_000;
/** How often a rule may be added to a cell: some seconds of work. */
export const lookupStepsMax = 50_000_000;

export function ruleSides(ir: Pick<Ir, "addressSets">, rules: readonly IrRule[], shared: SharedSides): RuleSides {
  const sides = { source: new RuleSide(ir, shared.source), destination: new RuleSide(ir, shared.destination) };
  for (const { match } of rules) {
    if (match.kind === "nothing") throw new Error("a rule that matches nothing stands in a lookup");
    sides.source.add(match.source);
    sides.destination.add(match.destination);
  }
  return sides;
}

/** How many cells there are when rules that share one are counted each, as often as `times` says. */
export function cellsAtMost(sides: RuleSides, times: (rule: number) => number = () => 1): number {
  const [from, to] = [sides.source.classesOfSets(), sides.destination.classesOfSets()];
  return sides.source.setOf.reduce(
    (sum, set, rule) =>
      sum + (from[set]?.length ?? 0) * (to[sides.destination.setOf[rule] ?? -1]?.length ?? 0) * times(rule),
    0,
  );
}

/**
 * Undefined where the lookup would be too large (`lookup-budget.ts` says why), or where rules and classes of services
 * together are more than one number of 32 bits can tell apart.
 */
export function perWidthLookup(
  ir: Pick<Ir, "addressSets">,
  { family, rules, services, servicesOf }: RuleParts,
  shared: SharedSides,
): Lookup | undefined {
  const ruleBits = Math.max(1, Math.ceil(Math.log2(rules.length + 1)));
  if (services.count > 2 ** (32 - ruleBits)) return undefined;
  const sides = ruleSides(ir, rules, shared);
  if (cellsAtMost(sides) > lookupStepsMax) return undefined;
  const states = new NodeStates(servicesOf, services.count);
  const plain = fillCells(sides, states, lookupRowsMax);
  if (plain === undefined) return undefined;
  const exceptional = exceptionalCells(sides, states, plain, lookupRowsMax - plain.size);
  if (exceptional === undefined || states.isTooLarge) return undefined;
  const nodes = new Triples();
  for (const node of nodesIn([plain, exceptional], states.count)) {
    states.forDecisions(node, (service, rule) => nodes.push(node, service, rule));
    if (states.isTooLarge || plain.size + exceptional.size + nodes.count > lookupRowsMax) return undefined;
  }
  const [source, destination] = [sides.source.levels(exceptional, 0), sides.destination.levels(exceptional, 1)];
  const stages = plainStages(sides);
  const excepted = exceptedStages(sides, stages, exceptional);
  return {
    family,
    rules,
    sources: source.levels,
    destinations: destination.levels,
    services,
    ruleBits,
    sure: sureWinners(sides, servicesOf, services.count),
    stages,
    cells: cellsOfStages(plain, sides, stages),
    nodes,
    ...(excepted === undefined
      ? {}
      : {
          exceptions: { sources: source.excepted, destinations: destination.excepted, stages: excepted },
          exceptionalCells: exceptionalRows(exceptional),
        }),
  };
}

/** In the order in which cells lead to them, without the state of no rules. */
function nodesIn(all: readonly PairMap[], stateCount: number): readonly number[] {
  const seen = new Uint8Array(stateCount);
  seen[0] = 1;
  const nodes: number[] = [];
  for (const cells of all) {
    cells.forEach((_from, _to, node) => {
      if (seen[node] === 1) return;
      seen[node] = 1;
      nodes.push(node);
    });
  }
  return nodes;
}

/** A node without rows: that no rule is left says that the plain cell does not count. */
const emptyNode = 2 ** 32 - 1;

function exceptionalRows(cells: PairMap): Cells {
  const made = new Cells(cells.size);
  cells.forEach((from, to, node) => made.push(from, to, node === 0 ? emptyNode : node));
  return made;
}

/** One of `Cells` for each of the stages, in their order. */
function cellsOfStages(cells: PairMap, { source, destination }: RuleSides, stages: readonly Stage[]): readonly Cells[] {
  const [from, to] = [levelsOfClasses(source), levelsOfClasses(destination)];
  const stageOf = new Uint8Array(plainLevels.length ** 2);
  for (const [index, stage] of stages.entries()) stageOf[stage.source * plainLevels.length + stage.destination] = index;
  const indexOf = (one: number, other: number) =>
    stageOf[(from[one] ?? 0) * plainLevels.length + (to[other] ?? 0)] ?? 0;
  const counts = new Uint32Array(stages.length);
  cells.forEach((one, other, node) => {
    if (node === 0) return;
    const index = indexOf(one, other);
    counts[index] = (counts[index] ?? 0) + 1;
  });
  const made = Array.from(counts, (count) => new Cells(count));
  // State 0: only rules without any service, which decide nothing.
  cells.forEach((one, other, node) => {
    if (node !== 0) made[indexOf(one, other)]?.push(one, other, node);
  });
  return made;
}

/** Undefined where there would be more cells than `cellsMax`. */
export function fillCells(
  { source, destination }: RuleSides,
  states: NodeStates,
  cellsMax: number,
): PairMap | undefined {
  const cells = new PairMap();
  const [from, to] = [source.classesOfSets(), destination.classesOfSets()];
  for (let rule = 0; rule < source.setOf.length; rule++) {
    const others = to[destination.setOf[rule] ?? -1] ?? [];
    for (const one of from[source.setOf[rule] ?? -1] ?? []) {
      if (cells.size > cellsMax || states.isTooLarge) return undefined;
      for (const other of others) {
        const entry = cells.entryOf(one, other);
        cells.setAt(entry, states.add(cells.at(entry), rule));
      }
    }
  }
  return cells;
}

/** Pairs of levels on which some rule has addresses. */
function plainStages({ source, destination }: RuleSides): readonly Stage[] {
  const pairs = new Set<string>();
  const levelsOf = (side: RuleSide) => {
    const perLevel = plainLevels.map((which) => side.classesOn(which));
    return (rule: number) =>
      plainLevels.filter((which) => (perLevel[which]?.[side.setOf[rule] ?? -1] ?? []).length > 0);
  };
  const [from, to] = [levelsOf(source), levelsOf(destination)];
  for (const rule of source.setOf.keys()) {
    for (const one of from(rule)) for (const other of to(rule)) pairs.add(`${one} ${other}`);
  }
  return plainLevels
    .flatMap((one) => plainLevels.map((other) => ({ source: one, destination: other })))
    .filter((pair) => pairs.has(`${pair.source} ${pair.destination}`))
    .map((pair, index) => ({ ...pair, cells: index }));
}

/** The stages for packets of exceptions: each plain one only where no exceptional cell stands in its place. */
function exceptedStages(
  { source, destination }: RuleSides,
  stages: readonly Stage[],
  exceptional: PairMap,
): readonly Stage[] | undefined {
  if (exceptional.size === 0) return undefined;
  const [from, to] = [levelFinder(source), levelFinder(destination)];
  const there = new Set<string>();
  exceptional.forEach((one, other) => there.add(`${from(one)} ${to(other)}`));
  const except = level.exceptions;
  return stages.flatMap((stage) => {
    const replacements = [
      ...(stage.source === level.wide && stage.destination === level.wide
        ? [{ source: except, destination: except }]
        : []),
      ...(stage.source === level.wide ? [{ source: except, destination: stage.destination }] : []),
      ...(stage.destination === level.wide ? [{ source: stage.source, destination: except }] : []),
    ].filter((pair) => there.has(`${pair.source} ${pair.destination}`));
    const both = replacements.filter((pair) => pair.source === except && pair.destination === except);
    return [
      ...replacements.map((pair): Stage => ({
        ...pair,
        unless: both.filter((it) => it !== pair && both.length > 0),
      })),
      { ...stage, unless: replacements },
    ];
  });
}

function levelFinder(side: RuleSide) {
  const levels = levelsOfClasses(side);
  const exceptions = new Set(side.exceptions.map((exception) => exception.class));
  return (number: number) => (exceptions.has(number) ? level.exceptions : (levels[number] ?? level.single));
}

/** By class; those of exceptions are not among them. */
function levelsOfClasses(side: RuleSide): Uint8Array {
  const levels = new Uint8Array(side.lastClass + 1).fill(level.single);
  for (const which of [level.block, level.wide]) {
    for (const classes of side.classesOn(which)) for (const number of classes) levels[number] = which;
  }
  return levels;
}
