// The totals never flatter: what did not run to its end has failed.

import { describe, expect, test } from "vitest";
import { countTotals, totalsLine, type CountedModule } from "./totals-reporter.ts";

const file = (state: string, ...tests: string[]): CountedModule => ({
  state: () => state,
  children: { allTests: () => tests.map((one) => ({ result: () => ({ state: one }) })) },
});

describe("countTotals", () => {
  test.each([
    ["passed tests", [file("passed", "passed", "passed")], 0, "passed", "2 passed, 0 failed"],
    ["a failed test", [file("failed", "passed", "failed")], 0, "failed", "1 passed, 1 failed"],
    ["skipped tests", [file("passed", "passed", "skipped")], 0, "passed", "1 passed, 0 failed, 1 skipped"],
    [
      "several files",
      [file("passed", "passed"), file("failed", "failed"), file("skipped", "skipped")],
      0,
      "failed",
      "1 passed, 1 failed, 1 skipped",
    ],
    ["a file that could not be loaded", [file("failed")], 0, "failed", "0 passed, 1 failed"],
    ["a hook that failed after its tests passed", [file("failed", "passed")], 0, "failed", "1 passed, 1 failed"],
    ["an error outside of tests", [file("passed", "passed")], 2, "failed", "1 passed, 2 failed"],
    ["a test that never ended", [file("passed", "passed", "pending")], 0, "interrupted", "1 passed, 1 failed"],
    ["a run that was broken off between tests", [file("passed", "passed")], 0, "interrupted", "1 passed, 1 failed"],
    ["no test at all", [], 0, "passed", "0 passed, 1 failed"],
    ["only skipped tests", [file("skipped", "skipped")], 0, "passed", "0 passed, 0 failed, 1 skipped"],
  ])("%s", (_, modules, unhandledErrors, reason, line) => {
    expect(totalsLine(countTotals(modules, unhandledErrors, reason))).toBe(line);
  });
});
