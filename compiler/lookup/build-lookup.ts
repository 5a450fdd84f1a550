// From rules to a lookup. Rules are added to the cells of their classes in order, so a cell knows the first rule for each
// class of services. How many cells there will be is known before any is made.

import type { Family } from "@merlon/model/ip/address.ts";
import { rangeAt } from "@merlon/model/ip/range-set.ts";
import type { Ir, IrRule } from "../ir.ts";
import {
  cellsAtMost,
  fillLevels,
  levelPerWidth,
  levelPerWidthAndUse,
  narrowLevel,
  oneLevel,
  wideLevels,
  wideLevelsByUse,
} from "./address-levels.ts";
import type { FilledLevel, NarrowLevel } from "./address-levels.ts";
import type { AddressValue } from "./address-pieces.ts";
import { AddressSide } from "./address-side.ts";
import type { Cell, Lookup, NodeRow, Stage } from "./lookup.ts";
import { NodeStates } from "./node-states.ts";
import { classifyServices } from "./service-classes.ts";
import type { ServiceClasses, ServiceList } from "./service-classes.ts";

/** Cells that a lookup of one stage may have: beyond it, addresses are told apart by their width. */
const oneStageCellsMax = 16_384;

/**
 * Cells of narrow addresses that know every rule. Each may have a node of its own with a row for every class of services
 * that wide rules decide about, so more of them would be too many rows to load.
 */
const narrowCellsMax = 50_000;
const narrowCellsPerRuleMax = 64;

/**
 * One stage; one stage that decides about narrow addresses and others behind it for the rest; a stage for each pair of
 * widths.
 */
export type LookupWay = "one" | "narrow-first" | "per-width";

/** `stages` makes tests take one way or another, whatever the size. */
export interface LookupOptions {
  readonly stages?: LookupWay;
}

/** Rules that can stand in a lookup: their addresses are fixed ranges. */
export function fitsLookup(ir: Ir, { match }: Pick<IrRule, "match">): boolean {
  if (match.kind === "nothing") return true;
  return [match.source, match.destination].every(
    (side) =>
      side.kind === "any" ||
      side.names.every((name) => {
        const members = ir.addressSets.get(name);
        return members?.dns === undefined && members?.wildcards === undefined;
      }),
  );
}

/** Every rule must pass `fitsLookup`. Undefined when no rule matches anything of the IP version. */
export function buildLookup(
  ir: Ir,
  candidates: readonly IrRule[],
  family: Family,
  options: LookupOptions = {},
): Lookup | undefined {
  const source = new AddressSide(ir, family);
  const destination = new AddressSide(ir, family);
  const rules: IrRule[] = [];
  const lists: ServiceList[] = [];
  for (const rule of candidates) {
    const { match } = rule;
    if (match.kind === "nothing") continue;
    const [from, to] = [source.numberOf(match.source), destination.numberOf(match.destination)];
    if (from === undefined || to === undefined) continue;
    source.add(from);
    destination.add(to);
    rules.push(rule);
    lists.push(match.services);
  }
  if (rules.length === 0) return undefined;
  const parts: Parts = { family, rules, source, destination, ...classifyRuleServices(lists, family) };
  const { stages } = options;
  const [from, to] = [fillLevels(source, oneLevel), fillLevels(destination, oneLevel)];
  if (stages === "one" || (stages === undefined && cellsAtMost(from, to) <= oneStageCellsMax)) {
    return build(parts, from, to).lookup;
  }
  const [sources, destinations] = [source.exceptions, destination.exceptions];
  const excepts = sources.length > 0 || destinations.length > 0;
  const { lookup, open } = stagedLookup(parts, excepts, stages);
  return excepts ? { ...lookup, stages: open, exceptions: { sources, destinations, stages: lookup.stages } } : lookup;
}

/** The fewer stages the faster, as long as they do not make too many cells. */
function stagedLookup(parts: Parts, excepts: boolean, stages: LookupWay | undefined): Built {
  const { rules, source, destination } = parts;
  if (stages !== "per-width") {
    const narrow = [narrowLevel(source), narrowLevel(destination)] as const;
    const cellsMax = Math.min(narrowCellsMax, rules.length * narrowCellsPerRuleMax);
    if (stages === "narrow-first" || cellsAtMost([narrow[0]], [narrow[1]]) <= cellsMax) {
      return narrowFirstLookup(parts, narrow, excepts);
    }
  }
  const plan = excepts ? levelPerWidthAndUse : levelPerWidth;
  return build(parts, fillLevels(source, plan), fillLevels(destination, plan));
}

interface Parts {
  readonly family: Family;
  readonly rules: readonly IrRule[];
  readonly source: AddressSide;
  readonly destination: AddressSide;
  readonly services: ServiceClasses;
  readonly servicesOf: readonly (readonly number[])[];
}

function classifyRuleServices(lists: readonly ServiceList[], family: Family) {
  const distinct = distinctLists(new Set(lists));
  const services = classifyServices(distinct.lists, family);
  const servicesOf = lists.map((list) => services.classesOf[distinct.numberOf.get(list) ?? 0] ?? []);
  return { services, servicesOf };
}

/** Lists that say the same count once; policies that share an array need not be read again. */
function distinctLists(all: Iterable<ServiceList>) {
  const known = new Map<string, number>();
  const numberOf = new Map<ServiceList, number>();
  const lists: ServiceList[] = [];
  for (const list of all) {
    const key = list === "any" ? "any" : JSON.stringify(list);
    const number = known.get(key) ?? lists.length;
    if (number === lists.length) lists.push(list);
    known.set(key, number);
    numberOf.set(list, number);
  }
  return { lists, numberOf };
}

interface Built {
  /** With the exact stages. */
  readonly lookup: Lookup;
  /** The stages for packets that no rule leaves out. */
  readonly open: readonly Stage[];
}

function narrowFirstLookup(
  parts: Parts,
  [from, to]: readonly [source: NarrowLevel, destination: NarrowLevel],
  excepts: boolean,
): Built {
  const plan = excepts ? wideLevelsByUse : wideLevels;
  return build(
    parts,
    [from, ...fillLevels(parts.source, plan, from.addresses.length + 1)],
    [to, ...fillLevels(parts.destination, plan, to.addresses.length + 1)],
    [from.addresses, to.addresses],
  );
}

/** With `narrow`, addresses of the classes of both first levels, the cells of these levels come to know every rule. */
function build(
  { family, rules, services, servicesOf }: Parts,
  from: readonly FilledLevel[],
  to: readonly FilledLevel[],
  narrow?: readonly [readonly AddressValue[], readonly AddressValue[]],
): Built {
  const states = new NodeStates(servicesOf, services.count);
  const stateOf = new Map<number, number>();
  const stages: Record<"open" | "exact", Stage[]> = { open: [], exact: [] };
  for (const [source, sourceLevel] of from.entries()) {
    for (const [destination, destinationLevel] of to.entries()) {
      const uses = (["open", "exact"] as const).filter(
        (use) => isFor(sourceLevel, use) && isFor(destinationLevel, use),
      );
      if (uses.length === 0) continue;
      const before = stateOf.size;
      fillCells(sourceLevel.classesOfRule, destinationLevel.classesOfRule, states, stateOf);
      if (stateOf.size > before) for (const use of uses) stages[use].push({ source, destination });
    }
  }
  const decisive = narrow === undefined ? undefined : completeCells(from, to, narrow, states, stateOf);
  const isLater = (stage: Stage) => decisive === undefined || stage.source !== 0 || stage.destination !== 0;
  const cells = cellsOf(stateOf);
  const lookup: Lookup = {
    family,
    rules,
    sources: from.map(({ level }) => level),
    destinations: to.map(({ level }) => level),
    services,
    ...(decisive === undefined ? {} : { decisive }),
    stages: stages.exact.filter(isLater),
    cells,
    nodes: rowsOf(cells, states),
  };
  return { lookup, open: stages.open.filter(isLater) };
}

function isFor({ use: own }: FilledLevel, use: "open" | "exact"): boolean {
  return own === "both" || own === use;
}

/** Every cell of the first levels gets the rules of all stages; undefined where there is none. */
function completeCells(
  from: readonly FilledLevel[],
  to: readonly FilledLevel[],
  [sources, destinations]: readonly [readonly AddressValue[], readonly AddressValue[]],
  states: NodeStates,
  stateOf: Map<number, number>,
): Stage | undefined {
  const [classesFrom, classesTo] = [exactClasses(from, sources), exactClasses(to, destinations)];
  let found = false;
  for (const key of stateOf.keys()) {
    const [source, destination] = classesOfKey(key);
    const [all, peers] = [classesFrom[source - 1], classesTo[destination - 1]];
    if (all === undefined || peers === undefined) continue;
    found = true;
    const parts = all.flatMap((one) => peers.map((other) => stateOf.get(cellKey(one, other)) ?? 0));
    stateOf.set(key, states.merge(parts));
  }
  return found ? { source: 0, destination: 0 } : undefined;
}

/** For each class of the first level, itself and its classes on the other exact levels. */
function exactClasses(
  levels: readonly FilledLevel[],
  addresses: readonly AddressValue[],
): readonly (readonly number[])[] {
  const others = levels.slice(1).filter((level) => isFor(level, "exact"));
  return addresses.map((address, index) => [
    index + 1,
    ...others.flatMap(({ intervals }) => rangeAt(intervals, address)?.class ?? []),
  ]);
}

/** Two classes in one number of 52 bits. */
const classBase = 2 ** 26;

function cellKey(source: number, destination: number): number {
  return source * classBase + destination;
}

function classesOfKey(key: number): readonly [source: number, destination: number] {
  return [Math.floor(key / classBase), key % classBase];
}

function fillCells(
  sources: readonly (readonly number[])[],
  destinations: readonly (readonly number[])[],
  states: NodeStates,
  stateOf: Map<number, number>,
): void {
  for (const [rule, from] of sources.entries()) {
    for (const source of from) {
      for (const destination of destinations[rule] ?? []) {
        const key = cellKey(source, destination);
        stateOf.set(key, states.add(stateOf.get(key) ?? 0, rule));
      }
    }
  }
}

function cellsOf(stateOf: ReadonlyMap<number, number>): readonly Cell[] {
  const cells: Cell[] = [];
  for (const [key, node] of stateOf) {
    const [source, destination] = classesOfKey(key);
    // State 0: only rules without any service, which decide nothing.
    if (node !== 0) cells.push({ source, destination, node });
  }
  return cells;
}

function rowsOf(cells: readonly Cell[], states: NodeStates): readonly NodeRow[] {
  const rows: NodeRow[] = [];
  for (const node of new Set(cells.map((cell) => cell.node))) {
    for (const [service, rule] of states.decisionsOf(node)) rows.push({ node, service, rule });
  }
  return rows;
}
