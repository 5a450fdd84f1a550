// In what two sets of rows differ, and a set of rows in which some are others: without an object for each row, because a
// commit changes some of a million.

import { PackedSet, RowIndex, RowWriter, elementOfRow, restOf, rowsOf } from "./packed-set.ts";
import type { PackedRows } from "./packed-set.ts";
import { printElement } from "./print-statement.ts";
import type { NftElement, NftSet, NftValue } from "./program.ts";

export interface ElementDifference {
  /** There and not wanted. */
  readonly spare: readonly NftElement[];
  /** There with other data than wanted, and what shall stand in their places. */
  readonly wrong: readonly NftElement[];
  readonly replaced: readonly NftElement[];
  readonly missing: readonly NftElement[];
}

export interface ElementsChange {
  readonly how: "add" | "delete";
  readonly elements: readonly NftElement[];
}

/** Undefined where they are no rows of the same types. */
export function diffRows(actual: NftSet, desired: NftSet): ElementDifference | undefined {
  const [there, wanted] = [rowsOf(actual), rowsOf(desired)];
  if (there === undefined || wanted === undefined || actual.data === "verdict") return undefined;
  if (String([actual.key, actual.data]) !== String([desired.key, desired.data])) return undefined;
  const types = { key: actual.key, ...(actual.data === undefined ? {} : { data: actual.data }) };
  const { changed, spare, missing } = pairRows(there, wanted);
  const [rest, wantedRest] = [restOf(types, there), restOf(types, wanted)];
  const restChanged = rest !== undefined && wantedRest !== undefined && printElement(rest) !== printElement(wantedRest);
  return {
    spare: [
      ...spare.map((row) => elementOfRow(types, there, row)),
      ...(rest !== undefined && wantedRest === undefined ? [rest] : []),
    ],
    wrong: [...changed.map(([row]) => elementOfRow(types, there, row)), ...(restChanged ? [rest] : [])],
    replaced: [...changed.map(([, row]) => elementOfRow(types, wanted, row)), ...(restChanged ? [wantedRest] : [])],
    missing: [
      ...missing.map((row) => elementOfRow(types, wanted, row)),
      ...(rest === undefined && wantedRest !== undefined ? [wantedRest] : []),
    ],
  };
}

interface RowPairs {
  /** The same key with other data: the row of the one and of the other. */
  readonly changed: readonly (readonly [number, number])[];
  readonly spare: readonly number[];
  readonly missing: readonly number[];
}

/** What a lookup is made of comes in the same order each time, so nearly always no row must be searched for. */
function pairRows(a: PackedRows, b: PackedRows): RowPairs {
  const { keyWords, dataWords } = a;
  const stride = keyWords + dataWords;
  const changed: (readonly [number, number])[] = [];
  const isSame = (row: number, other: number, from: number, end: number): boolean => {
    for (let word = from; word < end; word++) {
      if (a.words[row * stride + word] !== b.words[other * stride + word]) return false;
    }
    return true;
  };
  let row = 0;
  const both = Math.min(a.count, b.count);
  for (; row < both && isSame(row, row, 0, keyWords); row++) {
    if (!isSame(row, row, keyWords, stride)) changed.push([row, row]);
  }
  if (row === a.count && row === b.count) return { changed, spare: [], missing: [] };
  const first = row;
  const index = new RowIndex(b);
  const spare: number[] = [];
  const seen = new Uint8Array(b.count).fill(1, 0, first);
  for (; row < a.count; row++) {
    const found = index.find(a.words, row * stride);
    if (found < 0) spare.push(row);
    else {
      seen[found] = 1;
      if (!isSame(row, found, keyWords, stride)) changed.push([row, found]);
    }
  }
  const missing: number[] = [];
  for (let other = first; other < b.count; other++) if (seen[other] === 0) missing.push(other);
  return { changed, spare, missing };
}

/**
 * The set after these changes; an element that goes and comes again keeps its place. Undefined where it is no set of rows
 * or an element does not fit into one.
 */
export function changeRows(set: NftSet, changes: readonly ElementsChange[]): PackedSet | undefined {
  const rows = rowsOf(set);
  const { name, key, data, size } = set;
  if (rows === undefined || data === "verdict") return undefined;
  const final = finalRows(rows, changes);
  if (final === undefined) return undefined;
  const stride = rows.keyWords + rows.dataWords;
  const index = new RowIndex(final);
  const { stands } = final;
  const written = new RowWriter(rows.keyWords, rows.dataWords, rows.count + final.count);
  const write = (words: Uint32Array, row: number) => {
    for (let word = 0; word < stride; word++) written.push(words[row * stride + word] ?? 0);
  };
  for (let row = 0; row < rows.count; row++) {
    const found = index.find(rows.words, row * stride);
    if (found < 0) write(rows.words, row);
    else if (stands[found] === true) {
      write(final.words, found);
      stands[found] = false;
    }
  }
  for (let row = 0; row < final.count; row++) if (stands[row] === true) write(final.words, row);
  const head = { name, key, ...(data === undefined ? {} : { data }), ...(size === undefined ? {} : { size }) };
  return new PackedSet(head, written.rows(final.rest));
}

interface FinalRows extends PackedRows {
  /** By row: whether it is there in the end. */
  readonly stands: boolean[];
}

/** Each changed key once, with what it has in the end. */
function finalRows(rows: PackedRows, changes: readonly ElementsChange[]): FinalRows | undefined {
  const last = new Map<string, { readonly words: readonly number[]; readonly stands: boolean }>();
  let { rest } = rows;
  for (const { how, elements } of changes) {
    for (const { key, data = [] } of elements) {
      const dataWords = "kind" in data ? undefined : wordsOf(data, rows.dataWords);
      const keyWords = key === "rest" ? [] : wordsOf(key, rows.keyWords);
      if (keyWords === undefined || (dataWords === undefined && how === "add")) return undefined;
      if (key === "rest") rest = how === "add" ? dataWords : undefined;
      else {
        const none = Array<number>(rows.dataWords).fill(0);
        last.set(keyWords.join(" "), { words: [...keyWords, ...(dataWords ?? none)], stands: how === "add" });
      }
    }
  }
  const all = [...last.values()];
  return {
    count: all.length,
    keyWords: rows.keyWords,
    dataWords: rows.dataWords,
    words: Uint32Array.from(all.flatMap(({ words }) => words)),
    ...(rest === undefined ? {} : { rest }),
    stands: all.map(({ stands }) => stands),
  };
}

function wordsOf(values: readonly NftValue[], count: number): readonly number[] | undefined {
  const words: number[] = [];
  for (const value of values) {
    if (value.kind === "number") words.push(value.value);
    else if (value.kind !== "addresses" || value.range.first !== value.range.last) return undefined;
    else if (value.range.family === 4) words.push(value.range.first);
    else for (const shift of [96n, 64n, 32n, 0n]) words.push(Number((value.range.first >> shift) & 0xffff_ffffn));
  }
  return words.length === count ? words : undefined;
}
