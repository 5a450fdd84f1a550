// A report holds a bounded number of diagnostics, and two reports become one without losing the bound.

import { describe, expect, test } from "vitest";
import { diagnosticCountMax, Report } from "./report.ts";

function reportWith(errors: number, warnings: number, name = "x"): Report {
  const report = new Report();
  for (let at = 0; at < errors; at++) report.error(`${name}.error`, undefined, `error ${at}`);
  for (let at = 0; at < warnings; at++) report.warning(`${name}.warning`, undefined, `warning ${at}`);
  return report;
}

function counts(report: Report): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { code } of report.diagnostics) found[code] = (found[code] ?? 0) + 1;
  return found;
}

describe("two reports in one", () => {
  test.each<[name: string, first: [number, number], second: [number, number], expected: Record<string, number>]>([
    ["both small", [2, 1], [3, 4], { "a.error": 2, "a.warning": 1, "b.error": 3, "b.warning": 4 }],
    ["an empty one", [2, 0], [0, 0], { "a.error": 2 }],
    ["into an empty one", [0, 0], [1, 1], { "b.error": 1, "b.warning": 1 }],
    ["full together", [60, 0], [60, 0], { "a.error": 60, "b.error": 40 }],
    ["full before", [100, 0], [5, 0], { "a.error": 100 }],
    ["many warnings", [0, 70], [0, 70], { "a.warning": 70, "b.warning": 30, "load.too-many": 1 }],
    ["more warnings than were kept", [0, 1], [0, 150], { "a.warning": 1, "b.warning": 99, "load.too-many": 1 }],
  ])("%s", (_, first, second, expected) => {
    const report = reportWith(...first, "a");
    report.take(reportWith(...second, "b"));
    expect(counts(report)).toEqual(expected);
    expect(report.errorCount).toBeLessThanOrEqual(diagnosticCountMax);
    expect(report.full).toBe(first[0] + second[0] >= diagnosticCountMax);
  });

  test("the last one tells how many warnings are left out of both", () => {
    const report = reportWith(0, 50);
    report.take(reportWith(0, 150));
    expect(report.diagnostics.at(-1)?.message).toBe("100 more warnings are not shown");
  });
});
