// A set or map that is made with a generation and never changes: it says how many elements it has, and the kernel has a
// faster hash for such sets (nft_hash_fast_ops, nft_hash_ops).

import { PackedSet, fingerprintOf, rowsOf } from "./packed-set.ts";
import type { PackedRows } from "./packed-set.ts";
import { printSet } from "./print.ts";
import type { NftElement, NftSet, NftType } from "./program.ts";

export function fixedSet(
  name: string,
  key: readonly NftType[],
  data: "verdict" | readonly NftType[] | undefined,
  elements: readonly NftElement[],
): NftSet {
  const head = { name, key, ...(data === undefined ? {} : { data }) };
  return { ...head, interval: false, counter: false, size: Math.max(1, elements.length), elements };
}

export function packedSet(
  name: string,
  key: readonly NftType[],
  data: readonly NftType[],
  rows: PackedRows,
): PackedSet {
  return new PackedSet({ name, key, data, size: Math.max(1, rows.count + (rows.rest === undefined ? 0 : 1)) }, rows);
}

/**
 * The set under a name that says what it holds: a commit that leaves it as it is keeps the one that stands in the kernel,
 * however large it is.
 */
export function contentNamed(set: NftSet): NftSet {
  const rows = rowsOf(set);
  const { name: word, data } = set;
  const head = textFingerprint(printSet({ ...set, elements: [] }).join("\n")).slice(0, 4);
  if (rows === undefined) return renamed(set, `${word}_${textFingerprint(printSet(set).join("\n"))}`);
  if (data === "verdict") throw new Error(`verdicts cannot stand in the rows of ${word}`);
  return renamed(set, `${word}_${fingerprintOf(rows)}${head}`);
}

export function renamed(set: NftSet, name: string): NftSet {
  const rows = rowsOf(set);
  const { key, data, size } = set;
  if (rows === undefined || data === "verdict") return { ...set, name };
  const shape = { key, ...(data === undefined ? {} : { data }), ...(size === undefined ? {} : { size }) };
  return new PackedSet({ name, ...shape }, rows);
}

/** 64 bits of a text. */
export function textFingerprint(text: string): string {
  const words = new Uint32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.codePointAt(at) ?? 0;
    words[count++] = letter;
    // Two units of UTF-16.
    if (letter > 0xffff) at++;
  }
  return fingerprintOf({ words: words.subarray(0, count) });
}
