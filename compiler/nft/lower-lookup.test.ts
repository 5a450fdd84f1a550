// Lookups must decide as the reference does, whatever way they are built. The lowered table is carried out byte by byte.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyHeader, anyIr } from "../testing/arbitrary-ir.ts";
import { anyRuleSet } from "../testing/arbitrary-rule-set.ts";
import { bookLines, compileText, packetOf, policyLines, zoneLines } from "../testing/compile-text.ts";
import { lookupRulesMin } from "../lookup/lookup-runs.ts";
import { expectDecision } from "../testing/expect-decision.ts";
import { lowerTable } from "./lower.ts";

const ways = [
  ["boxes", { stages: "boxes" }],
  ["boxes by port", { stages: "boxes", boxes: { classMin: 1 } }],
  ["one", { stages: "one" }],
  ["per-width", { stages: "per-width" }],
] as const;

describe.each(ways)("%s", (_, way) => {
  test("decides as the reference does, with addresses of every width", () => {
    fc.assert(
      fc.property(anyRuleSet(40), ({ ir, headers }) => {
        const table = lowerTable(ir, 3, way);
        for (const header of headers) expectDecision(ir, table, { fromZone: "a", toZone: "b", ...header });
      }),
      { numRuns: 100 },
    );
  });

  test("decides as the reference does, with names, masks and rules that are no lookup between lookups", () => {
    fc.assert(
      fc.property(anyIr, fc.array(anyHeader, { minLength: 20, maxLength: 20 }), (ir, headers) => {
        const table = lowerTable(ir, 3, { lookupRulesMin: 1, ...way });
        for (const { fromZone, toZone } of ir.contexts.filter(({ toZone: to }) => to !== "junos-host")) {
          for (const header of headers) expectDecision(ir, table, { fromZone, toZone, ...header });
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("what stands in a table", () => {
  const many = (count: number, more = "") =>
    compileText(
      zoneLines("a", "b") +
        bookLines("global", Array.from({ length: count }, (_, i) => `address h${i} 10.0.0.${i}/32`).join(";")) +
        Array.from({ length: count }, (_, i) =>
          policyLines(["a", "b"], `p${i}`, { source: `h${i}`, application: i % 2 === 0 ? "junos-ssh" : "junos-ping" }),
        ).join("") +
        more,
    ).ir;

  test("few rules stay a list, many become a lookup, of the IP version that has them", () => {
    const few = lowerTable(many(lookupRulesMin - 1), 1, { stages: "one" });
    const lookup = lowerTable(many(lookupRulesMin), 1, { stages: "one" });
    expect(few.sets.some(({ name }) => name.startsWith("cells"))).toBe(false);
    expect(lookup.sets.filter(({ name }) => name.startsWith("cells"))).toHaveLength(1);
    const chains = lookup.chains.map(({ name }) => name);
    expect(chains).toContain("pair_a_b_ip4_6_g1");
    expect(chains).toContain("pair_a_b_ip4_1_g1");
    expect(chains).toContain("pair_a_b_ip4_g1");
    expect(chains).toContain("pair_a_b_ip6_g1");
  });

  test("rules whose boxes are not too many are asked for in one set, and those of some addresses are as fast in a list", () => {
    const boxesOf = (count: number) =>
      lowerTable(many(count), 1).sets.filter(({ name }) => name.startsWith("boxes")).length;
    expect(boxesOf(1)).toBe(0);
    expect(boxesOf(2)).toBe(2);
    expect(lowerTable(many(2), 1).sets.some(({ name }) => name.startsWith("addresses"))).toBe(false);
  });

  test("a packet takes the chain of its protocol, and one of another protocol the common one", () => {
    const ir = many(20, policyLines(["a", "b"], "gre", { source: "h3", application: "junos-gre" }));
    const table = lowerTable(ir, 1);
    for (const words of [
      "a b 10.0.0.4 10.9.9.9 tcp 22",
      "a b 10.0.0.4 10.9.9.9 tcp 23",
      "a b 10.0.0.5 10.9.9.9 icmp 8",
      "a b 10.0.0.3 10.9.9.9 47",
      "a b 10.0.0.4 10.9.9.9 47",
      "a b 2001:db8::1 2001:db8::2 tcp 22",
    ]) {
      expectDecision(ir, table, packetOf(words));
    }
  });

  test("no name stands twice, and everything that is named exists", () => {
    fc.assert(
      fc.property(anyRuleSet(0), fc.constantFrom(...ways), ({ ir }, [, way]) => {
        const table = lowerTable(ir, 2, way);
        const names = [...table.sets, ...table.chains].map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        const sets = new Set(table.sets.map(({ name }) => name));
        for (const { statements } of table.chains.flatMap(({ rules }) => rules)) {
          for (const statement of statements) {
            if (statement.kind !== "instructions") continue;
            for (const it of statement.list) {
              if (it.op === "lookup") expect(sets).toContain(it.set);
              if (it.op === "vmap") expect(sets).toContain(it.map);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
