// Diagnostics in their three styles: plain text for files, colours that change nothing else, and JSON for programs.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { describe, expect, test } from "vitest";
import { printDiagnostics } from "./print-diagnostics.ts";

const error: Diagnostic = {
  code: "schema.unknown-statement",
  severity: "error",
  path: ["system"],
  span: { source: "error: a.conf", line: 3, column: 5, endLine: 3, endColumn: 9 },
  message: "unknown statement $& $1",
  hint: "write another one",
};
const warning: Diagnostic = { code: "load.x", severity: "warning", path: [], message: "something is odd" };

describe("diagnostics", () => {
  test("plain", () => {
    expect(printDiagnostics([error, warning], "plain")).toBe(
      "error: a.conf:3:5: error: unknown statement $& $1\n  at [edit system]\n  hint: write another one\nwarning: something is odd\n",
    );
  });

  test("in colours: the severity alone, and nothing else changes", () => {
    const text = printDiagnostics([error, warning], "colour");
    expect(text).toContain("error: a.conf:3:5: \u001b[1;31merror:\u001b[0m unknown statement $& $1\n");
    expect(text).toContain("\u001b[1;33mwarning:\u001b[0m something is odd\n");
    // oxlint-disable-next-line no-control-regex
    expect(text.replaceAll(/\u001b\[[\d;]*m/g, "")).toBe(printDiagnostics([error, warning], "plain"));
  });

  test("as JSON, one per line", () => {
    const lines = printDiagnostics([error, warning], "json").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([error, warning]);
  });

  test("none", () => {
    expect(printDiagnostics([], "plain")).toBe("");
  });
});
