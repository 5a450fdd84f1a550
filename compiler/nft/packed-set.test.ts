// Sets of rows against the same sets of elements: expanded, compared, named by what they hold, and in a transaction.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyCommands } from "./apply-commands.ts";
import { diffTables, sameSet } from "./canonical-table.ts";
import { contentNamed, packedSet } from "./fixed-set.ts";
import { RowIndex, RowWriter, elementCount, fingerprintOf, rowsOf, sameRows } from "./packed-set.ts";
import type { PackedRows } from "./packed-set.ts";
import { planCommit } from "./plan-commit.ts";
import type { NftSet, NftTable } from "./program.ts";

type Row = readonly [key: number, more: number, data: number];

function rowsFrom(rows: readonly Row[], rest?: readonly number[]): PackedRows {
  const writer = new RowWriter(2, 1);
  for (const row of rows) for (const word of row) writer.push(word);
  return writer.rows(rest);
}

function cells(rows: readonly Row[], rest?: readonly number[]): NftSet {
  return packedSet("cells", ["mark", "word"], ["mark"], rowsFrom(rows, rest));
}

const word = fc.oneof(fc.nat(5), fc.constantFrom(0xffff_ffff, 0x8000_0000));
const anyRows = fc.uniqueArray(fc.tuple(word, word, word), { selector: ([a, b]) => `${a} ${b}`, maxLength: 30 });

const table = (...sets: readonly NftSet[]): NftTable => ({ family: "inet", name: "merlon", sets, chains: [] });

describe("rows", () => {
  test("are the same in any order, and differ in any word", () => {
    fc.assert(
      fc.property(anyRows, fc.nat(), fc.nat(2), (rows, which, place) => {
        expect(sameRows(rowsFrom(rows), rowsFrom(rows.toReversed()))).toBe(true);
        if (rows.length === 0) return;
        const changed = rows.map((row, at) =>
          at === which % rows.length ? (row.with(place, (row[place] ?? 0) ^ 64) as unknown as Row) : row,
        );
        expect(sameRows(rowsFrom(rows), rowsFrom(changed))).toBe(false);
        expect(sameRows(rowsFrom(changed), rowsFrom(rows))).toBe(false);
        expect(fingerprintOf(rowsFrom(rows))).not.toBe(fingerprintOf(rowsFrom(changed)));
      }),
      { numRuns: 100 },
    );
  });

  test.each<[string, PackedRows, PackedRows]>([
    ["a row less", rowsFrom([[1, 2, 3]]), rowsFrom([])],
    [
      "one row twice in place of another",
      rowsFrom([
        [1, 2, 3],
        [1, 2, 3],
      ]),
      rowsFrom([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ],
    ["data for the rest", rowsFrom([], [0]), rowsFrom([])],
    ["other data for the rest", rowsFrom([], [0]), rowsFrom([], [1])],
  ])("%s is a difference", (_, a, b) => {
    expect(sameRows(a, b)).toBe(false);
    expect(sameRows(b, a)).toBe(false);
  });

  test("are found by their keys", () => {
    fc.assert(
      fc.property(anyRows, word, word, (rows, a, b) => {
        const index = new RowIndex(rowsFrom(rows));
        expect(index.count).toBe(rows.length);
        expect(index.find(Uint32Array.of(9, a, b), 1)).toBe(rows.findIndex(([one, two]) => one === a && two === b));
      }),
      { numRuns: 100 },
    );
  });
});

describe("a set of rows", () => {
  test("shows its elements, also of IPv6", () => {
    const writer = new RowWriter(4, 2);
    for (const part of [0x2001_0db8, 0, 0, 7, 0, 9]) writer.push(part);
    const set = packedSet("singles6", ["ipv6_addr"], ["mark", "mark"], writer.rows([0, 1]));
    const address = (0x2001_0db8n << 96n) + 7n;
    const number = (value: number) => ({ kind: "number" as const, value });
    expect(set.elements).toEqual([
      {
        key: [{ kind: "addresses", range: { family: 6, first: address, last: address } }],
        data: [number(0), number(9)],
      },
      { key: "rest", data: [number(0), number(1)] },
    ]);
    expect(elementCount(set)).toBe(2);
    expect(set.size).toBe(2);
  });

  test("is the same as a set of its elements, and a copy with other elements has only those", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const packed = cells(rows, [0]);
        const plain: NftSet = { ...packed, elements: packed.elements };
        expect(rowsOf(plain)).toBeUndefined();
        expect(sameSet(packed, plain)).toBe(true);
        expect(sameSet(plain, packed)).toBe(true);
        expect({ ...packed, elements: [] }.elements).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("does not take rows that do not fit its types", () => {
    expect(() => packedSet("x", ["mark"], ["mark"], rowsFrom([]))).toThrow("do not fit");
    expect(() => packedSet("x", ["ifname"], ["mark"], rowsFrom([]))).toThrow("cannot be packed");
  });

  test("named by what it holds, it keeps its name as long as it holds that", () => {
    const named = contentNamed(cells([[1, 2, 3]]));
    expect(named.name).toBe(contentNamed(cells([[1, 2, 3]])).name);
    expect(named.name).not.toBe(contentNamed(cells([[1, 2, 4]])).name);
    expect(named.name).toMatch(/^cells_[0-9a-f]{20}$/);
    const other = packedSet("cells", ["word", "word"], ["mark"], rowsFrom([[1, 2, 3]]));
    expect(contentNamed(other).name).not.toBe(named.name);
  });
});

describe("transactions", () => {
  const one = contentNamed(cells([[1, 2, 3]]));
  const other = contentNamed(cells([[1, 2, 4]]));

  test("a commit that leaves a set as it is does not touch it", () => {
    const there = table(contentNamed(cells([[1, 2, 3]])));
    expect(planCommit(there, table(one))).toEqual({ install: [], sweep: [] });
    const { install, sweep } = planCommit(there, table(other));
    expect(install).toEqual([{ kind: "add-set", set: other }]);
    expect(sweep).toEqual([{ kind: "delete-set", name: one.name, map: true }]);
  });

  test("a set of rows stands after it was added, and is passed on as it is", () => {
    const made = applyCommands(undefined, [{ kind: "add-table" }, { kind: "add-set", set: one }]);
    expect(made?.sets[0]).toBe(one);
    expect(() => applyCommands(made, [{ kind: "add-set", set: one }])).toThrow("is there already");
    const changed = applyCommands(made, [{ kind: "delete-elements", set: one.name, elements: one.elements }]);
    expect(changed?.sets[0]?.elements).toEqual([]);
    expect(made?.sets[0]?.elements).toHaveLength(1);
  });

  test("rows that stand twice, or are too many, are refused", () => {
    const twice = cells([
      [1, 2, 3],
      [1, 2, 4],
    ]);
    expect(() => applyCommands(table(), [{ kind: "add-set", set: twice }])).toThrow("an element twice");
  });

  test("a set that somebody changed is mended, and the difference is told", () => {
    const tampered: NftSet = { ...one, elements: [...one.elements, ...other.elements].slice(1) };
    const [difference] = diffTables(table(tampered), table(one));
    expect(difference?.sentence).toContain(`map ${one.name}: element`);
    const { install } = planCommit(table(tampered), table(one));
    const mended = applyCommands(table(tampered), install);
    expect(mended?.sets.map((set) => sameSet(set, one))).toEqual([true]);
  });
});
