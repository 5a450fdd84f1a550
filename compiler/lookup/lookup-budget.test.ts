// What is refused because it would not fit, in which words, and that it is found out without building it.

import { describe, expect, test } from "vitest";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { AddressMatch, Ir, IrRule, RuleId } from "../ir.ts";
import { emptyIr } from "../testing/compile-text.ts";
import { overBudget } from "./lookup-budget.ts";

const any: AddressMatch = { kind: "any" };
const base = 0x0a00_0000;

function range(first: number, count: number): IpRange {
  return { family: 4, first, last: first + count - 1 };
}

function irOf(
  books: ReadonlyMap<string, readonly IpRange[]>,
  sides: readonly (readonly [AddressMatch, AddressMatch])[],
): Ir {
  const all = [...sides, [any, any] as const];
  const rules = all.map(([source, destination], index): IrRule => ({
    id: (16 + index) as RuleId,
    policy: { scope: "zone-pair", name: `p${index}` },
    match: { kind: "packets", source, destination, services: "any" },
    action: "permit",
    log: { sessionInit: false, sessionClose: false },
    count: false,
    origin: { path: ["security", "policies", `p${index}`] },
  }));
  const addressSets = new Map([...books].map(([name, ranges]) => [name, rangeSetOf(ranges)]));
  return { ...emptyIr, addressSets, contexts: [{ fromZone: "a", toZone: "b", rules }] };
}

const named = (name: string): AddressMatch => ({ kind: "sets", names: [name], excluded: false });

/** Every host is a class of its own on both sides, and the group of all of them is cut into as many. */
function crossing(hostCount: number): Ir {
  const books = new Map<string, readonly IpRange[]>();
  const sides: [AddressMatch, AddressMatch][] = [];
  for (let host = 0; host < hostCount; host++) {
    books.set(`global:h${host}`, [range(base + host * 512, 1)]);
    sides.push([named(`global:h${host}`), any], [any, named(`global:h${host}`)]);
  }
  books.set(
    "global:everybody",
    Array.from({ length: hostCount }, (_, host) => range(base + host * 512, 1)),
  );
  sides.push([named("global:everybody"), named("global:everybody")]);
  return irOf(books, sides);
}

describe("lookups that would not fit", () => {
  test("the addresses that make most rows are named, with what to do", () => {
    const [found, ...more] = overBudget(crossing(3_000));
    expect(more).toEqual([]);
    expect(found?.message).toBe(
      "the policies from-zone a to-zone b would need more than 3,000,000 rows in the kernel for IPv4, " +
        "because their addresses overlap in too many ways",
    );
    expect(found?.hint).toContain("source-address everybody (9,000,000 rows in 1 policy)");
    expect(found?.hint).toContain("destination-address everybody (9,000,000 rows in 1 policy)");
    expect(found?.at.path).toEqual(["security", "policies", "p6000"]);
  });

  test("steps without end are not taken", () => {
    const ir = crossing(30_000);
    const startMs = performance.now();
    expect(overBudget(ir)).toHaveLength(1);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });

  test.each([8, 300, 1_000])("%i hosts that cross are no reason", (count) => {
    expect(overBudget(crossing(count))).toEqual([]);
  });
});
