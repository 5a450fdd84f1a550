// Collects diagnostics while text is read. It holds at most 100 errors and 100 warnings: a file of another language must
// not bury the operator, and a reader may stop as soon as the report is full of errors.

import type { Diagnostic, Severity, Span } from "@merlon/model/diagnostic.ts";

export const diagnosticCountMax = 100;

export interface Details {
  readonly path?: readonly string[] | undefined;
  readonly hint?: string | undefined;
}

export class Report {
  private readonly kept: Diagnostic[] = [];
  private readonly counts: Record<Severity, number> = { error: 0, warning: 0 };
  /** Statements that no schema knows are kept and counted, and not refused. */
  readonly keepsUnknown: boolean;
  private unknownCount = 0;
  private firstUnknown: { readonly span: Span; readonly path: readonly string[] } | undefined;

  constructor(options: { readonly keepsUnknown?: boolean } = {}) {
    this.keepsUnknown = options.keepsUnknown ?? false;
  }

  /** Notes a statement that was kept although no schema knows it. */
  countUnknown(span: Span, path: readonly string[]): void {
    this.unknownCount += 1;
    this.firstUnknown ??= { span, path };
  }

  /** One warning for all unknown statements that were kept by choice. */
  warnUnknown(): void {
    const { firstUnknown: first, unknownCount: count } = this;
    if (!this.keepsUnknown || first === undefined) return;
    const message = count === 1 ? "1 unknown statement is kept" : `${count} unknown statements are kept`;
    this.warning("load.kept-unknown", first.span, `${message} as written, without effect`, {
      path: first.path,
      hint: "they are not checked; load without keeping unknown statements to see each of them",
    });
  }

  error(code: string, span: Span | undefined, message: string, details: Details = {}): void {
    this.add("error", code, span, message, details);
  }

  warning(code: string, span: Span | undefined, message: string, details: Details = {}): void {
    this.add("warning", code, span, message, details);
  }

  /** Adds what another report has behind what is here, as if one had been written: it ends when it is full of errors. */
  take(other: Report): void {
    for (const diagnostic of other.kept) {
      const { severity } = diagnostic;
      if (severity === "error" && this.full) return;
      this.counts[severity] += 1;
      if (this.counts[severity] <= diagnosticCountMax) this.kept.push(diagnostic);
    }
    this.counts.warning += Math.max(0, other.counts.warning - diagnosticCountMax);
  }

  /** True when one more error would not be kept. */
  get full(): boolean {
    return this.counts.error >= diagnosticCountMax;
  }

  get errorCount(): number {
    return this.counts.error;
  }

  /** In the order they were found; a last one tells how many were left out. */
  get diagnostics(): readonly Diagnostic[] {
    const left: Diagnostic[] = [];
    for (const severity of ["error", "warning"] as const) {
      const count = this.counts[severity] - diagnosticCountMax;
      if (count > 0) {
        const message = `${count} more ${severity}${count === 1 ? " is" : "s are"} not shown`;
        left.push({ code: "load.too-many", severity, path: [], message, hint: "correct those above, then load again" });
      }
    }
    return left.length === 0 ? this.kept : [...this.kept, ...left];
  }

  private add(severity: Severity, code: string, span: Span | undefined, message: string, details: Details): void {
    this.counts[severity] += 1;
    if (this.counts[severity] > diagnosticCountMax) return;
    this.kept.push({
      code,
      severity,
      path: details.path ?? [],
      message,
      ...(span === undefined ? {} : { span: plainSpan(span) }),
      ...(details.hint === undefined ? {} : { hint: details.hint }),
    });
  }
}

/** A copy with the members of a span alone: words of the tokenizer are spans with a text. */
export function plainSpan(span: Span): Span {
  return spanOver(span, span);
}

/** From the start of `first` to the end of `last`. */
export function spanOver(first: Span, last: Span): Span {
  const { source, line, column } = first;
  return { source, line, column, endLine: last.endLine, endColumn: last.endColumn };
}
