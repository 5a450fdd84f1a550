// Data before and after: what comes back is the earlier object exactly where both are equal, in their order.

import { describe, expect, test } from "vitest";
import { shareEqual } from "./share-equal.ts";

const inner = { first: 1, last: 2n };

describe("equal data is the earlier object", () => {
  test.each<[name: string, before: unknown, now: unknown]>([
    ["a record", { a: 1, b: inner }, { a: 1, b: { first: 1, last: 2n } }],
    ["keys in another order", { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["a list", [1, inner], [1, { ...inner }]],
    ["a map", new Map([["x", inner]]), new Map([["x", { ...inner }]])],
    ["a set", new Set([1, 2]), new Set([1, 2])],
    ["nothing", undefined, undefined],
    ["not a number", Number.NaN, Number.NaN],
  ])("%s", (_, before, now) => expect(shareEqual(before, now)).toBe(before));
});

describe("other data stays other data, with what is equal in it from before", () => {
  test.each<[name: string, before: unknown, now: unknown]>([
    ["a value", { a: 1, b: inner }, { a: 2, b: { ...inner } }],
    ["a key more", { b: inner }, { b: { ...inner }, c: undefined }],
    ["a key less", { b: inner, c: undefined }, { b: { ...inner } }],
    ["a longer list", [inner], [{ ...inner }, 2]],
    ["a shorter list", [inner, 2], [{ ...inner }]],
    ["a list and a record", [inner], { 0: inner }],
    ["the order of a map", new Map([["x", 1], ["y", 2]]), new Map([["y", 2], ["x", 1]])],
    ["the order of a set", new Set([1, 2]), new Set([2, 1])],
    ["zero and minus zero", 0, -0],
    ["a number and a bigint", 1, 1n],
    ["null", { a: null }, { a: {} }],
  ])("%s", (_, before, now) => {
    const shared = shareEqual(before, now);
    expect(shared).not.toBe(before);
    expect(shared).toEqual(now);
  }); // prettier-ignore

  test("the equal part is shared", () => {
    const before = { b: inner, list: [inner, { x: 1 }], map: new Map([["x", inner]]) };
    const now = { b: { ...inner }, list: [{ ...inner }, { x: 2 }], map: new Map([["x", { ...inner }], ["y", inner]]) }; // prettier-ignore
    const shared = shareEqual(before, now);
    expect(shared.b).toBe(inner);
    expect(shared.list[0]).toBe(inner);
    expect(shared.map.get("x")).toBe(inner);
    expect(now.b).not.toBe(inner);
  });
});
