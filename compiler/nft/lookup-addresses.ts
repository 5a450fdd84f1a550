// How a lookup finds the class of an address: the instructions that bring the key into registers, and the set that holds
// the keys. Pieces of one width are found by a hash of the bits that name them, everything else by searching ranges.

import type { Family } from "@merlon/model/ip/address.ts";
import { pieceBits } from "../lookup/address-pieces.ts";
import type { AddressValue, BlockKind } from "../lookup/address-pieces.ts";
import type { SharedLevel } from "../lookup/shared-addresses.ts";
import type { Ends } from "../lookup/sweep.ts";
import { fixedSet } from "./fixed-set.ts";
import { RowWriter } from "./packed-set.ts";
import type { PackedRows } from "./packed-set.ts";
import type { NftElement, NftInstruction, NftLoad, NftSet, NftType, NftValue } from "./program.ts";
import { payload } from "./statements.ts";

/** Brings what names the piece of an address into the words from `to` on; uses four words there for IPv6. */
export function loadPiece(
  family: Family,
  field: "saddr" | "daddr",
  piece: BlockKind | "range",
  to: number,
): readonly NftInstruction[] {
  return loadBits(family, field, pieceBits[family][piece === "range" ? "single" : piece], to);
}

/** The first bits of an address, as whole words; behind them stand those of IPv6 that nobody asked for. */
export function loadBits(
  family: Family,
  field: "saddr" | "daddr",
  bits: number,
  to: number,
): readonly NftInstruction[] {
  const expression = payload(family === 4 ? "ip" : "ip6", field) as NftLoad;
  const load: NftInstruction = { op: "load", expression, to };
  const spare = -bits & 31;
  if (spare === 0) return [load];
  const last = to + wordsOfBits(bits) - 1;
  return [load, { op: "mask", from: last, to: last, mask: (0xffff_ffff << spare) >>> 0, network: true }];
}

export function wordsOfBits(bits: number): number {
  return Math.ceil(bits / 32);
}

/** The first words of an address, highest first. */
export function pushWords(writer: RowWriter, address: AddressValue, words: number): void {
  if (typeof address === "number") writer.push(address);
  else for (let word = 0; word < words; word++) writer.push(Number((address >> BigInt(96 - 32 * word)) & 0xffff_ffffn));
}

/** The classes of narrow addresses that all lookups share. The data is the class, behind a word that nobody reads. */
export function sharedRows({ kind, intervals }: SharedLevel, family: Family): PackedRows {
  const keyWords = wordsOfBits(pieceBits[family][kind]);
  const writer = new RowWriter(keyWords, 2, intervals.length);
  const shift = pieceBits[family].single - pieceBits[family][kind];
  if (family === 4) {
    for (const { first, last, class: number } of intervals) {
      for (let value = Number(first); value <= Number(last); value += 2 ** shift)
        writer.push(value).push(0).push(number);
    }
    return writer.rows();
  }
  for (const { first, last, class: number } of intervals) {
    for (let value = BigInt(first); value <= BigInt(last); value += 1n << BigInt(shift)) {
      pushWords(writer, value, keyWords);
      writer.push(0).push(number);
    }
  }
  return writer.rows();
}

/** What a set has for a key whose elements are pieces. */
export function pieceKey(family: Family, piece: BlockKind): readonly NftType[] {
  return family === 6 && piece !== "single" ? ["word", "word"] : [addressType(family)];
}

export interface AddressEntry extends Ends<AddressValue> {
  readonly data?: readonly NftValue[];
}

export interface AddressTable {
  readonly name: string;
  readonly family: Family;
  readonly piece: BlockKind | "range";
  readonly entries: readonly AddressEntry[];
  /** The data of all other addresses. */
  readonly rest?: readonly NftValue[];
  readonly data?: readonly NftType[];
}

export function addressSet({ name, family, piece, entries, rest, data }: AddressTable): NftSet {
  const elements =
    piece === "range"
      ? entries.map((entry) => element([addressValue(entry, family)], entry.data))
      : entries.flatMap((entry) => pieceElements(entry, family, piece));
  if (rest !== undefined) elements.push({ key: "rest", data: rest });
  if (piece === "range") {
    const head = { name, key: [addressType(family)], ...(data === undefined ? {} : { data }) };
    return { ...head, interval: true, counter: false, elements };
  }
  return fixedSet(name, pieceKey(family, piece), data, elements);
}

/** One element for each piece of an interval. */
function pieceElements(entry: AddressEntry, family: Family, piece: BlockKind): NftElement[] {
  const elements: NftElement[] = [];
  const bits = pieceBits[family][piece];
  if (family === 4) {
    const step = 2 ** (32 - bits);
    for (let value = Number(entry.first); value <= Number(entry.last); value += step) {
      elements.push(element([addressValue({ first: value, last: value }, 4)], entry.data));
    }
    return elements;
  }
  const step = 1n << BigInt(128 - bits);
  for (let value = BigInt(entry.first); value <= BigInt(entry.last); value += step) {
    const key =
      piece === "single"
        ? [addressValue({ first: value, last: value }, 6)]
        : [wordOf(value >> 96n), wordOf((value >> 64n) & 0xffff_ffffn)];
    elements.push(element(key, entry.data));
  }
  return elements;
}

function element(key: readonly NftValue[], data: readonly NftValue[] | undefined): NftElement {
  return data === undefined ? { key } : { key, data };
}

function wordOf(value: bigint): NftValue {
  return { kind: "number", value: Number(value) };
}

export function addressType(family: Family): NftType {
  return family === 4 ? "ipv4_addr" : "ipv6_addr";
}

export function addressValue({ first, last }: Ends<AddressValue>, family: Family): NftValue {
  return {
    kind: "addresses",
    range:
      family === 4
        ? { family, first: Number(first), last: Number(last) }
        : { family, first: BigInt(first), last: BigInt(last) },
  };
}
