// The bounded list of diagnostics: order, shape, limits, and the spans that it makes.

import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import { diagnosticCountMax, plainSpan, Report, spanOver } from "./report.ts";

const span = { source: "a.conf", line: 3, column: 5, endLine: 3, endColumn: 9 };

describe("report", () => {
  test("keeps what it is told, in order", () => {
    const report = new Report();
    report.warning("load.replace-tag", span, "first");
    report.error("syntax.binary", undefined, "second", { path: ["system"], hint: "do it" });
    expect(report.diagnostics).toEqual([
      { code: "load.replace-tag", severity: "warning", path: [], span, message: "first" },
      { code: "syntax.binary", severity: "error", path: ["system"], message: "second", hint: "do it" },
    ]);
    expect(report.errorCount).toBe(1);
  });

  test("reads as a person expects", () => {
    const report = new Report();
    report.error("schema.no-block", span, "no block", { path: ["system", "host-name"], hint: "end it" });
    expect(report.diagnostics.map(formatDiagnostic)).toEqual([
      "a.conf:3:5: error: no block\n  at [edit system host-name]\n  hint: end it",
    ]);
  });

  test("is bounded for errors and warnings apart, and counts the rest", () => {
    const report = new Report();
    for (let at = 0; at < diagnosticCountMax; at++) report.warning("edit.not-found", span, `w${at}`);
    expect(report.full).toBe(false);
    for (let at = 0; at < diagnosticCountMax + 2; at++) report.error("syntax.binary", span, `e${at}`);
    report.warning("edit.not-found", span, "one more");
    expect(report.full).toBe(true);
    expect(report.diagnostics).toHaveLength(2 * diagnosticCountMax + 2);
    expect(report.diagnostics.slice(-2).map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      "error: 2 more errors are not shown",
      "warning: 1 more warning is not shown",
    ]);
  });

  test("spans are copies without other members", () => {
    const word = { ...span, text: "abc", quoted: false };
    expect(plainSpan(word)).toEqual(span);
    expect(spanOver(word, { ...span, endLine: 9, endColumn: 2 })).toEqual({ ...span, endLine: 9, endColumn: 2 });
  });
});
