// A map with some values replaced must be as the copy in which they are set.

import fc from "fast-check";
import { expect, test } from "vitest";
import { ReplacedMap } from "./replaced-map.ts";

const entries = fc.array(fc.tuple(fc.nat(6), fc.nat(9)), { maxLength: 8 });

test("reads like a copy with these values set, over as many layers as there are", () => {
  fc.assert(
    fc.property(entries, fc.array(entries, { minLength: 1, maxLength: 4 }), (base, layers) => {
      const copy = new Map(base);
      let map: ReadonlyMap<number, number> = new Map(base);
      for (const layer of layers) {
        map = ReplacedMap.of(map, new Map(layer));
        for (const [key, value] of layer) if (copy.has(key)) copy.set(key, value);
      }
      expect([...map]).toEqual([...copy]);
      expect([...map.keys()]).toEqual([...copy.keys()]);
      expect([...map.values()]).toEqual([...copy.values()]);
      expect(map.size).toBe(copy.size);
      for (let key = 0; key <= 7; key++) expect([map.has(key), map.get(key)]).toEqual([copy.has(key), copy.get(key)]);
      const visited: [number, number][] = [];
      map.forEach((value, key, whole) => {
        expect(whole).toBe(map);
        visited.push([key, value]);
      });
      expect(visited).toEqual([...copy]);
    }),
  );
});

test("what it lies on stays as it was", () => {
  const under = new Map([["a", 1]]);
  const [once, twice] = [ReplacedMap.of(under, new Map([["a", 2]])), ReplacedMap.of(under, new Map([["b", 3]]))];
  expect([under.get("a"), once.get("a"), twice.get("a"), twice.get("b")]).toEqual([1, 2, 1, undefined]);
});
