// The last line of every test run: `N passed, N failed`, with `, N skipped` where there were any. A machine reads it
// (`.ci/run` gets the same figures as a file), so it must never flatter: a test file that could not be loaded, an error
// outside of all tests, a run that was broken off and a run without a single test each count as a failure.

import { writeFileSync } from "node:fs";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    const totals = countTotals(modules, unhandledErrors.length, reason);
    const file = process.env["MERLON_TEST_TOTALS"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(totals));
    process.stdout.write(`${totalsLine(totals)}\n`);
    if (totals.failed > 0) process.exitCode = 1;
  }
}

export function countTotals(modules: readonly CountedModule[], unhandledErrors: number, reason: string): Totals {
  let passed = 0;
  let failed = unhandledErrors;
  let skipped = 0;
  for (const module of modules) {
    let failedHere = 0;
    for (const { state } of [...module.children.allTests()].map((test) => test.result())) {
      if (state === "passed") passed++;
      else if (state === "failed") failedHere++;
      else if (state === "skipped") skipped++;
      // A test that was still pending when the run ended has proved nothing.
      else failedHere++;
    }
    // The file itself failed: it could not be loaded, or a hook outside of its tests threw.
    if (failedHere === 0 && module.state() === "failed") failedHere = 1;
    failed += failedHere;
  }
  if (failed === 0 && (reason === "interrupted" || passed + skipped === 0)) failed = 1;
  return { passed, failed, skipped };
}

export function totalsLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** What is asked of vitest's `TestModule`. */
export interface CountedModule {
  state(): string;
  readonly children: { allTests(): Iterable<{ result(): { readonly state: string } }> };
}
