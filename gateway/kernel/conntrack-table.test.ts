// The bits by which the kernel may filter a search for several marks: never one session too few.

import fc from "fast-check";
import { expect, test } from "vitest";
import { sharedBits } from "./conntrack-table.ts";

test.each([
  [[], { mark: 0, mask: 0xffffff }],
  [[17], { mark: 17, mask: 0xffffff }],
  [[0xffffff], { mark: 0xffffff, mask: 0xffffff }],
  [[16, 17], { mark: 16, mask: 0xfffffe }],
  [[1, 0xfffffe], { mark: 0, mask: 0 }],
])("%j", (marks, expected) => {
  expect(sharedBits(new Set(marks))).toEqual(expected);
});

test("every mark passes the filter, whatever its upper eight bits", () => {
  const mark = fc.nat(0xffffff);
  fc.assert(
    fc.property(fc.uniqueArray(mark, { minLength: 1, maxLength: 20 }), fc.nat(255), (marks, upper) => {
      const filter = sharedBits(new Set(marks));
      for (const one of marks) expect((((upper << 24) | one) & filter.mask) >>> 0).toBe(filter.mark);
    }),
  );
});
