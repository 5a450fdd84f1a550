// Ranges cut along the blocks that a hash can find: single addresses, /24s and /16s of IPv4, /64s and /48s of IPv6. One
// hash lookup by the masked address costs a fifth of a search in sorted ranges. What would fall into too many pieces
// stays a range.

import type { Family } from "@merlon/model/ip/address.ts";
import { ipv4Max, ipv6Max } from "@merlon/model/ip/address.ts";
import type { Ends } from "./sweep.ts";

/** `number` for IPv4, `bigint` for IPv6. */
export type AddressValue = number | bigint;

/** From narrow to wide; `ranges` are those that are not worth cutting. */
export const pieceKinds = ["single", "block", "wide-block", "everything", "range"] as const;
export type PieceKind = (typeof pieceKinds)[number];

export type BlockKind = "single" | "block" | "wide-block";

/** How many bits of an address name a piece. */
export const pieceBits: Readonly<Record<Family, Readonly<Record<BlockKind, number>>>> = {
  4: { single: 32, block: 24, "wide-block": 16 },
  6: { single: 128, block: 64, "wide-block": 48 },
};

/** Pieces of each kind that one range may be cut into. */
const singlesMax = 256;
const blocksMax = 512;
const wideBlocksMax = 1024;

export type Pieces = Readonly<Record<PieceKind, readonly Ends<AddressValue>[]>>;

/** `ranges` in normal form; the pieces together are the same addresses. */
export function cutIntoPieces(ranges: readonly Ends<AddressValue>[], family: Family): Pieces {
  const pieces: Record<PieceKind, Ends<AddressValue>[]> = {
    single: [],
    block: [],
    "wide-block": [],
    everything: [],
    range: [],
  };
  for (const range of ranges) {
    const cut = cutRange(range, family);
    for (const { kind, ...ends } of cut) pieces[kind].push(ends);
  }
  return pieces;
}

type Piece = Ends<AddressValue> & { readonly kind: PieceKind };

function cutRange(range: Ends<AddressValue>, family: Family): readonly Piece[] {
  const all = family === 4 ? ipv4Max : ipv6Max;
  if (Number(range.first) === 0 && range.last === all) return [{ kind: "everything", ...range }];
  // Small values of both versions are counted as bigint, so that one arithmetic serves both.
  const first = BigInt(range.first);
  const end = BigInt(range.last) + 1n;
  const bits = pieceBits[family];
  const block = 1n << BigInt(bits.single - bits.block);
  const wide = 1n << BigInt(bits.single - bits["wide-block"]);
  const pieces: { readonly kind: BlockKind; readonly first: bigint; readonly end: bigint }[] = [];
  const add = (kind: BlockKind, from: bigint, to: bigint) => {
    if (from < to) pieces.push({ kind, first: from, end: to });
  };
  const [blocksFrom, blocksTo] = inside(first, end, block);
  if (blocksFrom >= blocksTo) add("single", first, end);
  else {
    const [wideFrom, wideTo] = inside(blocksFrom, blocksTo, wide);
    add("single", first, blocksFrom);
    if (wideFrom >= wideTo) add("block", blocksFrom, blocksTo);
    else {
      add("block", blocksFrom, wideFrom);
      add("wide-block", wideFrom, wideTo);
      add("block", wideTo, blocksTo);
    }
    add("single", blocksTo, end);
  }
  const sizes: Readonly<Record<BlockKind, bigint>> = { single: 1n, block, "wide-block": wide };
  const maxima: Readonly<Record<BlockKind, number>> = {
    single: singlesMax,
    block: blocksMax,
    "wide-block": wideBlocksMax,
  };
  const fits = pieces.every((piece) => (piece.end - piece.first) / sizes[piece.kind] <= maxima[piece.kind]);
  if (!fits) return [{ kind: "range", ...range }];
  const toValue = (value: bigint): AddressValue => (family === 4 ? Number(value) : value);
  return pieces.map(({ kind, first: from, end: to }) => ({ kind, first: toValue(from), last: toValue(to - 1n) }));
}

/** The part of a range that whole blocks fill; empty (from ≥ to) where there is none. */
function inside(first: bigint, end: bigint, size: bigint): readonly [from: bigint, to: bigint] {
  return [((first + size - 1n) / size) * size, (end / size) * size];
}
