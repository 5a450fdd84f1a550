// Members that come and go must leave the table that lowering would make, element for element, and the table must decide
// as the reference does with the members that there are.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differenceOf, emptyRangeSet, rangeSetOf, unionOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange, RangeSet } from "@merlon/model/ip/range-set.ts";
import { noDynamicMembers, withDynamicMembers } from "../dynamic-addresses.ts";
import type { DynamicMembers } from "../dynamic-addresses.ts";
import { interpret } from "../interpret.ts";
import type { Ir } from "../ir.ts";
import { anyHeader, anyRangeSet } from "../testing/arbitrary-ir.ts";
import { anyDynamicIr, dynamicPool } from "../testing/arbitrary-dynamic.ts";
import { bookLines, compileText, packetOf, policyLines, zoneLines } from "../testing/compile-text.ts";
import { expectDecision } from "../testing/expect-decision.ts";
import { applyCommands } from "./apply-commands.ts";
import { diffTables } from "./canonical-table.ts";
import { elementCommands, planMemberChange } from "./dynamic-sets.ts";
import { lowerTable } from "./lower.ts";
import type { NftElement, NftTable } from "./program.ts";

const anyChange = fc.record({ name: fc.constantFrom(...dynamicPool), members: anyRangeSet });

interface Step {
  readonly ir: Ir;
  readonly table: NftTable;
  readonly members: DynamicMembers;
}

function change({ ir, table, members }: Step, name: string, next: RangeSet): Step {
  const after = new Map(members).set(name, next);
  const changed = withDynamicMembers(ir, after);
  const commands = elementCommands(planMemberChange(ir, changed, name, 3).flat());
  return { ir: changed, table: applyCommands(table, commands) ?? table, members: after };
}

describe.each([
  ["lists", {}],
  ["lookups of one stage", { lookupRulesMin: 1, stages: "one" as const }],
  ["lookups of a stage for each width", { lookupRulesMin: 1, stages: "per-width" as const }],
] as const)("%s", (_, options) => {
  test("any changes of members lead to the table that lowering makes, and it decides as the reference does", () => {
    const headers = fc.array(anyHeader, { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(
        anyDynamicIr,
        fc.array(anyChange, { minLength: 1, maxLength: 6 }),
        headers,
        (ir, changes, packets) => {
          let step: Step = { ir, table: lowerTable(ir, 3, options), members: noDynamicMembers };
          for (const { name, members } of changes) step = change(step, name, members);
          expect(diffTables(step.table, lowerTable(step.ir, 3, options))).toEqual([]);
          for (const { fromZone, toZone } of ir.contexts.filter(({ toZone: to }) => to !== "junos-host")) {
            for (const header of packets) expectDecision(step.ir, step.table, { fromZone, toZone, ...header });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

function rangeOf({ key }: NftElement): IpRange {
  const value = key === "rest" ? undefined : key[0];
  if (value?.kind !== "addresses") throw new Error("no addresses");
  return value.range;
}

describe("while members change", () => {
  /** What the sets of all uses hold, by what they are for. */
  function held(table: NftTable): ReadonlyMap<string, RangeSet> {
    const sets = table.sets.filter(({ name }) => /^(hosts|members)[46]_/.test(name));
    return new Map(sets.map(({ name, elements }) => [name, rangeSetOf(elements.map(rangeOf))]));
  }

  test("who stays a member is never in neither set, and a stranger never in any, whatever a packet asks when", () => {
    let moves = 0;
    fc.assert(
      fc.property(anyDynamicIr, fc.array(anyChange, { minLength: 1, maxLength: 4 }), (ir, changes) => {
        let step: Step = { ir, table: lowerTable(ir, 3), members: noDynamicMembers };
        for (const { name, members } of changes) {
          const next = change(step, name, members);
          const transactions = planMemberChange(step.ir, next.ir, name, 3);
          if (transactions.length > 1) moves += 1;
          const states = [held(step.table)];
          let { table } = step;
          for (const commands of transactions.map(elementCommands)) {
            table = applyCommands(table, commands) ?? table;
            states.push(held(table));
          }
          const [first = new Map<string, RangeSet>(), last = first] = [states[0], states.at(-1)];
          for (const hosts of [...first.keys()].filter((it) => it.startsWith("hosts"))) {
            const ranges = hosts.replace("hosts", "members");
            const both = (state: typeof first, later: typeof first) =>
              unionOf([state.get(hosts) ?? emptyRangeSet, later.get(ranges) ?? emptyRangeSet]);
            const [before, after] = [both(first, first), both(last, last)];
            const stay = differenceOf(before, differenceOf(before, after));
            // A packet on its way sees one transaction at most: what was before it, or behind it, in each of the sets.
            for (const [at, state] of states.entries()) {
              const later = states[at + 1] ?? state;
              for (const seen of [both(state, state), both(state, later), both(later, state)]) {
                expect(differenceOf(stay, seen)).toEqual(emptyRangeSet);
                expect(differenceOf(seen, unionOf([before, after]))).toEqual(emptyRangeSet);
              }
            }
          }
          step = next;
        }
      }),
      { numRuns: 100 },
    );
    expect(moves).toBeGreaterThan(20);
  });
});

describe("a change of members", () => {
  const ranges = (...texts: readonly (readonly [number, number])[]): RangeSet =>
    rangeSetOf(texts.map(([first, last]) => ({ family: 4 as const, first, last })));
  const declare = (name: string) => `set security dynamic-address address-name ${name}\n`;
  const compiled = (lines: string) =>
    withDynamicMembers(
      compileText(`${zoneLines("a", "b")}${["bad", "good"].map(declare).join("")}${lines}`).ir,
      noDynamicMembers,
    );
  const ir = compiled(
    bookLines("global", "address own 10.0.0.8/29") +
      policyLines(["a", "b"], "block", { source: "bad", application: "any", then: "deny" }) +
      policyLines(["a", "b"], "let", { source: "[ good own ]", application: "any" }),
  );

  const host = (value: number) => ranges([value, value]);
  /** Hosts are numbers, ranges two numbers; `then` stands between transactions. */
  const rows: readonly [what: string, name: string, before: RangeSet, after: RangeSet, expected: string][] = [
    ["one joins", "bad", ranges(), host(1), "+1"],
    ["one leaves", "bad", host(1), ranges(), "-1"],
    ["one joins beside another", "bad", host(1), ranges([1, 2]), "+2"],
    ["one leaves the middle of a few", "bad", ranges([1, 3]), ranges([1, 1], [3, 3]), "-2"],
    ["a range joins", "bad", host(1), ranges([1, 1], [10, 20]), "+10..20"],
    ["hosts and a range change place", "bad", host(1), ranges([10, 20]), "-1 +10..20"],
    ["a range and hosts change place", "bad", ranges([10, 20]), ranges([30, 31]), "+30 +31 -10..20"],
    ["a range grows", "bad", ranges([1, 9]), ranges([1, 20]), "-1..9 +1..20"],
    ["one leaves the middle of many", "bad", ranges([1, 20]), ranges([1, 10], [12, 20]), "-1..20 +1..10 +12..20"],
    ["one leaves near the end", "bad", ranges([1, 12]), ranges([1, 10], [12, 12]), "+12 then -1..12 +1..10"],
    [
      "a few become many",
      "bad",
      ranges([1, 8]),
      ranges([1, 9], [40, 40]),
      "+40 then +1..9 then -1 -2 -3 -4 -5 -6 -7 -8",
    ],
    ["nothing changes", "bad", ranges([1, 3]), ranges([1, 3]), ""],
    ["one joins whom the book names, too", "good", ranges(), host(0x0a000009), ""],
  ];
  test.each(rows)("%s", (_, name, before, after, expected) => {
    const [from, to] = [before, after].map((members) => withDynamicMembers(ir, new Map([[name, members]])));
    if (from === undefined || to === undefined) throw new Error("two states");
    const shown = planMemberChange(from, to, name, 7).map((changes) =>
      changes.flatMap(({ set, remove, add }) => {
        expect(set.name).toMatch(set.interval === true ? /^members4_[0-9a-f]{16}_g7$/ : /^hosts4_[0-9a-f]{16}_g7$/);
        const text = (sign: string) => (element: (typeof add)[number]) => {
          const { first, last } = rangeOf(element);
          expect(first === last).toBe(set.interval === false);
          return first === last ? `${sign}${first}` : `${sign}${first}..${last}`;
        };
        return [...remove.map(text("-")), ...add.map(text("+"))];
      }),
    );
    expect(shown.map((texts) => texts.join(" ")).join(" then ")).toBe(expected);
  });

  test("a name that no policy asks for costs nothing", () => {
    const unused = compiled(policyLines(["a", "b"], "all", { application: "any" }));
    expect(lowerTable(unused, 1).sets.filter(({ name }) => /^(hosts|members)[46]/.test(name))).toEqual([]);
    expect(planMemberChange(unused, withDynamicMembers(unused, new Map([["bad", host(1)]])), "bad", 1)).toEqual([]);
  });

  test("the first policy decides: who is bad and good at once is refused", () => {
    const both = ranges([0x0a000105, 0x0a000105]);
    const packet = packetOf("a b 10.0.1.5 10.9.9.9 tcp 22");
    const decide = (members: DynamicMembers) => interpret(withDynamicMembers(ir, members), packet).action;
    expect(decide(noDynamicMembers)).toBe("deny");
    expect(decide(new Map([["good", both]]))).toBe("permit");
    expect(
      decide(
        new Map([
          ["good", both],
          ["bad", both],
        ]),
      ),
    ).toBe("deny");
  });

  test("rules, chains and other sets are the same with and without members", () => {
    const [without, ...others] = [ranges(), host(1), ranges([1, 9]), ranges([1, 1], [10, 20])].map((members) =>
      lowerTable(withDynamicMembers(ir, new Map([["bad", members]])), 2),
    );
    for (const within of others) {
      expect(within.chains).toEqual(without?.chains);
      expect(within.sets.map(({ name }) => name)).toEqual(without?.sets.map(({ name }) => name));
    }
  });
});
