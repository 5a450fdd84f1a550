// Pieces of boxes that a hash finds: aligned blocks of addresses, of one width on each side, that lie wholly in one box. A
// search among boxes takes five times as long as one by hash, so it comes second where blocks hold most of what the
// policies speak of.

import type { Family } from "@merlon/model/ip/address.ts";
import type { AddressValue } from "./address-pieces.ts";
import type { Ends } from "./sweep.ts";

export interface BoxFront {
  /** Bits of an address that name a block. */
  readonly sourceBits: number;
  readonly destinationBits: number;
  readonly blocks: readonly FrontBlock[];
}

export interface FrontBlock {
  /** The first addresses of the two blocks. */
  readonly source: AddressValue;
  readonly destination: AddressValue;
  /** Index of the box that holds them. */
  readonly box: number;
}

interface SidesOfBox {
  readonly source: Ends<AddressValue>;
  readonly destination: Ends<AddressValue>;
  readonly rule: number;
}

/** Bits of names that are tried: subnets, and what is left of ranges at their edges. */
const widths = {
  4: [32, 30, 28, 27, 26, 25, 24, 22, 20, 16],
  6: [128, 126, 124, 123, 122, 121, 120, 112, 64, 60, 56, 48],
} as const;
/** Where every rule is asked as often as any other and all of its addresses alike, so much must be found here. */
const shareMin = 0.5;

interface Choice {
  readonly sourceBits: number;
  readonly destinationBits: number;
  /** Indexes of boxes. */
  readonly taken: readonly number[];
  readonly share: number;
  /** Of blocks. */
  readonly count: number;
}

/** Of boxes that do not meet. Undefined where blocks would hold too little, or be more than `blocksMax`. */
export function boxFront(boxes: readonly SidesOfBox[], family: Family, blocksMax: number): BoxFront | undefined {
  const weights = weightsOf(boxes);
  const counts = (side: "source" | "destination") =>
    widths[family].map((bits) => boxes.map((box) => blocksIn(box[side], family, bits).count));
  const [ofSource, ofDestination] = [counts("source"), counts("destination")];
  const inOrder = heaviestFirst(weights);
  let best: Choice | undefined;
  for (const [s, sourceBits] of widths[family].entries()) {
    for (const [d, destinationBits] of widths[family].entries()) {
      const area = lengthOfBlock(family, sourceBits) * lengthOfBlock(family, destinationBits);
      const taken: number[] = [];
      let [count, share] = [0, 0];
      for (const index of inOrder) {
        const own = (ofSource[s]?.[index] ?? 0) * (ofDestination[d]?.[index] ?? 0);
        if (own === 0 || count + own > blocksMax) continue;
        count += own;
        share += own * area * (weights[index] ?? 0);
        taken.push(index);
      }
      const choice: Choice = { sourceBits, destinationBits, taken, share, count };
      if (share > shareMin && isBetter(choice, best)) best = choice;
    }
  }
  if (best === undefined) return undefined;
  const { sourceBits, destinationBits, taken } = best;
  const blocks = taken
    .toSorted((a, b) => a - b)
    .flatMap((index): readonly FrontBlock[] => {
      const box = boxes[index];
      if (box === undefined) return [];
      const destinations = startsOf(box.destination, family, destinationBits);
      return startsOf(box.source, family, sourceBits).flatMap((source) =>
        destinations.map((destination) => ({ source, destination, box: index })),
      );
    });
  return { sourceBits, destinationBits, blocks };
}

/** Shares are sums of fractions: what differs less than this is the same. */
const tinyShare = 1e-6;

/** More is found, or as much by fewer blocks. */
function isBetter({ share, count }: Choice, best: Choice | undefined): boolean {
  if (best === undefined || share > best.share + tinyShare) return true;
  return share > best.share - tinyShare && count < best.count;
}

/** Blocks of one width hold as much as their box weighs, so one box does not take the room of many that are found more often. */
function heaviestFirst(weights: readonly number[]): readonly number[] {
  return [...weights.keys()].toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
}

/** By box, what each pair of its addresses counts. */
function weightsOf(boxes: readonly SidesOfBox[]): readonly number[] {
  const volumes = new Map<number, number>();
  for (const box of boxes) volumes.set(box.rule, (volumes.get(box.rule) ?? 0) + volumeOf(box));
  return boxes.map(({ rule }) => 1 / (volumes.get(rule) ?? 1) / volumes.size);
}

function startsOf(ends: Ends<AddressValue>, family: Family, bits: number): readonly AddressValue[] {
  const { first, count } = blocksIn(ends, family, bits);
  return Array.from({ length: count }, (_, number) =>
    typeof first === "bigint"
      ? first + BigInt(number) * (1n << BigInt(128 - bits))
      : first + number * lengthOfBlock(family, bits),
  );
}

/** Whole blocks of a range: the first address of the first, and how many. */
function blocksIn(
  { first, last }: Ends<AddressValue>,
  family: Family,
  bits: number,
): { readonly first: AddressValue; readonly count: number } {
  if (typeof first === "number") {
    const size = lengthOfBlock(family, bits);
    const from = Math.ceil(first / size);
    return { first: from * size, count: Math.max(0, Math.floor((Number(last) + 1) / size) - from) };
  }
  const shift = BigInt(128 - bits);
  const from = (first + (1n << shift) - 1n) >> shift;
  return { first: from << shift, count: Math.max(0, Number(((BigInt(last) + 1n) >> shift) - from)) };
}

function lengthOfBlock(family: Family, bits: number): number {
  return 2 ** ((family === 4 ? 32 : 128) - bits);
}

function volumeOf({ source, destination }: SidesOfBox): number {
  return lengthOf(source) * lengthOf(destination);
}

function lengthOf({ first, last }: Ends<AddressValue>): number {
  return typeof first === "number" ? Number(last) - first + 1 : Number(BigInt(last) - first) + 1;
}
