// Differences and changes of sets of rows against the same sets as elements.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyCommands } from "./apply-commands.ts";
import { sameSet } from "./canonical-table.ts";
import { changeRows, diffRows } from "./changed-rows.ts";
import type { ElementDifference, ElementsChange } from "./changed-rows.ts";
import { elementId } from "./element-id.ts";
import { PackedSet, RowWriter, rowsOf } from "./packed-set.ts";
import { planCommit } from "./plan-commit.ts";
import { printElement } from "./print-statement.ts";
import type { NftElement, NftSet, NftTable } from "./program.ts";

type Row = readonly [key: number, more: number, data: number];

function setOf(rows: readonly Row[], rest?: readonly number[], size = 100): PackedSet {
  const writer = new RowWriter(2, 1);
  for (const row of rows) for (const word of row) writer.push(word);
  return new PackedSet({ name: "cells", key: ["mark", "ipv4_addr"], data: ["mark"], size }, writer.rows(rest));
}

/** The same without rows. */
function plain(set: NftSet): NftSet {
  return { ...set, key: set.key, elements: set.elements };
}

function changesOf({ spare, wrong, replaced, missing }: ElementDifference): readonly ElementsChange[] {
  return [
    { how: "delete", elements: [...wrong, ...spare] },
    { how: "add", elements: [...replaced, ...missing] },
  ];
}

const texts = (elements: readonly NftElement[]) => elements.map(printElement).toSorted();
const word = fc.oneof(fc.nat(3), fc.constantFrom(0xffff_ffff, 0x8000_0000));
const anyRows = fc.uniqueArray(fc.tuple(word, word, word), { selector: ([a, b]) => `${a} ${b}`, maxLength: 20 });
const anyRest = fc.option(fc.tuple(fc.nat(2)), { nil: undefined });
const anySet = fc.tuple(anyRows, anyRest).map(([rows, rest]) => setOf(rows, rest));
const table = (...sets: readonly NftSet[]): NftTable => ({ family: "inet", name: "merlon", sets, chains: [] });

describe("laws", () => {
  test("the difference leads from the one to the other, and names each element once", () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const difference = diffRows(a, b) ?? expect.fail("both are rows");
        const changed = changeRows(a, changesOf(difference));
        expect(changed !== undefined && rowsOf(changed) !== undefined && sameSet(changed, b)).toBe(true);
        const { spare, wrong, replaced, missing } = difference;
        expect(wrong.map(elementId)).toEqual(replaced.map(elementId));
        const there = [...a.elements];
        expect(texts([...spare, ...wrong].filter((it) => !texts(there).includes(printElement(it))))).toEqual([]);
        const ids = [...spare, ...replaced, ...missing].map(elementId);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  test("rows in the order that they had keep it", () => {
    fc.assert(
      fc.property(anyRows, fc.array(fc.nat(19), { maxLength: 5 }), (rows, at) => {
        const others = rows.map(([key, more, data], row): Row => [key, more, at.includes(row) ? data ^ 1 : data]);
        const [a, b] = [setOf(rows), setOf(others)];
        const difference = diffRows(a, b) ?? expect.fail("both are rows");
        expect(difference.wrong).toHaveLength(rows.filter((_, row) => at.includes(row)).length);
        expect(difference.spare).toEqual([]);
        expect(difference.missing).toEqual([]);
        expect(rowsOf(changeRows(a, changesOf(difference)) ?? a)).toEqual(rowsOf(b));
      }),
    );
  });

  test("a commit from rows to rows is that of their elements, and ends in rows", () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const { install, sweep } = planCommit(table(a), table(b));
        const ofElements = planCommit(table(plain(a)), table(plain(b)));
        const keysOf = (commands: typeof install) =>
          commands.map((command) => ("elements" in command ? [command.kind, texts(command.elements)] : command.kind));
        expect(keysOf(install)).toEqual(keysOf(ofElements.install));
        expect(sweep).toEqual([]);
        const [after] = applyCommands(table(a), install)?.sets ?? [];
        expect(after !== undefined && rowsOf(after) !== undefined && sameSet(after, b)).toBe(true);
      }),
    );
  });
});

describe("what is no row", () => {
  const [element] = setOf([[1, 2, 3]]).elements;
  const number = { kind: "number", value: 1 } as const;
  const range = { kind: "addresses", range: { family: 4, first: 1, last: 2 } } as const;

  test("sets of elements, and of other types", () => {
    const set = setOf([[1, 2, 3]]);
    expect(diffRows(plain(set), set)).toBeUndefined();
    expect(diffRows(set, plain(set))).toBeUndefined();
    const { name, key } = set;
    const others = new PackedSet({ name, key }, { count: 0, keyWords: 2, dataWords: 0, words: new Uint32Array() });
    expect(diffRows(set, others)).toBeUndefined();
    expect(changeRows(plain(set), [])).toBeUndefined();
  });

  test.each<[string, NftElement]>([
    ["an interval", { key: [number, range], data: [number] }],
    ["a key that is too short", { key: [number], data: [number] }],
    ["no data", { key: [number, number] }],
    ["a verdict", { key: [number, number], data: { kind: "accept" } }],
  ])("%s", (_, other) => {
    expect(changeRows(setOf([[1, 2, 3]]), [{ how: "add", elements: [other] }])).toBeUndefined();
  });

  test.each<[string, "add-elements" | "delete-elements", readonly NftElement[], string]>([
    ["an element that is there", "add-elements", [element!], "has element 1 . 0.0.0.2 already"],
    ["one that is not there", "delete-elements", [{ key: [number, number] }], "has no element 1 . 1"],
    ["one that goes twice", "delete-elements", [element!, element!], "has no element 1 . 0.0.0.2"],
    ["one without data", "add-elements", [{ key: [number, number] }], "lacks data"],
    ["one too many", "add-elements", [{ key: [number, number], data: [number] }], "is full"],
  ])("%s is refused", (_, kind, elements, words) => {
    const full = table(setOf([[1, 2, 3]], undefined, 1));
    expect(() => applyCommands(full, [{ kind, set: "cells", elements }])).toThrow(words);
  });
});
