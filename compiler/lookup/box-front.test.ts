// Blocks in front of boxes: each lies in its box, they are as many as there may be, and there are none where they would hold
// too little.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "@merlon/model/ip/address.ts";
import { boxFront } from "./box-front.ts";
import type { Ends } from "./sweep.ts";

const side = fc
  .tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 3_000 }))
  .map(([first, more]): Ends<number> => ({ first, last: first + more }));
const boxes = fc.array(fc.record({ source: side, destination: side, rule: fc.integer({ min: 0, max: 4 }) }), {
  maxLength: 20,
});

test.each([4, 6] as const)("of IPv%i, every block is a whole one and lies in its box", (family) => {
  let some = 0;
  fc.assert(
    fc.property(boxes, fc.integer({ min: 1, max: 600 }), (all, blocksMax) => {
      const own = all.map((box) => ({
        ...box,
        source: asOf(box.source, family),
        destination: asOf(box.destination, family),
      }));
      const front = boxFront(own, family, blocksMax);
      if (front === undefined) return;
      some++;
      const { sourceBits, destinationBits, blocks } = front;
      expect(blocks.length).toBeLessThanOrEqual(blocksMax);
      for (const { source, destination, box } of blocks) {
        expectBlock(source, family, sourceBits, own[box]?.source);
        expectBlock(destination, family, destinationBits, own[box]?.destination);
      }
      expect(new Set(blocks.map((block) => `${block.source} ${block.destination} ${block.box}`)).size).toBe(
        blocks.length,
      );
    }),
    { numRuns: 300 },
  );
  expect(some).toBeGreaterThan(30);
});

function asOf({ first, last }: Ends<number>, family: Family): Ends<number | bigint> {
  return family === 4 ? { first, last } : { first: BigInt(first), last: BigInt(last) };
}

function expectBlock(first: number | bigint, family: Family, bits: number, ends?: Ends<number | bigint>): void {
  const size = 1n << BigInt((family === 4 ? 32 : 128) - bits);
  expect(BigInt(first) % size).toBe(0n);
  expect(BigInt(first)).toBeGreaterThanOrEqual(BigInt(ends?.first ?? -1));
  expect(BigInt(first) + size - 1n).toBeLessThanOrEqual(BigInt(ends?.last ?? -1));
}

describe("which blocks are taken", () => {
  const range = (first: number, last: number): Ends<number> => ({ first, last });
  const host = range(0x0a00_0001, 0x0a00_0001);
  const net = range(0x0a00_0100, 0x0a00_01ff);
  const all = range(0, 0xffff_ffff);
  const bitsOf = (front: ReturnType<typeof boxFront>) =>
    front && [front.sourceBits, front.destinationBits, front.blocks.length];

  test.each([
    ["hosts are found by whole addresses", [{ source: host, destination: host, rule: 0 }], 10, [32, 32, 1]],
    ["subnets by theirs", [{ source: net, destination: host, rule: 0 }], 10, [24, 32, 1]],
    [
      "where room is short, by wide ones",
      [{ source: range(0x100, 0x3ff), destination: host, rule: 0 }],
      3,
      [24, 32, 3],
    ],
    ["or not at all", [{ source: range(0x100, 0x3ff), destination: host, rule: 0 }], 2, undefined],
    ["what is everywhere is no block", [{ source: all, destination: host, rule: 0 }], 1_024, undefined],
    [
      "a policy counts as much as another, however wide it is",
      [
        { source: all, destination: host, rule: 0 },
        { source: host, destination: net, rule: 1 },
        { source: host, destination: host, rule: 2 },
      ],
      1_024,
      [32, 32, 257],
    ],
    [
      "half of what they speak of is too little",
      [
        { source: all, destination: host, rule: 0 },
        { source: host, destination: host, rule: 1 },
      ],
      1_024,
      undefined,
    ],
    ["no boxes", [], 1_024, undefined],
  ] as const)("%s", (_, own, blocksMax, expected) => {
    expect(bitsOf(boxFront(own, 4, blocksMax))).toEqual(expected);
  });
});

test("a box of many blocks does not take the room of those that are found more often", () => {
  const block = (first: number, length: number) => ({ first, last: first + length - 1 });
  const large = { source: block(0x0a00_0000, 32), destination: block(0x0a09_0000, 32), rule: 0 };
  const small = Array.from({ length: 4 }, (_, i) => ({
    source: block(0x0a08_0001 + 256 * i, 1),
    destination: block(0x0a08_0001 + 256 * (3 - i), 1),
    rule: 1 + i,
  }));
  expect(boxFront([large, ...small], 4, 1_024)?.blocks).toHaveLength(4);
});
