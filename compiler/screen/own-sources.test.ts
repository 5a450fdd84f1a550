// What asks whether a source is the gateway's own, and which changes of addresses are changes of elements alone.

import { expect, test } from "vitest";
import type { Ir } from "../ir.ts";
import { applyCommands } from "../nft/apply-commands.ts";
import { diffTables } from "../nft/canonical-table.ts";
import { elementCommands } from "../nft/dynamic-sets.ts";
import { lowerTable } from "../nft/lower.ts";
import { compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import { lowerOwnSources, planOwnAddressChange } from "./own-sources.ts";

const { ir } = compileText(`${zoneLines("a", "b")}${policyLines(["a", "b"], "surf")}`);
const withFound = (...foundAddresses: readonly number[]): Ir => ({ ...ir, foundAddresses: foundAddresses.map(BigInt) });
const many = Array.from({ length: 40 }, (_, index) => index);

test.each<[string, Ir, Ir, boolean]>([
  ["one comes", withFound(7), withFound(7, 8), true],
  ["one goes, two come", withFound(5, 7), withFound(5, 6, 8), true],
  ["all are others", withFound(1, 2, 3), withFound(4), true],
  ["the first", ir, withFound(7), false],
  ["the last goes", withFound(7), ir, false],
  ["more than there is room for", withFound(7), withFound(...many), false],
  ["room is given back", withFound(...many), withFound(7), false],
  ["too many", withFound(7), { ...ir, foundAddresses: "too many" }, false],
  ["something else, too", withFound(7), { ...withFound(8), deviceNumbers: new Map([["eth-a", 4]]) }, false],
])("%s", (_, before, after, areElements) => {
  const change = planOwnAddressChange(before, after, 3);
  expect(change !== undefined).toBe(areElements);
  if (change === undefined) return;
  const changed = applyCommands(lowerTable(before, 3), elementCommands([change]));
  if (changed === undefined) return expect.fail("the table is gone");
  expect(diffTables(changed, lowerTable(after, 3))).toEqual([]);
});

test("too many addresses are asked of the routes", () => {
  const { sets, ofIpv6, ofAny } = lowerOwnSources({ ...ir, foundAddresses: "too many" }, 3);
  expect(sets).toEqual([]);
  expect(JSON.stringify([ofIpv6, ofAny])).toContain("source-type");
});
