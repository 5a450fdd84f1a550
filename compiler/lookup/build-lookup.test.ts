// What a lookup holds for rules that were wrong once, or that show a way of building it. That every way decides as the
// reference does is shown in ../nft/lower-lookup.test.ts.

import { describe, expect, test } from "vitest";
import type { Family } from "@merlon/model/ip/address.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { AddressMatch, Ir, IrRule, RuleId } from "../ir.ts";
import { emptyIr } from "../testing/compile-text.ts";
import { buildLookup } from "./build-lookup.ts";
import type { LookupWay } from "./build-lookup.ts";
import type { AddressLevel } from "./lookup.ts";

const any: AddressMatch = { kind: "any" };
const sets = (...names: string[]): AddressMatch => ({ kind: "sets", names, excluded: false });
const not = (...names: string[]): AddressMatch => ({ kind: "sets", names, excluded: true });

function rangeOf(text: string): IpRange {
  const [from = "", to = from] = text.split("-");
  const [first, last] = [parseIp(from), parseIp(to)];
  if (first?.family === 4 && last?.family === 4) return { family: 4, first: first.value, last: last.value };
  if (first?.family === 6 && last?.family === 6) return { family: 6, first: first.value, last: last.value };
  throw new Error(`no range in ${text}`);
}

function irOf(books: Readonly<Record<string, string>>): Ir {
  const addressSets = new Map(
    Object.entries(books).map(([name, text]) => [name, rangeSetOf(text.split(" ").map(rangeOf))]),
  );
  return { ...emptyIr, addressSets };
}

function lookupOf(
  ir: Ir,
  family: Family,
  stages: LookupWay,
  ...sides: readonly (readonly [AddressMatch, AddressMatch])[]
) {
  const rules = sides.map(([source, destination], index): IrRule => ({
    id: (16 + index) as RuleId,
    policy: { scope: "zone-pair", name: `p${index}` },
    match: { kind: "packets", source, destination, services: "any" },
    action: "permit",
    log: { sessionInit: false, sessionClose: false },
    count: false,
    origin: { path: ["test"] },
  }));
  const lookup = buildLookup(ir, rules, family, { stages });
  if (lookup === undefined) throw new Error("no rule matches anything");
  return lookup;
}

const kindsOf = (levels: readonly AddressLevel[]) =>
  levels.map((level) => (level.kind === "pieces" ? level.piece : level.kind));

describe("narrow-first", () => {
  test("a single address that touches a wide piece of its own set stands among the narrow ones", () => {
    const ir = irOf({ one: "2001:db8::", wide: "2001:db8::-2001:db8:2::" });
    const { destinations } = lookupOf(ir, 6, "narrow-first", [not("one"), sets("wide")], [not("one"), not("one")]);
    const [narrow] = destinations;
    expect(narrow).toMatchObject({
      kind: "intervals",
      intervals: [rangeOf("2001:db8:2::")].map(({ first, last }) => ({ first, last })),
    });
  });

  test("a narrow cell knows the rules of wide addresses too, and decides", () => {
    const ir = irOf({ host: "10.0.0.1", net: "10.0.0.0-10.3.255.255" });
    const lookup = lookupOf(ir, 4, "narrow-first", [any, sets("net")], [sets("host"), sets("host")]);
    expect(lookup.decisive).toEqual({ source: 0, destination: 0 });
    const cell = lookup.cells.find(({ source, destination }) => source === 1 && destination === 1);
    expect(lookup.nodes.filter(({ node }) => node === cell?.node).map(({ rule }) => rule)).toEqual([0]);
  });

  test("without narrow addresses on both sides nothing decides at once", () => {
    const ir = irOf({ host: "10.0.0.1" });
    const lookup = lookupOf(ir, 4, "narrow-first", [sets("host"), any], [any, sets("host")]);
    expect(lookup.decisive).toBeUndefined();
    expect(lookup.stages.length).toBe(2);
  });
});

describe("per-width", () => {
  test("each width is a level of its own, and everything shares that of wide blocks", () => {
    const ir = irOf({ mixed: "10.0.0.1 10.1.0.0-10.1.0.255 10.2.0.0-10.2.255.255 172.16.0.1-180.0.0.0" });
    const lookup = lookupOf(ir, 4, "per-width", [sets("mixed"), any], [any, sets("mixed")]);
    expect(kindsOf(lookup.sources)).toEqual(["single", "block", "wide-block", "intervals"]);
    expect(lookup.sources[2]).toHaveProperty("rest");
  });

  test("rules that leave addresses out match everything, but for those addresses", () => {
    const ir = irOf({ left: "10.0.0.1" });
    const lookup = lookupOf(ir, 4, "per-width", [not("left"), any]);
    expect(lookup.stages).toHaveLength(1);
    expect(kindsOf(lookup.sources)).toEqual(["constant", "intervals"]);
    const { first, last } = rangeOf("10.0.0.1");
    expect(lookup.exceptions?.sources).toEqual([{ first, last }]);
    expect(lookup.exceptions?.destinations).toEqual([]);
    expect(lookup.exceptions?.stages).toHaveLength(1);
  });
});

test("one: everything is one search on each side", () => {
  const ir = irOf({ mixed: "10.0.0.1 10.1.0.0-10.1.0.255", left: "10.0.0.1" });
  const lookup = lookupOf(ir, 4, "one", [sets("mixed"), any], [not("left"), sets("mixed")]);
  expect(kindsOf(lookup.sources)).toEqual(["intervals"]);
  expect(lookup.exceptions).toBeUndefined();
  expect(lookup.stages).toEqual([{ source: 0, destination: 0 }]);
});

test("rules that match nothing of the IP version are no rules of it", () => {
  const ir = irOf({ host: "10.0.0.1" });
  expect(lookupOf(ir, 4, "one", [sets("host"), any]).rules).toHaveLength(1);
  expect(() => lookupOf(ir, 6, "one", [sets("host"), any])).toThrow("no rule");
});
