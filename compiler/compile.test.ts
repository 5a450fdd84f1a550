// The compiler as a whole: rule ids across commits, the same result for the same input, and a hundred thousand policies.

import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { noRuleIds, ruleKey } from "./rule-ids.ts";
import { bookLines, compileText, configurationOf, policyLines, zoneLines } from "./testing/compile-text.ts";

const zones = zoneLines("a", "b", "c");

describe("rule ids", () => {
  const text = zones + policyLines(["a", "b"], "p") + policyLines("global", "g");
  const idOf = (compiled: ReturnType<typeof compileText>, name: string) =>
    compiled.ruleIds.ids[ruleKey("a", "b", { scope: "zone-pair", name })];

  test("every rule of every pair has its own, and they are those in the table", () => {
    const { ir, ruleIds } = compileText(text);
    const ids = [
      ...ir.contexts.flatMap(({ rules }) => rules.map(({ id }) => id)),
      ...ir.interfaces.flatMap(({ hostInbound }) => hostInbound.ruleId ?? []),
    ];
    expect(ids).toHaveLength(9 * 2 + 1 + 3);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.values(ruleIds.ids).toSorted((x, y) => x - y)).toEqual(ids.toSorted((x, y) => x - y));
  });

  test("a policy keeps its number when it moves, changes or gets neighbours, and loses it when it goes", () => {
    const first = compileText(text);
    const moved = compileText(
      zones + policyLines(["a", "b"], "n") + policyLines(["a", "b"], "p", { then: "deny" }),
      first.ruleIds,
    );
    expect(idOf(moved, "p")).toBe(idOf(first, "p"));
    const gone = compileText(zones, moved.ruleIds);
    expect(idOf(gone, "p")).toBeUndefined();
    expect(idOf(compileText(text, gone.ruleIds), "p")).not.toBe(idOf(first, "p"));
  });

  test("a policy that may come back has its number all the time", () => {
    const first = compileText(text);
    const reservedKeys = [ruleKey("a", "b", { scope: "zone-pair", name: "p" })];
    const without = configurationOf(zones + policyLines(["a", "b"], "n"));
    const compiled = compile(without, { ruleIds: first.ruleIds, reservedKeys });
    expect(idOf(compiled, "p")).toBe(idOf(first, "p"));
    const numbers = compiled.ir.contexts.flatMap(({ rules }) => rules.map(({ id }) => Number(id)));
    expect(numbers).not.toContain(idOf(first, "p"));
    expect(idOf(compileText(text, compiled.ruleIds), "p")).toBe(idOf(first, "p"));
  });
});

test("the result depends on the configuration and the ids alone", () => {
  const text = zones + policyLines(["a", "b"], "p", { source: "x" });
  const [{ memory: _, ...once }, { memory: __, ...again }] = [compileText(text), compileText(text)];
  expect(once).toEqual(again);
});

test("a hundred thousand policies over six pairs of zones compile in seconds", { timeout: 60_000 }, () => {
  const pairs = [
    ["a", "b"],
    ["b", "a"],
    ["a", "c"],
    ["c", "a"],
    ["b", "c"],
    ["c", "b"],
  ] as const;
  const base = configurationOf(
    zones +
      bookLines(
        "global",
        Array.from({ length: 1000 }, (_, n) => `address h${n} 10.0.${n >> 8}.${n & 255}/32`).join(";"),
      ) +
      policyLines(["a", "b"], "p", { source: "h1", destination: "h2", application: "junos-https" }),
  );
  // Parsing is not what is measured: one parsed policy is copied with other names.
  const model = base.security?.policies?.fromZone[0];
  const policy = model?.policy[0];
  if (model === undefined || policy?.match === undefined) throw new Error("the test has no policy to copy");
  const { match } = policy;
  const fromZone = pairs.map(([fromZoneName, toZoneName], p) => ({
    ...model,
    fromZoneName,
    toZoneName,
    policy: Array.from({ length: 16_667 }, (_, n) => ({
      ...policy,
      name: `p${n}`,
      match: { ...match, sourceAddress: [`h${(n * 7 + p) % 1000}`], destinationAddress: [`h${(n * 13) % 1000}`] },
    })),
  }));
  const configuration = {
    ...base,
    security: { ...base.security!, policies: { ...base.security!.policies!, fromZone } },
  };
  const started = performance.now();
  const { ir, diagnostics } = compile(configuration, { ruleIds: noRuleIds });
  const tookMs = performance.now() - started;
  expect(diagnostics).toEqual([]);
  expect(ir.contexts.reduce((sum, { rules }) => sum + rules.length, 0)).toBe(6 * 16_667 + 9);
  expect(tookMs).toBeLessThan(5000);
});
