// The one way of saying that a statement does not end: behind its last word, where the `;` belongs.

import type { Span } from "@merlon/model/diagnostic.ts";
import type { Report } from "./report.ts";

/** `last` is the last word or list of the statement. */
export function reportMissingSemicolon(report: Report, last: Span | undefined): void {
  if (last === undefined) return;
  const { source, endLine, endColumn } = last;
  const place = { source, line: endLine, column: endColumn, endLine, endColumn: endColumn + 1 };
  report.error("syntax.missing-semicolon", place, 'a ";" or a block is missing here', {
    hint: "a statement ends with ; or has a block between { and }; it may go on on the next line",
  });
}
