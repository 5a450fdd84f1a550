// What is not read again must be what stands in the kernel: whatever changes between, also behind our back, is seen.

import { afterEach, describe, expect, test } from "vitest";
import { sameSet } from "@merlon/compiler/nft/canonical-table.ts";
import { PackedSet, RowWriter, rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { NftSet } from "@merlon/compiler/nft/program.ts";
import { runNft } from "../story-tool.ts";
import { applyPlanned } from "./apply-planned.ts";
import { applyTransaction } from "./apply-transaction.ts";
import { readTable } from "./read-table.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";

function marks(name: string, ...values: readonly number[]): NftSet {
  const writer = new RowWriter(1, 1);
  for (const value of values) writer.push(value).push(value + 1);
  return new PackedSet({ name, key: ["mark"], data: ["mark"], size: 8 }, writer.rows());
}

async function setOf(name: string): Promise<NftSet | undefined> {
  return (await readTable())?.sets.find((set) => set.name === name);
}

describe.skipIf(!enclosed)("sets of rows", () => {
  afterEach(() => applyTransaction([{ kind: "add-table" }, { kind: "delete-table" }]));

  test("are read once, and again after whoever has changed something", async () => {
    const set = marks("a", 1, 2, 3);
    await applyTransaction([{ kind: "add-table" }, { kind: "add-set", set }]);
    const first = await setOf("a");
    expect(first !== undefined && rowsOf(first) !== undefined && sameSet(first, set)).toBe(true);
    expect(await setOf("a")).toBe(first);
    await runNft("add", "element", "inet", "merlon", "a", "{ 9 : 10 }");
    const changed = await setOf("a");
    expect(changed !== undefined && sameSet(changed, set)).toBe(false);
    expect(changed?.elements).toHaveLength(4);
  });

  test("stay known over a transaction of ours that leaves them alone, and only they", async () => {
    await applyTransaction([
      { kind: "add-table" },
      { kind: "add-set", set: marks("a", 1) },
      { kind: "add-set", set: marks("b", 1) },
    ]);
    const table = await readTable();
    if (table === undefined) throw new Error("no table");
    const more = marks("b", 2).elements;
    await applyPlanned(
      [
        { kind: "add-set", set: marks("c", 5) },
        { kind: "add-elements", set: "b", elements: more },
      ],
      table,
    );
    const after = await readTable();
    const named = (name: string) => after?.sets.find((set) => set.name === name);
    expect(named("a")).toBe(table.sets.find(({ name }) => name === "a"));
    expect(named("b")?.elements).toHaveLength(2);
    expect(named("c")?.elements).toEqual(marks("c", 5).elements);
  });

  test("a set of the same name that was made anew is read", async () => {
    await applyTransaction([{ kind: "add-table" }, { kind: "add-set", set: marks("a", 1) }]);
    const table = await readTable();
    if (table === undefined) throw new Error("no table");
    await applyPlanned(
      [
        { kind: "delete-set", name: "a", map: true },
        { kind: "add-set", set: marks("a", 7) },
      ],
      table,
    );
    expect((await setOf("a"))?.elements).toEqual(marks("a", 7).elements);
  });
});
