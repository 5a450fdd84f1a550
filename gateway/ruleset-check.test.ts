// From which state of the kernel's rules to which our own changes lead, and where nothing is known any more.

import { expect, test } from "vitest";
import { RulesetCheck } from "./ruleset-check.ts";

test("nothing is known before the table was compared", () => {
  const check = new RulesetCheck();
  expect(check.holds(7)).toBe(false);
  check.stepped({ before: 7, after: 8 });
  expect(check.holds(8)).toBe(false);
});

test.each<[what: string, before: number, after: number, holds: boolean]>([
  ["a step of one is ours", 7, 8, true],
  ["nothing was to be done", 7, 7, true],
  ["somebody else came between", 7, 9, false],
  ["somebody else was there before", 8, 9, false],
])("%s", (_, before, after, holds) => {
  const check = new RulesetCheck();
  check.found(7);
  check.stepped({ before, after });
  expect(check.holds(after)).toBe(holds);
  expect(check.holds(7)).toBe(after === 7 || !holds);
});

test("the number begins again at zero", () => {
  const check = new RulesetCheck();
  check.found(2 ** 32 - 1);
  check.stepped({ before: 2 ** 32 - 1, after: 0 });
  expect(check.holds(0)).toBe(true);
});
