// Which policies never decide about anything, because one before them in the same context takes all that they would.

import { Coverage } from "./covers.ts";
import type { Ir, IrRule } from "./ir.ts";

export interface ShadowedPair {
  readonly policy: string;
  readonly shadowed: string;
}

/** The policies of one pair of zones, or the global ones by their names in configured order. */
export type ShadowQuestion =
  | { readonly fromZone: string; readonly toZone: string }
  | { readonly globalNames: readonly string[] };

/** Comparisons that one question may take, some seconds of work; beyond it the answer is `"too-many"`. */
export const comparisonsMax = 20_000_000;

/**
 * Pairs in the order of the shadowed policies. `asked`: only pairs that this policy shadows, or with `reverse` those that
 * shadow it. Policies that match nothing now neither shadow nor are shadowed.
 */
export function shadowedPolicies(
  ir: Pick<Ir, "addressSets" | "contexts">,
  question: ShadowQuestion,
  asked?: { readonly policy: string; readonly reverse: boolean },
): readonly ShadowedPair[] | "too-many" {
  const rules = "globalNames" in question ? globalRules(ir, question.globalNames) : pairRules(ir, question);
  const coverage = new Coverage(ir);
  const pairs: ShadowedPair[] = [];
  const isOuter = ({ rule }: Placed): boolean =>
    asked === undefined || asked.reverse || rule.policy.name === asked.policy;
  const isInner = ({ rule }: Placed): boolean =>
    asked === undefined || !asked.reverse || rule.policy.name === asked.policy;
  let comparisons = 0;
  for (const [at, inner] of rules.entries()) {
    if (!isInner(inner)) continue;
    for (const outer of rules.slice(0, at)) {
      if (!isOuter(outer)) continue;
      if (++comparisons > comparisonsMax) return "too-many";
      if (!standsWith(outer, inner) || !coverage.covers(outer.rule.match, inner.rule.match)) continue;
      pairs.push({ policy: outer.rule.policy.name, shadowed: inner.rule.policy.name });
    }
  }
  return pairs;
}

/** A policy, and in which contexts it stands. */
interface Placed {
  readonly rule: IrRule;
  readonly contexts: ReadonlySet<number>;
}

const onlyHere: ReadonlySet<number> = new Set([0]);

function pairRules(
  { contexts }: Pick<Ir, "contexts">,
  { fromZone, toZone }: Extract<ShadowQuestion, { fromZone: string }>,
): readonly Placed[] {
  const context = contexts.find((one) => one.fromZone === fromZone && one.toZone === toZone);
  const own = (context?.rules ?? []).filter(({ policy }) => policy.scope === "zone-pair");
  return own.map((rule) => ({ rule, contexts: onlyHere }));
}

function globalRules({ contexts }: Pick<Ir, "contexts">, names: readonly string[]): readonly Placed[] {
  const found = new Map<string, { rule: IrRule; contexts: Set<number> }>();
  for (const [number, { rules }] of contexts.entries()) {
    for (const rule of rules) {
      const { scope, name } = rule.policy;
      if (scope !== "global") continue;
      const known = found.get(name);
      if (known === undefined) found.set(name, { rule, contexts: new Set([number]) });
      else known.contexts.add(number);
    }
  }
  return names.flatMap((name) => found.get(name) ?? []);
}

function standsWith(outer: Placed, inner: Placed): boolean {
  return [...inner.contexts].every((context) => outer.contexts.has(context));
}
