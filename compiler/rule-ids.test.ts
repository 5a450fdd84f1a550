// Rule ids over any history of policies: stable, unique, and never handed on while somebody may still carry them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstPolicyRuleId, ruleIdMax } from "./ir.ts";
import { allocateRuleIds, noRuleIds, parseRuleIdTable, ruleIdOf, ruleKey } from "./rule-ids.ts";
import type { RuleIdTable } from "./rule-ids.ts";

const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const history = fc.array(fc.uniqueArray(key, { maxLength: 6 }), { maxLength: 30 });

/** Only ten numbers, so that histories wrap around. */
const lastId = firstPolicyRuleId + 9;

function idsOf(table: RuleIdTable): readonly number[] {
  return Object.values(table.ids);
}

function freedOf(table: RuleIdTable): readonly number[] {
  return table.freed.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

describe("laws over any history", () => {
  test("exactly the keys asked for have numbers, no two the same, and all numbers are accounted for", () => {
    fc.assert(
      fc.property(history, (steps) => {
        let table = noRuleIds;
        for (const keys of steps) {
          table = allocateRuleIds(table, keys, lastId);
          expect(Object.keys(table.ids).toSorted()).toEqual(keys.toSorted());
          const all = [...idsOf(table), ...freedOf(table)];
          expect(new Set(all).size).toBe(all.length);
          expect(all.length).toBe(table.next - firstPolicyRuleId);
          expect(Math.max(firstPolicyRuleId, ...all)).toBeLessThanOrEqual(lastId);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a key keeps its number while it stands, in whatever order the keys come", () => {
    fc.assert(
      fc.property(history, (steps) => {
        let table = noRuleIds;
        for (const keys of steps) {
          const next = allocateRuleIds(table, keys.toReversed(), lastId);
          for (const name of keys) if (table.ids[name] !== undefined) expect(next.ids[name]).toBe(table.ids[name]);
          table = next;
        }
      }),
    );
  });

  test("a number is given again only when every number that has been free for longer is taken", () => {
    fc.assert(
      fc.property(history, (steps) => {
        let table = noRuleIds;
        let freeSince: number[] = [];
        for (const keys of steps) {
          const before = table;
          table = allocateRuleIds(before, keys, lastId);
          const taken = new Set(idsOf(table));
          const reused = freeSince.filter((id) => taken.has(id));
          expect(freeSince.slice(0, reused.length)).toEqual(reused);
          const gone = idsOf(before)
            .filter((id) => !taken.has(id))
            .toSorted((a, b) => a - b);
          freeSince = [...freeSince.slice(reused.length), ...gone];
          expect(freedOf(table)).toEqual(freeSince);
        }
      }),
    );
  });

  test("the table survives JSON, and the parser accepts every table", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const table = steps.reduce((last, keys) => allocateRuleIds(last, keys, lastId), noRuleIds);
        expect(parseRuleIdTable(JSON.parse(JSON.stringify(table)))).toEqual(table);
      }),
    );
  });
});

test("the table before is not changed", () => {
  const before = allocateRuleIds(noRuleIds, ["a", "b"]);
  const copy = structuredClone(before);
  allocateRuleIds(before, ["c"], firstPolicyRuleId + 1 + 1);
  expect(before).toEqual(copy);
});

test("repeated keys count once", () => {
  expect(allocateRuleIds(noRuleIds, ["a", "a"]).ids).toEqual({ a: 16 });
});

test("numbers that this change sets free do not serve within it", () => {
  const full = allocateRuleIds(noRuleIds, ["a"], firstPolicyRuleId);
  expect(() => allocateRuleIds(full, ["b"], firstPolicyRuleId)).toThrow(/more than 1 rules/);
});

test("a hundred thousand policies, all replaced, take well under a second and one run of freed numbers", () => {
  const started = performance.now();
  const keys = (prefix: string) => Array.from({ length: 100_000 }, (_, index) => `${prefix}${index}`);
  const first = allocateRuleIds(noRuleIds, keys("a"));
  const second = allocateRuleIds(first, keys("b"));
  expect(second.freed).toEqual([[16, 100_015]]);
  expect(performance.now() - started).toBeLessThan(1500);
});

test("keys tell zones, scopes and names apart", () => {
  const keys = [
    ruleKey("a", "b", { scope: "zone-pair", name: "p" }),
    ruleKey("a", "b", { scope: "global", name: "p" }),
    ruleKey("b", "a", { scope: "zone-pair", name: "p" }),
    ruleKey("a", "b", { scope: "default", name: "p" }),
  ];
  expect(new Set(keys).size).toBe(4);
});

test("asking for a key that was never allocated is a bug", () => {
  expect(() => ruleIdOf(noRuleIds, "x")).toThrow(/no rule id/);
});

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "x"],
  ["no next", { ids: {}, freed: [] }],
  ["next too large", { next: ruleIdMax + 2, ids: {}, freed: [] }],
  ["next too small", { next: 1, ids: {}, freed: [] }],
  ["a number twice", { next: 20, ids: { a: 16, b: 16 }, freed: [] }],
  ["a number that was never given out", { next: 20, ids: { a: 20 }, freed: [] }],
  ["a system number", { next: 20, ids: { a: 2 }, freed: [] }],
  ["a fraction", { next: 20, ids: { a: 16.5 }, freed: [] }],
  ["a number both used and free", { next: 20, ids: { a: 16 }, freed: [[16, 17]] }],
  [
    "overlapping runs",
    {
      next: 30,
      ids: {},
      freed: [
        [16, 20],
        [18, 22],
      ],
    },
  ],
  ["a run backwards", { next: 30, ids: {}, freed: [[20, 16]] }],
  ["runs that are no pairs", { next: 30, ids: {}, freed: [16] }],
  ["ids that are no object", { next: 30, ids: null, freed: [] }],
])("%s is no table", (_, data) => {
  expect(parseRuleIdTable(data)).toBeUndefined();
});
