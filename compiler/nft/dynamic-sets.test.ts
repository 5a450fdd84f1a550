// Members that come and go must leave the table that lowering would make, element for element, and the table must decide
// as the reference does with the members that there are.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
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
import type { NftTable } from "./program.ts";

const anyChange = fc.record({ name: fc.constantFrom(...dynamicPool), members: anyRangeSet });

interface Step {
  readonly ir: Ir;
  readonly table: NftTable;
  readonly members: DynamicMembers;
}

function change({ ir, table, members }: Step, name: string, next: RangeSet): Step {
  const after = new Map(members).set(name, next);
  const changed = withDynamicMembers(ir, after);
  const commands = elementCommands(planMemberChange(ir, changed, name, 3));
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

  const rows: readonly [what: string, name: string, before: RangeSet, after: RangeSet, expected: readonly string[]][] =
    [
      ["one joins", "bad", ranges(), ranges([1, 1]), ["+1"]],
      ["one leaves", "bad", ranges([1, 1]), ranges(), ["-1"]],
      ["one joins beside another", "bad", ranges([1, 1]), ranges([1, 2]), ["-1", "+1-2"]],
      ["one leaves the middle", "bad", ranges([1, 3]), ranges([1, 1], [3, 3]), ["-1-3", "+1", "+3"]],
      ["nothing changes", "bad", ranges([1, 3]), ranges([1, 3]), []],
      ["one joins whom the book names, too", "good", ranges(), ranges([0x0a000009, 0x0a000009]), []],
    ];
  test.each(rows)("%s", (_, name, before, after, expected) => {
    const [from, to] = [before, after].map((members) => withDynamicMembers(ir, new Map([[name, members]])));
    if (from === undefined || to === undefined) throw new Error("two states");
    const shown = planMemberChange(from, to, name, 7).flatMap(({ set, remove, add }) => {
      expect(set.name).toMatch(/^members4_[0-9a-f]{16}_g7$/);
      const text = (sign: string) => (element: (typeof add)[number]) => {
        const value = element.key === "rest" ? undefined : element.key[0];
        if (value?.kind !== "addresses") throw new Error("no addresses");
        const { first, last } = value.range;
        return first === last ? `${sign}${first}` : `${sign}${first}-${last}`;
      };
      return [...remove.map(text("-")), ...add.map(text("+"))];
    });
    expect(shown).toEqual(expected);
  });

  test("a name that no policy asks for costs nothing", () => {
    const unused = compiled(policyLines(["a", "b"], "all", { application: "any" }));
    expect(lowerTable(unused, 1).sets.filter(({ name }) => name.startsWith("members"))).toEqual([]);
    expect(planMemberChange(unused, withDynamicMembers(unused, new Map([["bad", ranges([1, 1])]])), "bad", 1)).toEqual(
      [],
    );
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
    const [without, within] = [ir, withDynamicMembers(ir, new Map([["bad", ranges([1, 9])]]))].map((it) =>
      lowerTable(it, 2),
    );
    expect(within?.chains).toEqual(without?.chains);
    expect(within?.sets.map(({ name }) => name)).toEqual(without?.sets.map(({ name }) => name));
  });
});
