// The bounded list of diagnostics: it keeps what comes first and never loses whether there was an error.

import { expect, test } from "vitest";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { DiagnosticList, diagnosticsMax, searchedMax } from "./diagnostic-list.ts";

const at = { path: ["security"], span: { source: "x", line: 1, column: 2, endLine: 1, endColumn: 3 } };

test("diagnostics come out as they went in", () => {
  const list = new DiagnosticList();
  list.error("a.b", at, "wrong", "do this");
  list.warning("c.d", { path: [] }, "odd");
  expect(list.all()).toEqual([
    { code: "a.b", severity: "error", path: ["security"], span: at.span, message: "wrong", hint: "do this" },
    { code: "c.d", severity: "warning", path: [], message: "odd" },
  ]);
});

test.each([
  ["errors", 5, 0, "error", "5 more errors and 0 more warnings are not shown"],
  ["warnings", 0, 7, "warning", "0 more errors and 7 more warnings are not shown"],
  ["both", 1, 1, "error", "1 more errors and 1 more warnings are not shown"],
] as const)("%s beyond the limit are counted", (_, errors, warnings, severity, message) => {
  const list = new DiagnosticList();
  for (let n = 0; n < diagnosticsMax; n++) list.warning("a.b", at, `${n}`);
  for (let n = 0; n < errors; n++) list.error("a.b", at, "more");
  for (let n = 0; n < warnings; n++) list.warning("a.b", at, "more");
  expect(list.all()).toHaveLength(diagnosticsMax + 1);
  expect(list.all().at(-1)).toMatchObject({ code: "limit.diagnostics", severity, message });
  expect(hasErrors(list.all())).toBe(errors > 0);
});

test("hints are searched for the first diagnostics only", () => {
  const list = new DiagnosticList();
  expect(list.maySearch).toBe(true);
  for (let n = 0; n < searchedMax; n++) list.error("a.b", at, `${n}`);
  expect(list.maySearch).toBe(false);
});
