// From rules to a lookup. Rules are added to the cells of their classes in order, so a cell knows the first rule for each
// class of services. How many cells there will be is known before any is made.

import type { Family } from "@merlon/model/ip/address.ts";
import type { Ir, IrRule } from "../ir.ts";
import { countCells, fillLevels, levelPerWidth, levelPerWidthAndUse, oneLevel } from "./address-levels.ts";
import type { LevelPlan } from "./address-levels.ts";
import { AddressSide } from "./address-side.ts";
import type { Cell, Lookup, NodeRow, Stage } from "./lookup.ts";
import { NodeStates } from "./node-states.ts";
import { classifyServices } from "./service-classes.ts";
import type { ServiceClasses, ServiceList } from "./service-classes.ts";

/** Cells that a lookup of one stage may have: beyond it, addresses are told apart by their width. */
const oneStageCellsMax = 16_384;

/** `stages` makes tests take one way or the other, whatever the size. */
export interface LookupOptions {
  readonly stages?: "one" | "per-width";
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
    if (match.kind === "nothing" || !source.admits(match.source) || !destination.admits(match.destination)) continue;
    source.add(match.source);
    destination.add(match.destination);
    rules.push(rule);
    lists.push(match.services);
  }
  if (rules.length === 0) return undefined;
  const parts: Parts = { family, rules, source, destination, ...classifyRuleServices(lists, family) };
  const way = options.stages ?? (countCells(source, destination, oneLevel) <= oneStageCellsMax ? "one" : "per-width");
  if (way === "one") return lookupOf(parts, oneLevel).lookup;
  const [sources, destinations] = [source.exceptions, destination.exceptions];
  if (sources.length === 0 && destinations.length === 0) return lookupOf(parts, levelPerWidth).lookup;
  const { lookup, open } = lookupOf(parts, levelPerWidthAndUse);
  return { ...lookup, stages: open, exceptions: { sources, destinations, stages: lookup.stages } };
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

/** The lookup has the exact stages; `open` are those for packets that no rule leaves out. */
function lookupOf(
  { family, rules, source, destination, services, servicesOf }: Parts,
  plan: readonly LevelPlan[],
): { readonly lookup: Lookup; readonly open: readonly Stage[] } {
  const from = fillLevels(source, plan);
  const to = fillLevels(destination, plan);
  const states = new NodeStates(servicesOf, services.count);
  const cells: Cell[] = [];
  const stages: Record<"open" | "exact", Stage[]> = { open: [], exact: [] };
  for (const [s, sourceLevel] of from.entries()) {
    for (const [d, destinationLevel] of to.entries()) {
      const uses = (["open", "exact"] as const).filter((use) =>
        [sourceLevel, destinationLevel].every((level) => level.use === "both" || level.use === use),
      );
      if (uses.length === 0) continue;
      const before = cells.length;
      fillCells(sourceLevel.classesOfRule, destinationLevel.classesOfRule, states, cells);
      if (cells.length > before) for (const use of uses) stages[use].push({ source: s, destination: d });
    }
  }
  const lookup: Lookup = {
    family,
    rules,
    sources: from.map(({ level }) => level),
    destinations: to.map(({ level }) => level),
    services,
    stages: stages.exact,
    cells,
    nodes: rowsOf(cells, states),
  };
  return { lookup, open: stages.open };
}

/** Two classes in one number of 52 bits. */
const classBase = 2 ** 26;

function fillCells(
  sources: readonly (readonly number[])[],
  destinations: readonly (readonly number[])[],
  states: NodeStates,
  cells: Cell[],
): void {
  const stateOf = new Map<number, number>();
  for (const [rule, from] of sources.entries()) {
    for (const source of from) {
      for (const destination of destinations[rule] ?? []) {
        const key = source * classBase + destination;
        stateOf.set(key, states.add(stateOf.get(key) ?? 0, rule));
      }
    }
  }
  for (const [key, node] of stateOf) {
    // State 0: only rules without any service, which decide nothing.
    if (node !== 0) cells.push({ source: Math.floor(key / classBase), destination: key % classBase, node });
  }
}

function rowsOf(cells: readonly Cell[], states: NodeStates): readonly NodeRow[] {
  const rows: NodeRow[] = [];
  for (const node of new Set(cells.map((cell) => cell.node))) {
    for (const [service, rule] of states.decisionsOf(node)) rows.push({ node, service, rule });
  }
  return rows;
}
