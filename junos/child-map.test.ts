// A child map is a map of the same entries in the same order, however many there are and whichever way it came there.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChildMap, listedCountMax } from "./child-map.ts";
import { childId, emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const node = (word: string, keys: readonly string[] = [], values: readonly string[] = []): ConfigNode => ({
  ...emptyTree,
  kind: keys.length === 0 ? "leaf" : "list-entry",
  word,
  keys,
  values,
});
const idOf = ({ word, keys }: ConfigNode): string => childId(word, keys);

/** Words and keys of which one is the beginning or the end of another. */
const anyNode = fc
  .record({
    word: fc.constantFrom("a", "ab", "policy", "policy-x", "x"),
    keys: fc.array(fc.constantFrom("a", "ab", "b", "x", "", "10.0.0.1"), { maxLength: 2 }),
    values: fc.array(fc.constantFrom("1", "2"), { maxLength: 1 }),
  })
  .map(({ word, keys, values }) => node(word, keys, values));

type Action = { readonly kind: "set" | "delete"; readonly node: ConfigNode };
const anyAction: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom<Action["kind"][]>("set", "set", "set", "delete"),
  node: anyNode,
});

function expectSame(children: ChildMap, expected: ReadonlyMap<string, ConfigNode>): void {
  expect(children.size).toBe(expected.size);
  expect([...children]).toEqual([...expected]);
  expect([...children.keys()]).toEqual([...expected.keys()]);
  expect([...children.values()]).toEqual([...expected.values()]);
  for (const [id, child] of expected) expect(children.get(id)).toBe(child);
}

describe("laws", () => {
  test("it says what a map says after any changes", () => {
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 40 }), anyNode, (actions, other) => {
        const children = new ChildMap();
        const expected = new Map<string, ConfigNode>();
        for (const { kind, node: one } of actions) {
          const id = idOf(one);
          if (kind === "set") {
            children.set(id, one);
            expected.set(id, one);
          } else expect(children.delete(id)).toBe(expected.delete(id));
        }
        expectSame(children, expected);
        expect(children.has(idOf(other))).toBe(expected.has(idOf(other)));
        expect(children.get(idOf(other))).toBe(expected.get(idOf(other)));
        const seen: string[] = [];
        children.forEach((_, id) => seen.push(id));
        expect(seen).toEqual([...expected.keys()]);
      }),
      { numRuns: 200 },
    );
  });

  test("a copy of a map, a list or another one is the same, and independent", () => {
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 20 }), (nodes) => {
        const expected = new Map(nodes.map((one) => [idOf(one), one]));
        const first = new ChildMap(expected);
        const copies = [first, new ChildMap([...expected]), new ChildMap(first)];
        for (const copy of copies) expectSame(copy, expected);
        const extra = node("extra");
        first.set("extra", extra);
        for (const copy of copies.slice(1)) expectSame(copy, expected);
        expectSame(first, new Map(expected).set("extra", extra));
      }),
      { numRuns: 60 },
    );
  });
});

test.each([0, 1, listedCountMax - 1, listedCountMax, listedCountMax + 1, 3 * listedCountMax])(
  "%d children can be added, replaced in their places and taken away",
  (count) => {
    const children = new ChildMap();
    const names = Array.from({ length: count }, (_, at) => `p${at}`);
    for (const name of names) children.set(childId("policy", [name]), node("policy", [name]));
    for (const name of names) children.set(childId("policy", [name]), node("policy", [name], ["new"]));
    expect([...children.values()].map(({ keys, values }) => [...keys, ...values])).toEqual(
      names.map((name) => [name, "new"]),
    );
    for (const name of names) expect(children.delete(childId("policy", [name]))).toBe(true);
    expect(children.size).toBe(0);
    expect([...children]).toEqual([]);
  },
);

test("an iteration is not disturbed by what is taken away in it", () => {
  const children = new ChildMap(["a", "b", "c"].map((word) => [word, node(word)] as const));
  const seen: string[] = [];
  for (const [id] of children) {
    seen.push(id);
    children.delete(id);
  }
  expect(seen).toEqual(["a", "b", "c"]);
  expect(children.size).toBe(0);
});

test("ids tell a word from a word with a key, and one key from two", () => {
  const children = new ChildMap();
  const all = [node("a"), node("a", ["b"]), node("a", ["b", "c"]), node("ab"), node("a", [""])];
  for (const one of all) children.set(idOf(one), one);
  expect(all.map((one) => children.get(idOf(one)))).toEqual(all);
  expect(children.get("b")).toBeUndefined();
  expect(children.get("a\u0000")).toBe(all.at(-1));
});
