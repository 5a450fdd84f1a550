// Pieces together must be the range that was cut, and each must be what a hash can find.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipv4Max, ipv6Max, parseIp } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { cutIntoPieces, pieceBits, pieceKinds } from "./address-pieces.ts";
import type { Ends } from "./sweep.ts";
import type { AddressValue } from "./address-pieces.ts";

function rangeOf(text: string): { readonly range: Ends<AddressValue>; readonly family: 4 | 6 } {
  const [from = "", to = from] = text.split("-");
  const [first, last] = [parseIp(from), parseIp(to)];
  if (first === undefined || last === undefined) throw new Error(`no range in ${text}`);
  return { range: { first: first.value, last: last.value }, family: first.family };
}

test.each([
  ["10.0.0.1", { single: 1 }],
  ["10.0.0.0-10.0.0.255", { block: 1 }],
  ["10.0.0.1-10.0.0.254", { single: 1 }],
  ["10.0.0.250-10.0.2.5", { single: 2, block: 1 }],
  ["10.1.0.0-10.1.255.255", { "wide-block": 1 }],
  ["10.0.128.0-10.2.0.255", { block: 2, "wide-block": 1 }],
  ["10.0.0.0-10.255.255.255", { "wide-block": 1 }],
  ["0.0.0.0-255.255.255.255", { everything: 1 }],
  ["0.0.0.0-223.255.255.255", { range: 1 }],
  ["2001:db8::1", { single: 1 }],
  ["2001:db8::-2001:db8::ffff:ffff:ffff:ffff", { block: 1 }],
  ["2001:db8::-2001:db8:0:ffff:ffff:ffff:ffff:ffff", { "wide-block": 1 }],
  ["2001:db8::1-2001:db8:0:1:ffff:ffff:ffff:ffff", { range: 1 }],
  ["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", { everything: 1 }],
] as const)("%s becomes %o", (text, counts) => {
  const { range, family } = rangeOf(text);
  const pieces = cutIntoPieces([range], family);
  const found = Object.fromEntries(
    pieceKinds.flatMap((kind) => (pieces[kind].length === 0 ? [] : [[kind, pieces[kind].length]])),
  );
  expect(found).toEqual(counts);
});

describe("laws", () => {
  const range4 = fc
    .tuple(fc.nat(ipv4Max), fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(2 ** 31)))
    .map(([first, more]): IpRange => ({ family: 4, first, last: Math.min(first + more, ipv4Max) }));
  const range6 = fc
    .tuple(fc.bigInt(0n, ipv6Max), fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 1n << 70n), fc.bigInt(0n, 1n << 90n)))
    .map(([first, more]): IpRange => ({ family: 6, first, last: first + more > ipv6Max ? ipv6Max : first + more }));

  test("the pieces are the range, and every piece but a range is whole blocks", () => {
    fc.assert(
      fc.property(fc.oneof(range4, range6), (range) => {
        const { family } = range;
        const pieces = cutIntoPieces([range], family);
        const all = pieceKinds.flatMap((kind) => pieces[kind].map((ends) => ({ family, ...ends }) as IpRange));
        expect(rangeSetOf(all)).toEqual(rangeSetOf([range]));
        for (const kind of ["single", "block", "wide-block"] as const) {
          const size = 1n << BigInt(pieceBits[family].single - pieceBits[family][kind]);
          for (const { first, last } of pieces[kind]) {
            expect(BigInt(first) % size).toBe(0n);
            expect((BigInt(last) + 1n) % size).toBe(0n);
            expect((BigInt(last) + 1n - BigInt(first)) / size).toBeLessThanOrEqual(1024n);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
