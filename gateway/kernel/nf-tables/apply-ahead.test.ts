// Which sets of a transaction go ahead of it. That nothing is left of one that is refused is shown in ../kernel.contract.ts.

import { expect, test } from "vitest";
import type { NftCommand, NftSet } from "@merlon/compiler/nft/program.ts";
import { splitAhead } from "./apply-ahead.ts";

const set = (name: string, more: Partial<NftSet> = {}): NftCommand => ({
  kind: "add-set",
  set: {
    name,
    key: ["inet_service"],
    interval: true,
    counter: false,
    elements: [{ key: [{ kind: "numbers", first: 1, last: 5 }] }],
    ...more,
  },
});
const rules: NftCommand = { kind: "add-rules", chain: "live", rules: [] };

test.each<[string, readonly NftCommand[], readonly number[]]>([
  ["intervals", [set("a"), rules], [0]],
  ["each field an interval", [rules, set("a", { interval: "each-field" })], [1]],
  ["the table that they are in", [{ kind: "add-table" }, set("a"), rules], [0, 1]],
  ["no points", [set("a", { interval: false }), rules], []],
  ["no set without elements", [set("a", { elements: [] }), rules], []],
  ["no map that leads to chains of the transaction", [set("a", { data: "verdict" }), rules], []],
  ["no set in place of one that goes", [{ kind: "delete-set", name: "a" }, set("a"), rules], []],
  ["nothing where the whole table goes", [{ kind: "delete-table" }, { kind: "add-table" }, set("a"), rules], []],
])("%s", (_, commands, expected) => {
  const { ahead, rest } = splitAhead(commands);
  expect(ahead.map((command) => commands.indexOf(command))).toEqual(expected);
  expect([...ahead, ...rest].toSorted((a, b) => commands.indexOf(a) - commands.indexOf(b))).toEqual(commands);
});
