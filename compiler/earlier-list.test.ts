// Lists before and after: whatever the order, each item finds what belonged to it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EarlierList } from "./earlier-list.ts";

describe("values of an earlier list", () => {
  test.each<[name: string, before: string, now: string]>([
    ["the same", "abcd", "abcd"],
    ["one gone", "abcd", "acd"],
    ["one new", "abcd", "abxcd"],
    ["one replaced", "abcd", "axcd"],
    ["moved to the front", "abcd", "dabc"],
    ["turned round", "abcd", "dcba"],
    ["nothing before", "", "ab"],
  ])("%s", (_, before, now) => {
    const list = new EarlierList([...before], [...before.toUpperCase()]);
    expect([...now].map((key) => list.valueOf(key))).toEqual(
      [...now].map((key) => (before.includes(key) ? key.toUpperCase() : undefined)),
    );
  });

  test("are found in any order", () => {
    const keys = fc.uniqueArray(fc.nat(30));
    fc.assert(
      fc.property(keys, fc.array(fc.nat(30)), (before, now) => {
        const list = new EarlierList(before, before.map(String));
        expect(now.map((key) => list.valueOf(key))).toEqual(
          now.map((key) => (before.includes(key) ? String(key) : undefined)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("the value in the place of one that was replaced", () => {
    const list = new EarlierList(["a", "b", "c"], [1, 2, 3]);
    list.valueOf("a");
    expect(list.valueOf("new")).toBeUndefined();
    expect(list.nextValue).toBe(2);
  });
});
