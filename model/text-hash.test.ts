// The hash of names, by the vectors of its draft.

import { expect, test } from "vitest";
import { hash32 } from "./text-hash.ts";

test.each([
  ["", 0x811c_9dc5],
  ["a", 0xe40c_292c],
  ["foobar", 0xbf9c_f968],
])("%j", (text, wanted) => {
  expect(hash32(text)).toBe(wanted);
});
