// The element of a set that a key in registers meets, found by comparing bytes as the kernel does: the whole key, or each of
// its fields by itself. Ranges that meet are a mistake, because the kernel refuses them.

import type { NftElement, NftSet } from "../nft/program.ts";
import { encodeFields } from "./key-bytes.ts";
import { fieldBytes } from "./run-dynamic-set.ts";

/** `from` is the first word of the key. */
export function findElement(set: NftSet, registers: Uint8Array, from: number): NftElement | undefined {
  const ready = prepared.get(set) ?? prepare(set);
  prepared.set(set, ready);
  const { exact, ranges, rest, places } = ready;
  const key = fieldsAt(registers.subarray(from * 4), places);
  const found = exact.get(key.join("")) ?? ranges.find(({ firsts, lasts }) => meet(firsts, lasts, key, key))?.element;
  return found ?? rest;
}

interface Prepared {
  /** Bytes of what is compared as one number: begin and end. */
  readonly places: readonly (readonly [number, number])[];
  readonly exact: ReadonlyMap<string, NftElement>;
  readonly ranges: readonly KeyRange[];
  readonly rest: NftElement | undefined;
}

interface KeyRange {
  readonly firsts: readonly string[];
  readonly lasts: readonly string[];
  readonly element: NftElement;
}

const prepared = new WeakMap<NftSet, Prepared>();

function prepare(set: NftSet): Prepared {
  const exact = new Map<string, NftElement>();
  const ranges: KeyRange[] = [];
  const places = placesOf(set);
  let rest: NftElement | undefined;
  for (const element of set.elements) {
    if (element.key === "rest") rest = element;
    else {
      const firsts = fieldsAt(encodeFields(set.key, element.key, "first"), places);
      if (set.interval === false) exact.set(firsts.join(""), element);
      else ranges.push({ firsts, lasts: fieldsAt(encodeFields(set.key, element.key, "last"), places), element });
    }
  }
  refuseMeeting(set.name, ranges);
  return { places, exact, ranges, rest };
}

function placesOf({ key, interval }: NftSet): readonly (readonly [number, number])[] {
  const ends: number[] = [];
  let at = 0;
  for (const type of key) ends.push((at += Math.ceil(fieldBytes[type] / 4) * 4));
  return interval === "each-field" ? ends.map((end, index) => [ends[index - 1] ?? 0, end]) : [[0, at]];
}

function fieldsAt(bytes: Uint8Array, places: readonly (readonly [number, number])[]): readonly string[] {
  return places.map(([at, end]) => Buffer.from(bytes.subarray(at, end)).toString("hex"));
}

function meet(
  firsts: readonly string[],
  lasts: readonly string[],
  otherFirsts: readonly string[],
  otherLasts: readonly string[],
): boolean {
  return firsts.every(
    (first, field) => first <= (otherLasts[field] ?? "") && (otherFirsts[field] ?? "") <= (lasts[field] ?? ""),
  );
}

/** Sorted by the first field, only neighbours that reach into each other there can meet. */
function refuseMeeting(name: string, ranges: readonly KeyRange[]): void {
  const sorted = ranges.toSorted((a, b) => ((a.firsts[0] ?? "") < (b.firsts[0] ?? "") ? -1 : 1));
  for (const [i, one] of sorted.entries()) {
    for (let next = i + 1; next < sorted.length; next++) {
      const other = sorted[next];
      if (other === undefined || (other.firsts[0] ?? "") > (one.lasts[0] ?? "")) break;
      if (meet(one.firsts, one.lasts, other.firsts, other.lasts)) throw new Error(`elements of ${name} meet`);
    }
  }
}
