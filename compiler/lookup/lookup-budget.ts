// Whether the lookups of a configuration fit into the kernel, asked before anything large is built. Addresses that
// overlap in many ways make rows by the million; what makes most of them is named, so that the operator knows what to
// change.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { formatPolicy } from "../explain.ts";
import type { AddressMatch, Ir, IrContext, IrRule } from "../ir.ts";
import { boxCount } from "./boxes.ts";
import { haveTooManyPorts, matchingRules, rowsAtMost } from "./build-lookup.ts";
import type { LookupPart } from "./context-lookups.ts";
import { isTransit, keptLookups } from "./kept-lookups.ts";
import type { KeptLookups } from "./kept-lookups.ts";
import type { Lookup } from "./lookup.ts";
import { lookupRulesMin } from "./lookup-runs.ts";
import { lookupRowsMax, ruleSides } from "./per-width.ts";
import type { SharedSides } from "./shared-addresses.ts";

/** Rows of all lookups together: some 1 GB of the kernel's memory. */
export const allRowsMax = 12_000_000;
/** Below, it is not worth counting exactly. */
const surelyFewRows = 1_000_000;
const causesMax = 3;

/** So many policies of a pair of zones may be asked one after the other where they have no lookup. */
const listRulesMax = 1_000;
/** For each policy that a new session's packet is held against. */
const listRuleNs = 70;

export interface OverBudget {
  /** `slow`: it can be committed, as a list. */
  readonly kind: "too-large" | "slow";
  readonly at: Origin;
  readonly message: string;
  readonly hint: string;
}

/** `before`: a configuration whose lookups may be kept; the result is the same without it. */
export function overBudget(ir: Ir, before?: Pick<Ir, "contexts">): readonly OverBudget[] {
  const lookups = keptLookups(ir, {}, before);
  const found: OverBudget[] = [];
  const atMost = countRows(ir, lookups, surelyFewRows, (context, rules, shared) =>
    found.push(withoutLookup(ir, context, rules, shared)),
  );
  if (atMost <= allRowsMax || found.some(({ kind }) => kind === "too-large")) return found;
  const exactly = countRows(ir, lookups, 0);
  return exactly <= allRowsMax ? found : [...found, allTooLarge(exactly)];
}

/** Exactly of what has more than `surelyFew` rows, and at most of what has not. */
function countRows(
  ir: Ir,
  lookups: KeptLookups,
  surelyFew: number,
  onTooLarge: (context: IrContext, rules: readonly IrRule[], shared: SharedSides) => void = () => {},
): number {
  let total = lookups.sharedRowCount;
  for (const context of ir.contexts) {
    if (!isTransit(context)) continue;
    const own = lookups.of(context);
    for (const [run, { fits, rules }] of own.runs.entries()) {
      if (!fits || rules.length < lookupRulesMin) continue;
      for (const family of [4, 6] as const) {
        const shared = lookups.sharedOf(context, family);
        const what = `rows of ${run} beyond ${surelyFew}`;
        const counted = own.numberOf(what, shared, lookups.limitsOf(family), () =>
          rowsOf(ir, rules, shared, surelyFew, () => lookups.partsOf(context, family)[run]),
        );
        if (counted === undefined) onTooLarge(context, rules, shared);
        total += counted ?? 0;
      }
    }
  }
  return total;
}

/** Undefined where it is too many. `built`: what the commit makes of the rules. */
function rowsOf(
  ir: Ir,
  candidates: readonly IrRule[],
  shared: SharedSides,
  surelyFew: number,
  built: () => LookupPart | undefined,
): number | undefined {
  const rules = matchingRules(ir, candidates, shared.family);
  if (rules.length < lookupRulesMin) return 0;
  const most = rowsAtMost(ir, rules, shared, surelyFew);
  if (most <= surelyFew) return most;
  const part = built();
  switch (part?.kind) {
    case "boxes":
      return boxCount(part.lookup);
    case "lookup":
      return rowCount(part.lookup);
    case "list":
      return part.tooLarge === true ? undefined : 0;
    case undefined:
      return undefined;
  }
}

function withoutLookup(
  ir: Ir,
  { fromZone, toZone }: IrContext,
  candidates: readonly IrRule[],
  shared: SharedSides,
): OverBudget {
  const rules = matchingRules(ir, candidates, shared.family);
  const { at, ways, hint } = haveTooManyPorts(rules) ? portCauses(rules) : addressCauses(ir, rules, shared);
  const policies = `the policies from-zone ${fromZone} to-zone ${toZone}`;
  const rows = `more than ${numberText(lookupRowsMax)} rows in the kernel for IPv${shared.family}`;
  if (rules.length > listRulesMax) {
    return { kind: "too-large", at, hint, message: `${policies} would need ${rows}, because ${ways}` };
  }
  const micros = Math.ceil((rules.length * listRuleNs) / 1_000);
  return {
    kind: "slow",
    at,
    hint,
    message:
      `${policies} are asked one after the other for IPv${shared.family}, ` +
      `up to ${micros} µs for each new session, because ${ways} for a lookup`,
  };
}

interface Causes {
  readonly at: Origin;
  readonly ways: string;
  readonly hint: string;
}

function portCauses(rules: readonly IrRule[]): Causes {
  const sized = rules.map((rule) => ({ rule, ports: portsOf(rule) })).toSorted((a, b) => b.ports - a.ports);
  const named = sized.slice(0, causesMax).map(({ rule }) => formatPolicy(rule.policy));
  return {
    at: sized[0]?.rule.origin ?? { path: [] },
    ways: "their ports overlap in too many ways",
    hint:
      `the widest ports have ${named.join(", ")}; write their applications as fewer ranges that do not cut across ` +
      `each other, or leave out the source ports`,
  };
}

/** Pairs of a source and a destination port that a rule names. */
function portsOf({ match }: IrRule): number {
  if (match.kind === "nothing" || match.services === "any") return 0;
  return match.services.reduce(
    (sum, term) => (term.kind === "ports" ? sum + lengthOf(term.source) * lengthOf(term.destination) : sum),
    0,
  );
}

function lengthOf({ first, last }: NumberRange): number {
  return last - first + 1;
}

function addressCauses(ir: Ir, rules: readonly IrRule[], shared: SharedSides): Causes {
  const { source, destination } = ruleSides(ir, rules, shared);
  const [from, to] = [source.classesOfSets(), destination.classesOfSets()];
  const causes = new Map<string, { rows: number; policies: number }>();
  let worst = { rule: rules[0], rows: 0 };
  for (const [index, rule] of rules.entries()) {
    const rows = (from[source.setOf[index] ?? -1]?.length ?? 0) * (to[destination.setOf[index] ?? -1]?.length ?? 0);
    if (rows > worst.rows) worst = { rule, rows };
    if (rule.match.kind === "nothing") continue;
    for (const name of [nameOf("source", rule.match.source), nameOf("destination", rule.match.destination)]) {
      const cause = causes.get(name) ?? { rows: 0, policies: 0 };
      causes.set(name, { rows: cause.rows + rows, policies: cause.policies + 1 });
    }
  }
  const most = [...causes].toSorted(([, a], [, b]) => b.rows - a.rows).slice(0, causesMax);
  const named = most.map(
    ([name, { rows, policies }]) =>
      `${name} (${numberText(rows)} rows in ${policies} ${policies === 1 ? "policy" : "policies"})`,
  );
  return {
    at: worst.rule?.origin ?? { path: [] },
    ways: "their addresses overlap in too many ways",
    hint:
      `most rows come from ${named.join(", ")}; write these as fewer and wider prefixes that do not cut across ` +
      `each other, or move the policies to a pair of zones of their own`,
  };
}

function allTooLarge(total: number): OverBudget {
  return {
    kind: "too-large",
    at: { path: ["security", "policies"] },
    message: `all policies together would need ${numberText(total)} rows in the kernel, more than ${numberText(allRowsMax)}`,
    hint: "write address ranges as prefixes, and use fewer addresses that overlap each other in part",
  };
}

function nameOf(side: "source" | "destination", match: AddressMatch): string {
  if (match.kind === "any") return `${side}-address any`;
  const names = match.names.map((name) => name.slice(name.indexOf(":") + 1));
  return `${side}-address ${names.join(" ")}${match.excluded ? " excluded" : ""}`;
}

/** With a comma between thousands, whatever the machine's language. */
function numberText(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

function rowCount({ cells, nodes, exceptionalCells }: Lookup): number {
  return cells.reduce((sum, { count }) => sum + count, 0) + nodes.count + (exceptionalCells?.count ?? 0);
}
