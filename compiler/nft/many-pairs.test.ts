// Many pairs of zones with policies of their own: what each has in the kernel adds up, because a set takes memory however
// little it holds, and the kernel walks through all sets of the table to find one by its name.

import { expect, test } from "vitest";
import { hostZone } from "../ir.ts";
import type { Ir } from "../ir.ts";
import { compileText, packetOf } from "../testing/compile-text.ts";
import { expectDecision } from "../testing/expect-decision.ts";
import { manyPairsText } from "../testing/many-pairs-text.ts";
import { lowerTable } from "./lower.ts";
import type { NftTable } from "./program.ts";
import { unnamedSetsMax } from "./shared-values.ts";

function everywhere(zones: number, policies: number, application: string): Ir {
  return compileText(manyPairsText({ zones, policies }, application, (i) => (i % 3 === 2 ? "deny" : "permit"))).ir;
}

const applications = "[ junos-ssh junos-dns-udp junos-ping junos-pingv6 ]";

function boxSetsOf(table: NftTable, type: string): number {
  return table.sets.filter(({ name, key }) => name.startsWith("boxes") && key[0] === type).length;
}

test.each([
  [5, 2],
  [8, 2],
  [16, 2],
  [16, 10],
])("%i zones, %i policies everywhere: sets of boxes have an end", (zoneCount, policyCount) => {
  const table = lowerTable(everywhere(zoneCount, policyCount, applications), 1);
  expect(boxSetsOf(table, "ipv4_addr")).toBeLessThanOrEqual(1_024);
  // Each takes 0.5 MB of the kernel's memory.
  expect(boxSetsOf(table, "ipv6_addr")).toBeLessThanOrEqual(256);
});

test("few pairs have sets of boxes", () => {
  expect(boxSetsOf(lowerTable(everywhere(3, 2, applications), 1), "ipv6_addr")).toBeGreaterThan(0);
});

function unnamedSetsOf({ chains }: NftTable): number {
  return chains
    .flatMap(({ rules }) => rules.flatMap(({ statements }) => statements))
    .filter((it) => it.kind === "match" && it.right.kind === "any-of").length;
}

test("ports that many lists ask about stand in sets that they share", () => {
  const ir = everywhere(20, 2, "[ junos-ssh junos-http ]");
  const table = lowerTable(ir, 1);
  const shared = table.sets.filter(({ name }) => name.startsWith("values"));
  expect(shared.map(({ key, elements }) => [key, elements.length])).toEqual([[["inet_service"], 2]]);
  // And some of the chains that are the same in every table.
  expect(unnamedSetsOf(table) - unnamedSetsOf(lowerTable(everywhere(2, 2, "junos-ssh"), 1))).toBe(unnamedSetsMax);
});

test.each([
  ["lists", 2, "[ junos-ssh junos-http junos-ping ]"],
  ["lookups", 12, applications],
])("%s of many pairs decide as the reference does", (_, policyCount, application) => {
  const ir = everywhere(20, policyCount, application);
  const table = lowerTable(ir, 1);
  const last = policyCount - 1;
  const pairs = ir.contexts.filter(({ fromZone, toZone }) => fromZone !== hostZone && toZone !== hostZone);
  for (const { fromZone, toZone } of [...pairs.slice(0, 5), ...pairs.slice(-5)]) {
    for (const words of [
      `10.0.0.1 10.${last}.0.1 tcp 22`,
      `10.0.0.1 10.${last}.0.1 tcp 80`,
      `10.0.0.1 10.${last}.0.1 tcp 81`,
      `10.${last}.0.1 10.0.0.1 udp 53`,
      `10.1.0.1 10.${last - 1}.0.1 icmp 8`,
      `10.1.0.1 10.0.9.1 tcp 22`,
      `10.1.0.1 10.${last - 1}.0.1 47`,
      `2001:db8::1 2001:db8:${last}::1 tcp 22`,
      `2001:db8::1 2001:db8:${last}::1 47`,
    ]) {
      expectDecision(ir, table, packetOf(`${fromZone} ${toZone} ${words}`));
    }
  }
});
