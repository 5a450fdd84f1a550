// Hints for mistyped names: what counts as near, which of several is meant, and when to say nothing.

import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, editDistance, nearestName } from "./nearest-name.ts";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["abc", "abc", 0],
  ["abc", "abd", 1],
  ["abc", "acb", 1],
  ["web", "wbe", 1],
  ["kitten", "sitting", 3],
])("from %j to %j it is %d edits", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test.each([
  ["app-server", ["app-servers", "web-servers"], "app-servers"],
  ["junos-htp", ["junos-http", "junos-https"], "junos-http"],
  ["WEB", ["web"], "web"],
  ["junos-htp", ["junos-ftp", "junos-http"], "junos-http"],
  ["x", ["y", "z"], undefined],
  ["x", ["y", "X"], "X"],
  ["finance", ["data", "web"], undefined],
  ["anything", [], undefined],
  ["db", ["dbx", "dby"], "dbx"],
])("%s among %j is %s", (word, candidates, nearest) => {
  expect(nearestName(word, candidates)).toBe(nearest);
});

test("the hint is a question, or nothing", () => {
  expect(didYouMean("wbe", ["web"])).toBe("did you mean web?");
  expect(didYouMean("wbe", ["finance"])).toBeUndefined();
});

test("distance is symmetric and zero only for equals", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
