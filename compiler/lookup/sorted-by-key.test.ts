// Whatever the keys are, every list must hold the places of its key and no others.

import fc from "fast-check";
import { expect, test } from "vitest";
import { sortedByKey } from "./sorted-by-key.ts";

test("law: every key has the places where it stands, in their order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (keys) => {
      const { starts, places } = sortedByKey(keys, 10);
      expect(places).toHaveLength(keys.length);
      for (let key = 0; key < 10; key++) {
        const expected = keys.flatMap((one, at) => (one === key ? [at] : []));
        expect([...places.subarray(starts[key], starts[key + 1])]).toEqual(expected);
      }
    }),
  );
});

test("nothing has no places", () => {
  expect(sortedByKey([], 3)).toEqual({ starts: new Uint32Array(4), places: new Uint32Array() });
});
