// Whether the lookups of a configuration fit into the kernel, asked before anything large is built. Addresses that
// overlap in many ways make rows by the million; what makes most of them is named, so that the operator knows what to
// change.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { AddressMatch, Ir, IrContext, IrRule } from "../ir.ts";
import { boxCount } from "./boxes.ts";
import { matchingRules } from "./build-lookup.ts";
import type { LookupPart } from "./context-lookups.ts";
import { isTransit, keptLookups } from "./kept-lookups.ts";
import { lookupRulesMin } from "./lookup-runs.ts";
import { cellsAtMost, lookupRowsMax, ruleSides } from "./per-width.ts";
import type { SharedSides } from "./shared-addresses.ts";

/** Rows of all lookups together: some 1 GB of the kernel's memory. */
export const allRowsMax = 12_000_000;
/** Below, it is not worth counting exactly. */
const surelyFewRows = 1_000_000;
const causesMax = 3;

export interface OverBudget {
  readonly at: Origin;
  readonly message: string;
  readonly hint: string;
}

/** `before`: a configuration whose lookups may be kept; the result is the same without it. */
export function overBudget(ir: Ir, before?: Pick<Ir, "contexts">): readonly OverBudget[] {
  const lookups = keptLookups(ir, {}, before);
  const found: OverBudget[] = [];
  let total = 0;
  for (const context of ir.contexts) {
    if (!isTransit(context)) continue;
    const own = lookups.of(context);
    for (const [run, { fits, rules }] of own.runs.entries()) {
      if (!fits || rules.length < lookupRulesMin) continue;
      for (const family of [4, 6] as const) {
        const shared = lookups.sharedOf(context, family);
        const counted = own.numberOf(run, shared, () =>
          rowsOf(ir, rules, shared, () => lookups.partsOf(context, family)[run]),
        );
        if (counted === undefined) found.push(tooLarge(ir, context, rules, shared));
        total += counted ?? 0;
      }
    }
  }
  total += lookups.sharedRowCount;
  if (found.length === 0 && total > allRowsMax) found.push(allTooLarge(total));
  return found;
}

/** At most, or exactly where it may be many; undefined where it is too many. `built`: what the commit makes of them. */
function rowsOf(
  ir: Ir,
  candidates: readonly IrRule[],
  shared: SharedSides,
  built: () => LookupPart | undefined,
): number | undefined {
  const rules = matchingRules(ir, candidates, shared.family);
  if (rules.length < lookupRulesMin) return 0;
  const most = cellsAtMost(ruleSides(ir, rules, shared));
  if (most <= surelyFewRows) return most;
  const part = built();
  switch (part?.kind) {
    case "boxes":
      return boxCount(part.lookup);
    case "lookup":
      return part.lookup.cells.count + part.lookup.nodes.count + (part.lookup.exceptionalCells?.count ?? 0);
    case "list":
    case undefined:
      return undefined;
  }
}

function tooLarge(
  ir: Ir,
  { fromZone, toZone }: IrContext,
  candidates: readonly IrRule[],
  shared: SharedSides,
): OverBudget {
  const rules = matchingRules(ir, candidates, shared.family);
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
    message:
      `the policies from-zone ${fromZone} to-zone ${toZone} would need more than ${numberText(lookupRowsMax)} rows ` +
      `in the kernel for IPv${shared.family}, because their addresses overlap in too many ways`,
    hint:
      `most rows come from ${named.join(", ")}; write these as fewer and wider prefixes that do not cut across ` +
      `each other, or move the policies to a pair of zones of their own`,
  };
}

function allTooLarge(total: number): OverBudget {
  return {
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
