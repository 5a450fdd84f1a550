// What is kept from one lowering to the next must never be seen: whatever has changed, in whatever order, the table is
// the one that a lowering without memory makes. And what has not changed is the same object.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultFlowOptions } from "../flow-options/flow-options.ts";
import type { AddressMatch, Ir, IrContext, IrRule, RuleId } from "../ir.ts";
import { overBudget } from "../lookup/lookup-budget.ts";
import { anyIr } from "../testing/arbitrary-ir.ts";
import { anyRuleSet } from "../testing/arbitrary-rule-set.ts";
import { bookLines, compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import { lowerTable } from "./lower.ts";
import type { LowerOptions } from "./lower-context.ts";
import { printTable } from "./print.ts";
import type { NftTable } from "./program.ts";

/** What is to be changed, as numbers that are taken modulo what there is. */
interface Step {
  readonly kind: keyof typeof changes;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

function pick<T>(list: readonly T[], at: number): T {
  const found = list[at % list.length];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}

/** The policies of one context, without its default policy. */
function inContext(ir: Ir, at: number, change: (rules: readonly IrRule[]) => readonly IrRule[]): Ir {
  const index = at % ir.contexts.length;
  const contexts = ir.contexts.map((context, other): IrContext => {
    if (other !== index) return context;
    return { ...context, rules: [...change(context.rules.slice(0, -1)), ...context.rules.slice(-1)] };
  });
  return { ...ir, contexts };
}

function inRule({ ir, a, b }: { readonly ir: Ir } & Step, change: (rule: IrRule) => IrRule): Ir {
  return inContext(ir, a, (rules) => rules.map((rule, at) => (at === b % rules.length ? change(rule) : rule)));
}

const sameKindOf = (rules: readonly IrRule[], at: number) => pick(rules, at).match;
const allRules = ({ contexts }: Ir) => contexts.flatMap(({ rules }) => rules);
const flipped = (side: AddressMatch): AddressMatch =>
  side.kind === "any" ? side : { ...side, excluded: !side.excluded };

function freshId(ir: Ir): RuleId {
  return (Math.max(...allRules(ir).map(({ id }) => id)) + 1) as RuleId;
}

function withSet(ir: Ir, { a, b }: Step): Ir {
  const names = [...ir.addressSets.keys()];
  if (names.length === 0) return ir;
  const members = ir.addressSets.get(pick(names, b));
  if (members === undefined) return ir;
  return { ...ir, addressSets: new Map([...ir.addressSets, [pick(names, a), members]]) };
}

type Change = (given: { readonly ir: Ir } & Step) => Ir;

const changes = {
  nothing: ({ ir }) => ir,
  copy: ({ ir }) => structuredClone(ir),
  "copy of a context": ({ ir, a }) => inContext(ir, a, (rules) => structuredClone(rules)),
  "context as a new list": ({ ir, a }) => inContext(ir, a, (rules) => [...rules]),
  "remove rule": ({ ir, a, b }) => inContext(ir, a, (rules) => rules.filter((_, at) => at !== b % rules.length)),
  "add rule": ({ ir, a, b, c }) => {
    const made: IrRule = { ...pick(allRules(ir), c), id: freshId(ir), policy: { scope: "zone-pair", name: `n${c}` } };
    return inContext(ir, a, (rules) => rules.toSpliced(b % (rules.length + 1), 0, made));
  },
  "move rule": ({ ir, a, b, c }) =>
    inContext(ir, a, (rules) => {
      const moved = rules[b % Math.max(1, rules.length)];
      if (moved === undefined) return rules;
      return rules.filter((rule) => rule !== moved).toSpliced(c % rules.length, 0, moved);
    }),
  action: (given) =>
    inRule(given, (rule) => ({ ...rule, action: pick(["permit", "deny", "reject"] as const, given.c) })),
  log: (given) => inRule(given, (rule) => ({ ...rule, log: { sessionInit: given.c % 2 === 0, sessionClose: false } })),
  id: (given) => inRule(given, (rule) => ({ ...rule, id: freshId(given.ir) })),
  "check of SYN": (given) => inRule(given, (rule) => ({ ...rule, tcp: { synCheck: true } })),
  match: (given) => inRule(given, (rule) => ({ ...rule, match: sameKindOf(allRules(given.ir), given.c) })),
  nothing_matches: (given) =>
    inRule(given, (rule) => ({ ...rule, match: { kind: "nothing", because: "of the test" } })),
  services: (given) =>
    inRule(given, (rule) => {
      const other = sameKindOf(allRules(given.ir), given.c);
      if (rule.match.kind === "nothing" || other.kind === "nothing") return rule;
      return { ...rule, match: { ...rule.match, services: other.services } };
    }),
  source: (given) =>
    inRule(given, (rule) => {
      const other = sameKindOf(allRules(given.ir), given.c);
      if (rule.match.kind === "nothing" || other.kind === "nothing") return rule;
      return { ...rule, match: { ...rule.match, source: other.destination } };
    }),
  "left out": (given) =>
    inRule(given, (rule) => {
      if (rule.match.kind === "nothing") return rule;
      return { ...rule, match: { ...rule.match, destination: flipped(rule.match.destination) } };
    }),
  members: (given) => withSet(given.ir, given),
  "members as new objects": ({ ir }) => ({ ...ir, addressSets: structuredClone(ir.addressSets) }),
  "order of the sets": ({ ir }) => ({ ...ir, addressSets: new Map([...ir.addressSets].toReversed()) }),
  "check of SYN everywhere": ({ ir, a }) => ({ ...ir, flow: { ...defaultFlowOptions, synCheck: a % 2 === 0 } }),
  "interface away": ({ ir, a }) => ({ ...ir, interfaces: ir.interfaces.filter((_, at) => at !== a % 4) }),
  "context away": ({ ir, a }) => ({ ...ir, contexts: ir.contexts.filter((_, at) => at !== a % ir.contexts.length) }),
  "contexts turned around": ({ ir }) => ({ ...ir, contexts: ir.contexts.toReversed() }),
} satisfies Record<string, Change>;

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...(Object.keys(changes) as Step["kind"][])),
    a: fc.nat(50),
    b: fc.nat(50),
    c: fc.nat(50),
    back: fc.nat(9),
  }),
  { minLength: 1, maxLength: 8 },
);

const ways: readonly LowerOptions[] = [
  {},
  { stages: "boxes" },
  { stages: "boxes", boxes: { classMin: 1 } },
  { stages: "one", lookupRulesMin: 1 },
  { stages: "per-width", lookupRulesMin: 1 },
];

function printed(table: NftTable): string {
  return printTable(table);
}

function expectSameAsFresh(
  first: Ir,
  asked: readonly (Step & { readonly back: number })[],
  options: LowerOptions,
): void {
  const history = [first];
  lowerTable(first, 1, options);
  for (const [index, step] of asked.entries()) {
    const before = history.at(-1) ?? first;
    if (before.contexts.length === 0) return;
    // Now and then, what was there once comes back, as when a commit is taken back.
    const next = step.back === 0 ? pick(history, step.a) : changes[step.kind]({ ir: before, ...step });
    const fresh = structuredClone(next);
    expect(overBudget(next, before)).toEqual(overBudget(fresh));
    const kept = lowerTable(next, index + 2, { ...options, before });
    expect(printed(kept)).toBe(printed(lowerTable(fresh, index + 2, options)));
    history.push(next);
  }
}

describe.each(ways)("lookups: %o", (options) => {
  test("law: a kept lowering makes the table of a fresh one, with addresses of every width", () => {
    fc.assert(
      fc.property(anyRuleSet(0), steps, ({ ir }, asked) => expectSameAsFresh(ir, asked, options)),
      { numRuns: 10 },
    );
  });

  test("law: with names, masks and rules that are no lookup between lookups", () => {
    fc.assert(
      fc.property(anyIr, steps, (ir, asked) => expectSameAsFresh(ir, asked, options)),
      { numRuns: 10 },
    );
  });
});

describe("what has not changed is the same object", () => {
  const hosts = Array.from({ length: 20 }, (_, i) => i);
  const policies = (from: string, to: string) =>
    hosts.map((i) => policyLines([from, to], `p${i}`, { source: `h${i}`, destination: `h${(i * 7) % 20}` })).join("");
  const text =
    zoneLines("a", "b") +
    bookLines("global", hosts.map((i) => `address h${i} 10.0.${i}.1/32`).join(";")) +
    policies("a", "b") +
    policies("b", "a");
  const ir = compileText(text).ir;
  const options = { stages: "per-width", lookupRulesMin: 1 } as const;
  const at = (fromZone: string) => ir.contexts.findIndex((it) => it.fromZone === fromZone && it.toZone !== fromZone);

  /** Words of the sets of lookups, and the counters, that are other objects than before. */
  function otherSets(change: Change, a: number, b: number): readonly string[] {
    const before = lowerTable(ir, 1, options);
    const next = change({ ir, kind: "nothing", a, b, c: 1 });
    const known = new Set(before.sets);
    const other = lowerTable(next, 2, { ...options, before: ir }).sets.filter((set) => !known.has(set));
    return other.map(({ name }) => name.replace(/_[0-9a-f]{16,}$/, "")).filter((name) => !/_g[0-9]+$/.test(name));
  }

  test.each<[string, Change, readonly string[]]>([
    ["nothing", changes.nothing, []],
    ["equal objects", changes.copy, []],
    ["an action", changes.action, ["nodes", "rules", "decisions"]],
    ["the id of a rule", changes.id, ["hits", "nodes", "rules"]],
    ["members as new objects", changes["members as new objects"], []],
    ["the check of SYN", changes["check of SYN everywhere"], []],
    ["an interface, with the rule of its sessions", changes["interface away"], ["hits"]],
  ])("%s", (_, change, expected) => {
    expect(otherSets(change, at("a"), 3).toSorted()).toEqual([...expected].toSorted());
  });

  test("a changed service leaves the other pair of zones and the cells alone", () => {
    const services: Change = (given) =>
      inRule(given, ({ match, ...rule }) => {
        if (match.kind === "nothing") return { ...rule, match };
        return { ...rule, match: { ...match, services: [{ kind: "protocol", protocol: 47 }] } };
      });
    const other = otherSets(services, at("a"), 3);
    expect(other.filter((word) => word.startsWith("nodes"))).toHaveLength(1);
    expect(other).not.toContain("cells");
    expect(other).not.toContain("singles4");
  });

  test("what is counted before a commit is what the commit builds", () => {
    const next = changes.action({ ir, kind: "action", a: at("a"), b: 3, c: 1 });
    const before = lowerTable(ir, 1);
    expect(overBudget(next, ir)).toEqual([]);
    const known = new Set(before.sets.map(({ name }) => name));
    const after = lowerTable(next, 2, { before: ir });
    expect(
      after.sets.filter(({ name }) => name.startsWith("boxes")).filter(({ name }) => known.has(name)),
    ).toHaveLength(1);
  });
});
