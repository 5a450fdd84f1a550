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
import type { SharedSides } from "./shared-addresses.ts";
import { keptLookups } from "./kept-lookups.ts";
import type { Triples } from "./triples.ts";
import { Cells } from "./cells.ts";

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
  const lookup = buildLookup(context(ir, rules), rules, sharedOf(context(ir, rules), family), { stages });
  if (lookup === undefined) throw new Error("no rule matches anything");
  return lookup;
}

function sharedOf(ir: Ir, family: Family): SharedSides {
  const [only] = ir.contexts;
  if (only === undefined) throw new Error("no pair of zones");
  return keptLookups(ir).sharedOf(only, family);
}

/** The shared classes are those of the rules that some context has. */
function context(ir: Ir, rules: readonly IrRule[]): Ir {
  return { ...ir, contexts: [{ fromZone: "a", toZone: "b", rules }] };
}

function triplesOf(triples: Triples | Cells): readonly (readonly [number, number, number])[] {
  const all: (readonly [number, number, number])[] = [];
  triples.forEach((a, b, c) => all.push([a, b, c]));
  return all;
}

const kindsOf = (levels: readonly AddressLevel[]) =>
  levels.map((level) => (level.kind === "pieces" ? level.piece : level.kind));

test("one: a cell knows the rules of wide addresses too", () => {
  const ir = irOf({ host: "10.0.0.1", net: "10.0.0.0-10.3.255.255" });
  const lookup = lookupOf(ir, 4, "one", [any, sets("net")], [sets("host"), sets("host")]);
  expect(triplesOf(lookup.nodes).map(([, , rule]) => rule)).toEqual([0, 1].slice(0, 1));
});

describe("per-width", () => {
  test("each width is a level of its own, and everything shares that of wide blocks", () => {
    const ir = irOf({ mixed: "10.0.0.1 10.1.0.0-10.1.0.255 10.2.0.0-10.2.255.255 172.16.0.1-180.0.0.0" });
    const lookup = lookupOf(ir, 4, "per-width", [sets("mixed"), any], [any, sets("mixed")]);
    expect(lookup.stages).toHaveLength(5);
    expect(kindsOf(lookup.sources)).toEqual(["shared", "shared", "intervals", "intervals"]);
  });

  test("each stage has the cells of its own levels", () => {
    const ir = irOf({ mixed: "10.0.0.1 10.1.0.0-10.1.0.255", host: "10.0.0.9" });
    const lookup = lookupOf(ir, 4, "per-width", [sets("mixed"), sets("host")], [sets("host"), any]);
    expect(lookup.stages.map(({ source, destination, cells }) => `${source} ${destination} ${cells}`)).toEqual([
      "0 0 0",
      "0 2 1",
      "1 0 2",
    ]);
    expect(lookup.cells.map((cells) => triplesOf(cells).length)).toEqual([1, 1, 1]);
  });

  test("what begins and ends with wide blocks is found by a hash", () => {
    const ir = irOf({ wide: "10.0.0.0-10.2.255.255" });
    const lookup = lookupOf(ir, 4, "per-width", [sets("wide"), any], [any, sets("wide")]);
    expect(kindsOf(lookup.sources).slice(2, 3)).toEqual(["wide-block"]);
    expect(lookup.sources[2]).toHaveProperty("rest");
  });

  test("rules that leave addresses out match everything, but for those addresses", () => {
    const ir = irOf({ left: "10.0.0.1", host: "10.0.0.2" });
    const lookup = lookupOf(ir, 4, "per-width", [not("left"), sets("host")], [any, any]);
    expect(lookup.stages).toEqual([
      { source: 2, destination: 0, cells: 0 },
      { source: 2, destination: 2, cells: 1 },
    ]);
    expect(kindsOf(lookup.sources).slice(2)).toEqual(["constant", "intervals"]);
    const { first, last } = rangeOf("10.0.0.1");
    expect(lookup.exceptions?.sources).toEqual([{ first, last }]);
    expect(lookup.exceptions?.destinations).toEqual([]);
    // Only where the rule would decide: in the stage of the host.
    expect(lookup.exceptionalCells?.count).toBe(1);
    expect(lookup.exceptions?.stages.map(({ cells }) => cells)).toEqual([undefined, 0, 1]);
  });

  test("an address that is left out by a rule that decides nothing there is no exception", () => {
    const ir = irOf({ left: "10.0.0.1" });
    const lookup = lookupOf(ir, 4, "per-width", [any, any], [not("left"), any]);
    expect(lookup.exceptions).toBeUndefined();
  });

  test("rules that leave addresses out on both sides come forward one behind the other", () => {
    const ir = irOf({ one: "10.0.0.1", two: "10.0.0.2" });
    const lookup = lookupOf(ir, 4, "per-width", [not("one"), any], [any, not("two")]);
    // From .1 the second rule; to .2 the first; from .1 to .2 neither.
    expect(triplesOf(lookup.exceptionalCells ?? new Cells())).toHaveLength(2);
    expect(triplesOf(lookup.exceptionalCells ?? new Cells()).some(([, , node]) => node === 2 ** 32 - 1)).toBe(true);
  });
});

test("one: everything is one search on each side", () => {
  const ir = irOf({ mixed: "10.0.0.1 10.1.0.0-10.1.0.255", left: "10.0.0.1" });
  const lookup = lookupOf(ir, 4, "one", [sets("mixed"), any], [not("left"), sets("mixed")]);
  expect(kindsOf(lookup.sources)).toEqual(["intervals"]);
  expect(lookup.exceptions).toBeUndefined();
  expect(lookup.stages).toEqual([{ source: 0, destination: 0, cells: 0 }]);
});

test("rules that match nothing of the IP version are no rules of it", () => {
  const ir = irOf({ host: "10.0.0.1" });
  expect(lookupOf(ir, 4, "one", [sets("host"), any]).rules).toHaveLength(1);
  expect(() => lookupOf(ir, 6, "one", [sets("host"), any])).toThrow("no rule");
});
