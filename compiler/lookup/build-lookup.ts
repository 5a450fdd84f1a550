// From rules to a lookup, in one of two ways. How many cells a way makes is known before any is made.

import type { Family } from "@merlon/model/ip/address.ts";
import { complementOf } from "@merlon/model/ip/range-set.ts";
import { membersOf } from "../address-members.ts";
import type { AddressMatch, AddressSetName, Ir, IrMatch, IrRule } from "../ir.ts";
import { boxLookup, boxesMax, limitsOfEach } from "./boxes.ts";
import type { BoxLimits, BoxLookup } from "./boxes.ts";
import type { Lookup } from "./lookup.ts";
import { cellsOfOneStage, nodesOfOneStage, oneStageLookup, sidesOf } from "./one-stage.ts";
import type { Sides } from "./one-stage.ts";
import { cellsAtMost, perWidthLookup, ruleSides } from "./per-width.ts";
import type { RuleParts } from "./per-width.ts";
import { classifyServices, portsOverlapTooMuch } from "./service-classes.ts";
import type { ServiceList } from "./service-classes.ts";
import type { SharedSides } from "./shared-addresses.ts";

/** Cells that a lookup of one stage may have: beyond it, addresses are told apart by their width. */
const oneStageCellsMax = 16_384;
/** Rows of its nodes. */
const oneStageNodesMax = 1_000_000;

/** Boxes, one stage, or a stage for each pair of widths. */
export type LookupWay = "boxes" | "one" | "per-width";

/** Tests take one way or another, whatever the size, and ask for lookups where a list would be faster. */
export interface LookupOptions {
  readonly stages?: LookupWay;
  readonly lookupRulesMin?: number;
  readonly boxes?: BoxLimits;
}

/**
 * Every rule must pass `fitsLookup`. Undefined when no rule matches anything of the version, or when it would be too
 * large.
 */
export function buildLookup(
  ir: Pick<Ir, "addressSets">,
  candidates: readonly IrRule[],
  shared: SharedSides,
  options: LookupOptions = {},
): Lookup | undefined {
  const { family } = shared;
  const rules = matchingRules(ir, candidates, family);
  if (rules.length === 0) return undefined;
  const parts = partsOf(rules, family);
  if (parts === undefined) return undefined;
  const { stages } = options;
  if (stages !== undefined) {
    return stages === "per-width"
      ? perWidthLookup(ir, parts, shared)
      : oneStageLookup(parts, sidesOf(ir, rules, family));
  }
  const few = fewSides(ir, parts);
  return (few && oneStageLookup(parts, few)) ?? perWidthLookup(ir, parts, shared);
}

/** The sides of one stage, unless it would have too many cells. */
function fewSides(ir: Pick<Ir, "addressSets">, { family, rules, servicesOf }: RuleParts): Sides | undefined {
  if (rules.length > oneStageCellsMax) return undefined;
  // More rules make more cells: where the first ones are too many, all of them are.
  if (cellsOfOneStage(sidesOf(ir, rules.slice(0, firstRules), family)) > oneStageCellsMax) return undefined;
  const sides = sidesOf(ir, rules, family);
  const fits = cellsOfOneStage(sides) <= oneStageCellsMax && nodesOfOneStage(sides, servicesOf) <= oneStageNodesMax;
  return fits ? sides : undefined;
}

/**
 * Rows that a lookup has at most, or some number beyond `enough`. Every rule has addresses of the IP version.
 */
export function rowsAtMost(
  ir: Pick<Ir, "addressSets">,
  rules: readonly IrRule[],
  shared: SharedSides,
  enough: number,
): number {
  const sides = ruleSides(ir, rules, shared);
  const cells = cellsAtMost(sides);
  if (cells > enough) return cells;
  const parts = partsOf(rules, shared.family);
  if (parts === undefined) return Infinity;
  const { servicesOf } = parts;
  const few = fewSides(ir, parts);
  if (few !== undefined) return cellsOfOneStage(few) + nodesOfOneStage(few, servicesOf);
  return cellsAtMost(sides, (rule) => 1 + (servicesOf[rule]?.length ?? 0));
}

function partsOf(rules: readonly IrRule[], family: Family): RuleParts | undefined {
  const lists = listsOf(rules);
  const distinct = distinctLists(new Set(lists));
  if (portsOverlapTooMuch(distinct.lists)) return undefined;
  const services = classifyServices(distinct.lists, family);
  const servicesOf = lists.map((list) => services.classesOf[distinct.numberOf.get(list) ?? 0] ?? []);
  return { family, rules, services, servicesOf };
}

/** Whether no lookup is built of the rules because of their services, whatever their addresses are. */
export function haveTooManyPorts(rules: readonly IrRule[]): boolean {
  return portsOverlapTooMuch(distinctLists(new Set(listsOf(rules))).lists);
}

function listsOf(rules: readonly IrRule[]): readonly ServiceList[] {
  return rules.map(({ match }) => (match.kind === "nothing" ? [] : match.services));
}

/** As boxes, where that is faster than a list and than any other way. Every rule must pass `fitsLookup`. */
export function buildBoxes(
  ir: Pick<Ir, "addressSets">,
  candidates: readonly IrRule[],
  family: Family,
  { stages, boxes }: LookupOptions = {},
): BoxLookup | undefined {
  if (stages !== undefined && stages !== "boxes") return undefined;
  if (candidates.length > boxesMax) return undefined;
  const rules = matchingRules(ir, candidates, family);
  if (rules.length === 0) return undefined;
  if (stages !== undefined) return boxLookup(ir, rules, family, boxes);
  const { namedMin } = { ...limitsOfEach(1, family), ...boxes };
  if (rules.reduce((sum, { match }) => sum + namedSides(match), 0) < namedMin) return undefined;
  const { countMax = boxesOfRule * rules.length } = boxes ?? {};
  return boxLookup(ir, rules, family, { ...boxes, countMax: Math.min(countMax, boxesOfRule * rules.length) });
}

/** Rules that make more boxes than this each are found faster in a list or by classes (denied packets, 20 hosts by 20). */
const boxesOfRule = 128;

function namedSides(match: IrMatch): number {
  if (match.kind === "nothing") return 0;
  return [match.source, match.destination].filter(({ kind }) => kind === "sets").length;
}

/** Of so many rules it is found out at little cost whether all of them are too many. */
const firstRules = 1_024;

/** Rules with addresses of the IP version on both sides. */
export function matchingRules(
  ir: Pick<Ir, "addressSets">,
  rules: readonly IrRule[],
  family: Family,
): readonly IrRule[] {
  const part = family === 4 ? "ipv4" : "ipv6";
  const hasSome = (name: AddressSetName) => (ir.addressSets.get(name)?.[part].length ?? 0) > 0;
  const leavesSome = new Map<AddressMatch, boolean>();
  const matches = (match: AddressMatch): boolean => {
    if (match.kind === "any") return true;
    if (!match.excluded) return match.names.some(hasSome);
    const found = leavesSome.get(match) ?? complementOf(membersOf(ir, match.names))[part].length > 0;
    leavesSome.set(match, found);
    return found;
  };
  return rules.filter(({ match }) => match.kind !== "nothing" && matches(match.source) && matches(match.destination));
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
