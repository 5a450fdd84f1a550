// What a measured change is: one policy, and one element of a set.

import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { expect, test } from "vitest";
import { largestAddressSet, withOneChange } from "./changes.ts";
import { generateRuleSet } from "./generate-rule-set.ts";
import { preparePolicy } from "./prepare-policy.ts";
import { shapeNamed } from "./rule-set-shape.ts";

const { ir } = preparePolicy(generateRuleSet(60, shapeNamed("realistic")));

test("one policy changes its action, and nothing else changes", () => {
  const changed = withOneChange(ir);
  const rulesOf = (one: typeof ir) => one.contexts.flatMap(({ rules }) => rules);
  const before = rulesOf(ir);
  const different = rulesOf(changed).flatMap((rule, index) => {
    const was = before[index];
    return was === undefined || rule === was ? [] : [{ rule, was }];
  });
  expect(different).toHaveLength(1);
  for (const { rule, was } of different) {
    expect(rule).toEqual({ ...was, action: was.action === "permit" ? "deny" : "permit" });
    expect(rule.policy.scope).toBe("zone-pair");
  }
  expect({ ...changed, contexts: [] }).toEqual({ ...ir, contexts: [] });
});

test("twice changed is as before", () => expect(withOneChange(withOneChange(ir))).toEqual(ir));

test("the element is one of the largest set of addresses", () => {
  // Rules in lists have sets of addresses.
  const table = lowerTable(ir, 1, { stages: "one", lookupRulesMin: 1_000 });
  const found = largestAddressSet(table);
  expect(found?.set.elements).toContain(found?.element);
  expect(found?.element.key).not.toBe("rest");
  for (const { key, elements } of table.sets) {
    if (key.length === 1 && key[0] === "ipv4_addr")
      expect(elements.length).toBeLessThanOrEqual(found?.set.elements.length ?? 0);
  }
  expect(largestAddressSet({ ...table, sets: [] })).toBeUndefined();
});
