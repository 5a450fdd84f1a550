// A set whose elements stand as rows of numbers in one piece of memory. A lookup has millions of elements: as objects
// they would take ten times the room and the time. Whoever asks for `elements` gets them as objects all the same, made
// when they are asked for; what handles many of them asks `rowsOf` first.

import type { NftElement, NftSet, NftType, NftValue } from "./program.ts";

/** Sorted by nothing, like the elements of any set. Every number is a word of 32 bits without sign. */
export interface PackedRows {
  readonly count: number;
  /**
   * Words of a key and of its data; a row is the one behind the other. An address of IPv6 is four words, highest first.
   */
  readonly keyWords: number;
  readonly dataWords: number;
  readonly words: Uint32Array;
  /** The data of every key that has no row. */
  readonly rest?: readonly number[];
}

export interface PackedHead {
  readonly name: string;
  readonly key: readonly NftType[];
  readonly data?: readonly NftType[];
  /** That of the number of elements when absent. */
  readonly size?: number;
}

/** Expanded elements of smaller sets are kept, so that they are made once. */
const keptElementsMax = 65_536;

export class PackedSet implements NftSet {
  readonly name: string;
  readonly key: readonly NftType[];
  declare readonly data?: readonly NftType[];
  readonly interval = false;
  readonly counter = false;
  declare readonly size?: number;
  // Private, so that a copy with other elements (`{ ...set, elements }`) has only those.
  readonly #rows: PackedRows;
  #elements: readonly NftElement[] | undefined;

  constructor({ name, key, data, size }: PackedHead, rows: PackedRows) {
    if (wordsOf(key) !== rows.keyWords || wordsOf(data ?? []) !== rows.dataWords) {
      throw new Error(`the rows of set ${name} do not fit its types`);
    }
    this.name = name;
    this.key = key;
    if (data !== undefined) this.data = data;
    if (size !== undefined) this.size = size;
    this.#rows = rows;
  }

  /** One more than rows where there is data for the rest. */
  static rowsOf(set: NftSet): PackedRows | undefined {
    return #rows in set ? set.#rows : undefined;
  }

  get elements(): readonly NftElement[] {
    if (this.#elements !== undefined) return this.#elements;
    const made = expand(this, this.#rows);
    if (made.length <= keptElementsMax) this.#elements = made;
    return made;
  }
}

/** Undefined for a set of elements that are objects. */
export function rowsOf(set: NftSet): PackedRows | undefined {
  return PackedSet.rowsOf(set);
}

export function elementCount(set: NftSet): number {
  const rows = rowsOf(set);
  return rows === undefined ? set.elements.length : rows.count + (rows.rest === undefined ? 0 : 1);
}

/** How many words the types take; undefined where one of them is no number. */
export function packedWords(types: readonly NftType[]): number | undefined {
  let sum = 0;
  for (const type of types) {
    if (type === "ifname") return undefined;
    sum += type === "ipv6_addr" ? 4 : 1;
  }
  return sum;
}

function wordsOf(types: readonly NftType[]): number {
  const words = packedWords(types);
  if (words === undefined) throw new Error(`${types.join(" . ")} cannot be packed`);
  return words;
}

/** Rows that grow; the words of a row are pushed one by one. */
export class RowWriter {
  readonly #keyWords: number;
  readonly #dataWords: number;
  #words: Uint32Array;
  #at = 0;

  constructor(keyWords: number, dataWords: number, expectedRows = 64) {
    this.#keyWords = keyWords;
    this.#dataWords = dataWords;
    this.#words = new Uint32Array(Math.max(1, expectedRows) * (keyWords + dataWords));
  }

  get count(): number {
    return this.#at / (this.#keyWords + this.#dataWords);
  }

  push(word: number): this {
    if (this.#at === this.#words.length) {
      const grown = new Uint32Array(this.#words.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[this.#at++] = word;
    return this;
  }

  rows(rest?: readonly number[]): PackedRows {
    return {
      count: this.count,
      keyWords: this.#keyWords,
      dataWords: this.#dataWords,
      words: this.#words.subarray(0, this.#at),
      ...(rest === undefined ? {} : { rest }),
    };
  }
}

/** 64 bits as text that only the same rows in the same order have, as far as anybody will ever see. */
export function fingerprintOf({ words, rest }: Pick<PackedRows, "words" | "rest">): string {
  let [a, b] = [0x811c_9dc5, 0x2545_f491];
  const take = (word: number) => {
    a = Math.imul(a ^ word, 0x9e37_79b1);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0xc2b2_ae35) + 0x6d2b_79f5;
    b ^= b >>> 13;
  };
  for (let at = 0; at < words.length; at++) take(words[at] ?? 0);
  for (const word of rest ?? []) take(word);
  take(words.length);
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

/**
 * Whether both have the same keys with the same data, in whatever order. A key that stands twice is as good as none.
 */
export function sameRows(a: PackedRows, b: PackedRows): boolean {
  if (a === b) return true;
  const sameShape = a.count === b.count && a.keyWords === b.keyWords && a.dataWords === b.dataWords;
  if (!sameShape || String(a.rest) !== String(b.rest)) return false;
  const index = new RowIndex(b);
  if (index.count !== b.count) return false;
  const seen = new Uint8Array(b.count);
  const stride = a.keyWords + a.dataWords;
  for (let row = 0; row < a.count; row++) {
    const found = index.find(a.words, row * stride);
    if (found < 0 || seen[found] === 1) return false;
    seen[found] = 1;
    for (let word = a.keyWords; word < stride; word++) {
      if (a.words[row * stride + word] !== b.words[found * stride + word]) return false;
    }
  }
  return true;
}

/** Rows by their keys: a table of open places, half of them empty. */
export class RowIndex {
  readonly #rows: PackedRows;
  readonly #places: Int32Array;
  readonly #mask: number;
  /** Rows with keys of their own; fewer than all where a key stands twice. */
  readonly count: number;

  constructor(rows: PackedRows) {
    this.#rows = rows;
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, rows.count * 2)));
    this.#places = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    const stride = rows.keyWords + rows.dataWords;
    let count = 0;
    for (let row = 0; row < rows.count; row++) {
      const place = this.#placeOf(rows.words, row * stride);
      if ((this.#places[place] ?? -1) >= 0) continue;
      this.#places[place] = row;
      count++;
    }
    this.count = count;
  }

  /** The row of the key that stands in `words` from `at` on; below 0 where there is none. */
  find(words: Uint32Array, at: number): number {
    return this.#places[this.#placeOf(words, at)] ?? -1;
  }

  #placeOf(words: Uint32Array, at: number): number {
    const { keyWords, dataWords, words: own } = this.#rows;
    const stride = keyWords + dataWords;
    for (let place = hashOf(words, at, keyWords) & this.#mask; ; place = (place + 1) & this.#mask) {
      const row = this.#places[place] ?? -1;
      if (row < 0) return place;
      let word = 0;
      while (word < keyWords && own[row * stride + word] === words[at + word]) word++;
      if (word === keyWords) return place;
    }
  }
}

function hashOf(words: Uint32Array, at: number, count: number): number {
  let hash = 0x811c_9dc5;
  for (let word = 0; word < count; word++) {
    hash = Math.imul(hash ^ (words[at + word] ?? 0), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85eb_ca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function expand(set: PackedSet, rows: PackedRows): NftElement[] {
  const elements: NftElement[] = [];
  for (let row = 0; row < rows.count; row++) elements.push(elementOfRow(set, rows, row));
  const rest = restOf(set, rows);
  if (rest !== undefined) elements.push(rest);
  return elements;
}

type RowTypes = Pick<PackedHead, "key" | "data">;

export function elementOfRow(
  { key, data }: RowTypes,
  { keyWords, dataWords, words }: PackedRows,
  row: number,
): NftElement {
  const at = row * (keyWords + dataWords);
  const values = valuesOf(key, words, at);
  return data === undefined ? { key: values } : { key: values, data: valuesOf(data, words, at + keyWords) };
}

/** The element for every key that has no row. */
export function restOf({ data }: RowTypes, { rest }: PackedRows): NftElement | undefined {
  return rest === undefined ? undefined : { key: "rest", data: valuesOf(data ?? [], Uint32Array.from(rest), 0) };
}

function valuesOf(types: readonly NftType[], words: Uint32Array, from: number): readonly NftValue[] {
  let at = from;
  const next = () => words[at++] ?? 0;
  return types.map((type): NftValue => {
    if (type === "ipv6_addr") {
      let value = 0n;
      for (let word = 0; word < 4; word++) value = (value << 32n) | BigInt(next());
      return { kind: "addresses", range: { family: 6, first: value, last: value } };
    }
    const value = next();
    if (type !== "ipv4_addr") return { kind: "number", value };
    return { kind: "addresses", range: { family: 4, first: value, last: value } };
  });
}
