// The maps that rows of one shape stand in. Their data lies in registers as the translating instructions want it: padding,
// the label of the session, the address or both ends of a range, the port.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftElement, NftSet, NftType, NftValue } from "../nft/program.ts";
import { number } from "../nft/statements.ts";
import type { RuleId } from "../ir.ts";
import { earliestPieces } from "./earliest-pieces.ts";
import type { Row, Shape, Side } from "./nat-steps.ts";
import { sizeOf } from "./range-size.ts";

/** In words. A label has four, an address of IPv6 four. */
export const data = {
  start: 1,
  label: 2,
  address: 6,
  addressLast: { 4: 7, 6: 10 },
  port: { 4: 8, 6: 14 },
  portLast: { 4: 9, 6: 15 },
} as const;

/** A whole label as one value; its four words are in the byte order of the machine, as marks are. */
export function labelValue(id: RuleId | 0, side: Side): NftValue {
  const swapped = ((id & 0xff) << 24) | ((id & 0xff00) << 8) | ((id >>> 8) & 0xff00) | (id >>> 24);
  const value = BigInt(swapped >>> 0) << (side === "destination" ? 96n : 64n);
  return { kind: "addresses", range: { family: 6, first: value, last: value } };
}

export function rowMap(name: string, shape: Shape, rows: readonly Row[], side: Side, family: Family): NftSet {
  const address = addressType(family);
  const dataOf = (row: Row): readonly NftValue[] => [number(0), labelValue(row.id, side)];
  switch (shape) {
    case "address":
      return fixedSet(
        name,
        [address],
        ["mark", "ipv6_addr", address],
        unique(rows, (row) => ({
          key: [ends(row.from, "first")],
          data: [...dataOf(row), ends(row.to, "first")],
        })),
      );
    case "port":
      return portMap(name, rows, dataOf, family);
    case "range": {
      const pieces = earliestPieces(rows.map(({ from }) => from));
      return {
        name,
        key: [address],
        data: ["mark", "ipv6_addr", address, address],
        interval: true,
        counter: false,
        elements: pieces.flatMap(({ range, index }): readonly NftElement[] => {
          const row = rows[index];
          if (row === undefined) return [];
          return [
            {
              key: [{ kind: "addresses", range }],
              data: [...dataOf(row), ends(row.to, "first"), ends(row.to, "last")],
            },
          ];
        }),
      };
    }
  }
}

function portMap(
  name: string,
  rows: readonly Row[],
  dataOf: (row: Row) => readonly NftValue[],
  family: Family,
): NftSet {
  const address = addressType(family);
  const types: readonly NftType[] =
    family === 4
      ? ["mark", "ipv6_addr", address, "mark", "inet_service"]
      : ["mark", "ipv6_addr", address, address, "inet_service"];
  const elements = unique(rows, (row) => ({
    key: [ends(row.from, "first"), number(row.port?.protocol ?? 0), number(row.port?.from ?? 0)],
    data: [
      ...dataOf(row),
      ends(row.to, "first"),
      // What the end of a range would fill, so that a port always stands in the same word.
      family === 4 ? number(0) : ends(row.to, "first"),
      number(row.port?.to ?? 0),
    ],
  }));
  return fixedSet(name, [address, "inet_proto", "inet_service"], types, elements);
}

/** Sources fall into this many parts by their last byte. */
const bucketCount = 256;

/** Which of several ranges a source has, each as often as it has addresses. */
export function bucketMap(name: string, ranges: readonly IpRange[], id: RuleId | 0, family: Family): NftSet {
  const address = addressType(family);
  const total = ranges.reduce((sum, range) => sum + sizeOf(range), 0);
  const chosen = (bucket: number): IpRange | undefined => {
    let reached = 0;
    for (const range of ranges) {
      reached += sizeOf(range);
      if (bucket < (reached / total) * bucketCount) return range;
    }
    return ranges.at(-1);
  };
  const elements = Array.from({ length: bucketCount }, (_, bucket): NftElement => {
    // A stride that meets every bucket spreads neighbours over the ranges.
    const range = chosen((bucket * 101) % bucketCount);
    if (range === undefined) throw new Error("a pool has no range");
    return {
      key: [number(bucket)],
      data: [number(0), labelValue(id, "source"), ends(range, "first"), ends(range, "last")],
    };
  });
  return fixedSet(name, ["word"], ["mark", "ipv6_addr", address, address], elements);
}

/** The first of elements with the same key counts. */
function unique(rows: readonly Row[], elementOf: (row: Row) => NftElement): readonly NftElement[] {
  const elements = new Map<string, NftElement>();
  for (const row of rows) {
    const key = `${row.from.first} ${row.port?.protocol ?? ""} ${row.port?.from ?? ""}`;
    if (!elements.has(key)) elements.set(key, elementOf(row));
  }
  return [...elements.values()];
}

function ends(range: IpRange, end: "first" | "last"): NftValue {
  return range.family === 4
    ? { kind: "addresses", range: { family: 4, first: range[end], last: range[end] } }
    : { kind: "addresses", range: { family: 6, first: range[end], last: range[end] } };
}

function addressType(family: Family): NftType {
  return family === 4 ? "ipv4_addr" : "ipv6_addr";
}
