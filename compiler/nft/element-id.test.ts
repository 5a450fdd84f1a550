// Ids of elements tell apart exactly what their printed keys tell apart.

import fc from "fast-check";
import { expect, test } from "vitest";
import { elementId } from "./element-id.ts";
import { printElementKey } from "./print-statement.ts";
import type { NftElement, NftValue } from "./program.ts";

const small = fc.integer({ min: 0, max: 3 });
const pair = fc.tuple(small, small).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

/** Values of one type are of one family and of these kinds, as in the key of a set. */
const valuesOfType: Readonly<Record<string, fc.Arbitrary<NftValue>>> = {
  mark: fc.oneof(
    small.map((value): NftValue => ({ kind: "number", value })),
    pair.map((range): NftValue => ({ kind: "numbers", ...range })),
  ),
  ifname: fc.constantFrom("a", "a b", "1", "1-2", "*").map((value): NftValue => ({ kind: "text", value })),
  ipv4_addr: pair.map((range): NftValue => ({ kind: "addresses", range: { family: 4, ...range } })),
  ipv6_addr: pair.map(({ first, last }): NftValue => {
    return { kind: "addresses", range: { family: 6, first: BigInt(first), last: BigInt(last) } };
  }),
};

const anyPair = fc
  .array(fc.constantFrom(...Object.keys(valuesOfType)), { minLength: 1, maxLength: 3 })
  .chain((types) => {
    const key = fc.tuple(
      ...types.map((type) => valuesOfType[type] ?? fc.constant<NftValue>({ kind: "number", value: 0 })),
    );
    const element = fc.oneof(
      { weight: 9, arbitrary: key.map((values): NftElement => ({ key: values })) },
      { weight: 1, arbitrary: fc.constant<NftElement>({ key: "rest" }) },
    );
    return fc.tuple(element, element);
  });

test("two elements of a set have one id exactly when their keys are printed alike", () => {
  fc.assert(
    fc.property(anyPair, ([a, b]) => {
      expect(elementId(a) === elementId(b)).toBe(printElementKey(a) === printElementKey(b));
    }),
    { numRuns: 2000 },
  );
});

test("data does not count", () => {
  const key = [{ kind: "number", value: 7 }] as const;
  expect(elementId({ key, data: { kind: "drop" } })).toBe(elementId({ key }));
});
