// A rule set, for one IP version and one direction, as steps in the order in which the kernel asks them. A step is either
// rows, which can stand in one map with those of other rules, or a rule of its own.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangesOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { AddressMatch, Ir, RuleId } from "../ir.ts";
import { usualPorts } from "./ir-nat.ts";
import type {
  DestinationAction,
  NatMatch,
  NatRule,
  NatRuleSet,
  SourceAction,
  SourceRuleSet,
  StaticAction,
  StaticMap,
} from "./ir-nat.ts";
import { addressAt, isPrefix, single, sizeOf } from "./range-size.ts";
import { persistentRulesOf } from "./persistent-nat.ts";
import type { PersistentRule } from "./persistent-nat.ts";
import { blockOf } from "./translate.ts";

export type Side = "source" | "destination";

/** What becomes of one address (or of each of a range, with the same offset), and of one port of it. */
export interface Row {
  readonly id: RuleId;
  readonly from: IpRange;
  /** As long as `from`, or one address for all. */
  readonly to: IpRange;
  readonly port?: { readonly protocol: number; readonly from: number; readonly to: number };
}

/** Rows of one shape can be found by one lookup. */
export type Shape = "address" | "range" | "port";

export type Step =
  | { readonly kind: "rows"; readonly shape: Shape; readonly rows: readonly Row[] }
  | { readonly kind: "rule"; readonly id: RuleId; readonly match: NatMatch; readonly then: Then };

export type Then =
  | { readonly kind: "off" | "refuse" }
  | { readonly kind: "masquerade"; readonly ports: NumberRange; readonly random: boolean }
  /** To one address, with a port for TCP and UDP. */
  | { readonly kind: "address"; readonly to: IpRange; readonly port?: number }
  | {
      readonly kind: "pool";
      readonly ranges: readonly IpRange[];
      readonly ports: NumberRange | "keep";
      readonly persistent: boolean;
      readonly random: boolean;
    }
  /** By rows; what has none goes on to `rest`, or to the next step. */
  | {
      readonly kind: "lookup";
      readonly shape: Shape;
      readonly rows: readonly Row[];
      /** For TCP and UDP. */
      readonly port?: number;
      readonly rest?: Then;
    }
  /** What has no ports goes on to `rest`; without one, all protocols are bound. */
  | {
      readonly kind: "binding";
      /** One, or one for each device that the packet may leave by. */
      readonly rules: readonly PersistentRule[];
      /** Of the pool. */
      readonly ranges: readonly IpRange[];
      readonly rest?: Then;
      /** On the way to another inner host. */
      readonly hairpin?: HairpinEnd;
    };

export interface HairpinEnd {
  /** Of the outer device. */
  readonly address?: IpRange;
  /** The other host has not sent to this one, and its rule lets nobody else in. */
  readonly isStranger: boolean;
}

/** Rows that are made of a single rule at most; more stay a rule, unless they cannot. */
const rowsPerRuleMax = 1_024;
const portProtocols = [6, 17] as const;

export function staticSteps(set: NatRuleSet<StaticAction>, side: Side, family: Family): readonly Step[] {
  return set.rules.flatMap((rule): readonly Step[] => {
    const { action, id } = rule;
    if (action.kind === "refuse") {
      return side === "destination" ? [{ kind: "rule", id, match: rule.match, then: action }] : [];
    }
    if (action.outer.family !== family) return [];
    const rows = staticRows(id, action, side);
    const { shape } = rows;
    const { source, services } = rule.match;
    if (source.kind === "any" && !namesSourcePorts(services)) return [{ kind: "rows", ...rows }];
    const match = side === "destination" ? rule.match : backwards(rule.match);
    return [{ kind: "rule", id, match, then: { kind: "lookup", shape, rows: rows.rows } }];
  });
}

/** Whether ports of the outer host count. */
function namesSourcePorts(services: NatMatch["services"]): boolean {
  return services !== "any" && services.some((term) => term.kind === "ports" && !isAny(term.source));
}

function isAny({ first, last }: NumberRange): boolean {
  return first === 0 && last === 65_535;
}

function staticRows(id: RuleId, map: StaticMap, side: Side): { readonly shape: Shape; readonly rows: readonly Row[] } {
  const [from, to] = side === "destination" ? [map.outer, map.inner] : [map.inner, map.outer];
  if (map.ports === undefined) return { shape: sizeOf(from) === 1 ? "address" : "range", rows: [{ id, from, to }] };
  const [ports, others] =
    side === "destination" ? [map.ports.outer, map.ports.inner] : [map.ports.inner, map.ports.outer];
  const rows: Row[] = [];
  for (let offset = 0; offset < sizeOf(from); offset++) {
    const [one, other] = [single(addressAt(from, offset)), single(addressAt(to, offset))];
    for (const protocol of portProtocols) {
      for (let port = ports.first; port <= ports.last; port++) {
        const target = others.first + port - ports.first;
        rows.push({ id, from: one, to: other, port: { protocol, from: port, to: target } });
      }
    }
  }
  return { shape: "port", rows };
}

/** The outer host is the destination of what the inner one sends. */
function backwards({ source, services }: NatMatch): NatMatch {
  return {
    source: { kind: "any" },
    destination: source,
    services: services === "any" ? services : services.map(turned),
    applications: [],
  };
}

function turned(term: ServiceTerm): ServiceTerm {
  return term.kind === "ports" ? { ...term, source: { first: 0, last: 65_535 }, destination: term.source } : term;
}

export function destinationSteps(ir: Ir, set: NatRuleSet<DestinationAction>, family: Family): readonly Step[] {
  return set.rules.flatMap((rule): readonly Step[] => {
    const { id, match, action } = rule;
    if (action.kind !== "pool") return [{ kind: "rule", id, match, then: action }];
    const pool = ir.nat?.destinationPools[action.pool];
    if (pool === undefined || pool.range.family !== family) {
      return [{ kind: "rule", id, match, then: { kind: "refuse" } }];
    }
    if (sizeOf(pool.range) > 1) return blockSteps(ir, rule, pool.range, pool.port, family);
    const then: Then = { kind: "address", to: pool.range, ...(pool.port === undefined ? {} : { port: pool.port }) };
    const rows = rowsOf(ir, rule, pool.range, pool.port, family);
    return [rows ?? { kind: "rule", id, match, then }];
  });
}

/** The rule as rows, where it asks for fixed destinations and ports alone and they are not too many. */
function rowsOf(
  ir: Ir,
  { id, match }: NatRule<unknown>,
  to: IpRange,
  port: number | undefined,
  family: Family,
): Step | undefined {
  const ranges = match.source.kind === "any" ? fixedRanges(ir, match.destination, family) : undefined;
  if (ranges === undefined || ranges.length === 0) return undefined;
  if (match.services === "any") {
    if (port !== undefined) return undefined;
    const shape = ranges.every((range) => sizeOf(range) === 1) ? "address" : "range";
    return { kind: "rows", shape, rows: ranges.map((from) => ({ id, from, to })) };
  }
  const ports: { readonly protocol: number; readonly from: number }[] = [];
  for (const term of match.services) {
    if (term.kind !== "ports" || !isAny(term.source) || term.protocol === 132) return undefined;
    const { first, last } = term.destination;
    if (ports.length + last - first + 1 > rowsPerRuleMax) return undefined;
    for (let at = first; at <= last; at++) ports.push({ protocol: term.protocol, from: at });
  }
  const addressCount = ranges.reduce((sum, range) => sum + sizeOf(range), 0);
  if (addressCount * ports.length > rowsPerRuleMax) return undefined;
  const rows = ranges.flatMap((range) =>
    Array.from({ length: sizeOf(range) }, (_, offset) => single(addressAt(range, offset))).flatMap((from) =>
      ports.map((one): Row => ({ id, from, to, port: { ...one, to: port ?? one.from } })),
    ),
  );
  return { kind: "rows", shape: "port", rows };
}

/** Undefined where the addresses are everything, change by themselves, or are masks. */
function fixedRanges(ir: Ir, match: AddressMatch, family: Family): readonly IpRange[] | undefined {
  if (match.kind === "any" || match.excluded) return undefined;
  const sets = match.names.map((name) => ir.addressSets.get(name));
  const ranges: IpRange[] = [];
  for (const set of sets) {
    if (set === undefined || set.dns !== undefined || set.wildcards !== undefined) return undefined;
    ranges.push(...[...rangesOf(set)].filter((range) => range.family === family));
  }
  return ranges;
}

/** A range of addresses that becomes one of a pool, one by one. What the pool has no address for is refused. */
function blockSteps(
  ir: Ir,
  { id, match }: NatRule<unknown>,
  to: IpRange,
  port: number | undefined,
  family: Family,
): readonly Step[] {
  const [from] = blockOf(ir, match, family);
  if (from === undefined) return [{ kind: "rule", id, match, then: { kind: "refuse" } }];
  const size = Math.min(sizeOf(from), sizeOf(to));
  const rows = blockRows(id, from, to, size);
  const shape = rows.length === 1 && size > 1 ? "range" : "address";
  const refused: Then = { kind: "refuse" };
  const ports = port === undefined ? {} : { port };
  return [{ kind: "rule", id, match, then: { kind: "lookup", shape, rows, ...ports, rest: refused } }];
}

/** One row where both are prefixes of one length, else one for each address. */
function blockRows(id: RuleId, from: IpRange, to: IpRange, size: number): readonly Row[] {
  if (sizeOf(from) === sizeOf(to) && isPrefix(from) && isPrefix(to)) return [{ id, from, to }];
  return Array.from({ length: size }, (_, offset): Row => ({
    id,
    from: single(addressAt(from, offset)),
    to: single(addressAt(to, offset)),
  }));
}

export function sourceSteps(ir: Ir, set: SourceRuleSet, family: Family): readonly Step[] {
  return set.rules.map((rule): Step => {
    const { id, match, action } = rule;
    const then = sourceThen(ir, id, action, family);
    return { kind: "rule", id, match, then: bindingThen(ir, set, rule, then, family) ?? then };
  });
}

function bindingThen(
  ir: Ir,
  set: SourceRuleSet,
  rule: NatRule<SourceAction>,
  then: Then,
  family: Family,
): Then | undefined {
  const rules = then.kind === "refuse" ? [] : persistentRulesOf(ir, set, rule);
  const [first] = rules;
  if (first === undefined) return undefined;
  const { outer, persistent } = first;
  const ranges = outer.kind === "pool" ? outer.pool.ranges.filter((range) => range.family === family) : [];
  return { kind: "binding", rules, ranges, ...(persistent.addressMapping ? {} : { rest: then }) };
}

function sourceThen(ir: Ir, id: RuleId, action: SourceAction, family: Family): Then {
  switch (action.kind) {
    case "off":
    case "refuse":
      return action;
    case "interface":
      return { kind: "masquerade", ports: action.ports, random: action.random };
    case "pool":
      return poolThen(ir, id, action.pool, action.random, family);
  }
}

function poolThen(ir: Ir, id: RuleId, index: number, random: boolean, family: Family): Then {
  const pool = ir.nat?.sourcePools[index];
  const ranges = (pool?.ranges ?? []).filter((range) => range.family === family);
  const [first] = ranges;
  if (pool === undefined || first === undefined) return { kind: "refuse" };
  const { base, ports, persistent, overflow } = pool;
  if (base === undefined) return { kind: "pool", ranges, ports, persistent, random: random && ports !== "keep" };
  const rest: Then =
    overflow === undefined
      ? { kind: "refuse" }
      : overflow === "interface"
        ? { kind: "masquerade", ports: usualPorts, random }
        : poolThen(ir, id, overflow, random, family);
  const from = rangeFrom(base, sizeOf(first));
  const rows = blockRows(id, from, first, sizeOf(first));
  return { kind: "lookup", shape: rows.length === 1 && sizeOf(first) > 1 ? "range" : "address", rows, rest };
}

function rangeFrom(base: IpAddress, size: number): IpRange {
  return base.family === 4
    ? { family: 4, first: base.value, last: base.value + size - 1 }
    : { family: 6, first: base.value, last: base.value + BigInt(size) - 1n };
}
