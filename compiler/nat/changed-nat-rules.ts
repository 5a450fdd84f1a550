// Which NAT rules mean something else after a change: their sessions have translations that the configuration no longer
// says. Domain names do not count, because their answers change without anybody's doing.

import type { AddressMatch, Ir, RuleId } from "../ir.ts";
import type { NatKind, NatRule, NatRuleSet, SourceAction, SourceRuleSet } from "./ir-nat.ts";

/** Ids of `before` that are gone in `next` or have another meaning there. */
export function changedNatRules(before: Ir, next: Ir): ReadonlySet<number> {
  const now = meaningsOf(next);
  return new Set([...meaningsOf(before)].filter(([id, meaning]) => now.get(id) !== meaning).map(([id]) => id));
}

function meaningsOf(ir: Ir): ReadonlyMap<RuleId, string> {
  const meanings = new Map<RuleId, string>();
  const { nat } = ir;
  if (nat === undefined) return meanings;
  const note = <A>(kind: NatKind, sets: readonly NatRuleSet<A>[], meaningOf: (action: A) => unknown) => {
    for (const set of sets) {
      const { devices } = set.from;
      for (const rule of set.rules)
        meanings.set(rule.id, textOf([kind, devices, matchOf(ir, rule), meaningOf(rule.action)]));
    }
  };
  note("static", nat.static, (action) => action);
  note("destination", nat.destination, (action) => {
    if (action.kind !== "pool") return action;
    const { name: _, origin: __, ...pool } = nat.destinationPools[action.pool] ?? { name: "", origin: undefined };
    return pool;
  });
  for (const set of nat.source) {
    for (const rule of set.rules) meanings.set(rule.id, sourceRuleMeaning(ir, set, rule));
  }
  return meanings;
}

/** Equal texts are rules that do the same. */
export function sourceRuleMeaning(ir: Ir, { from, to }: SourceRuleSet, rule: NatRule<SourceAction>): string {
  return textOf(["source", [from.devices, to.devices], matchOf(ir, rule), sourceMeaning(ir, rule.action)]);
}

function sourceMeaning({ nat }: Ir, action: SourceAction): unknown {
  if (action.kind !== "pool") return action;
  const { name: _, origin: __, overflow, ...pool } = nat?.sourcePools[action.pool] ?? { name: "", origin: undefined };
  const over = typeof overflow === "number" ? sourceMeaning({ nat } as Ir, { ...action, pool: overflow }) : overflow;
  return [action.random, action.persistent, pool, over];
}

function matchOf(ir: Ir, { match }: NatRule<unknown>): unknown {
  return [sideOf(ir, match.source), sideOf(ir, match.destination), match.services];
}

function sideOf(ir: Ir, match: AddressMatch): unknown {
  if (match.kind === "any") return "any";
  return match.names.map((name) => {
    const { ipv4, ipv6, wildcards, dns } = ir.addressSets.get(name) ?? { ipv4: [], ipv6: [] };
    return dns === undefined ? [ipv4, ipv6, wildcards] : [dns.fixed, dns.names, wildcards];
  });
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
}
