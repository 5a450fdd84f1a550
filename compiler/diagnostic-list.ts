// Collects what the compiler has to say about a configuration. A generated configuration may be wrong ten thousand times
// in the same way, so the list is bounded; whether there was an error is never lost.

import type { Diagnostic, Origin, Severity } from "@merlon/model/diagnostic.ts";

export const diagnosticsMax = 1_000;

/** Diagnostics that may come with a searched hint; who has more mistakes than this made one of another kind. */
export const searchedMax = 100;

export class DiagnosticList {
  readonly #kept: Diagnostic[] = [];
  #leftOut = { error: 0, warning: 0 };

  error(code: string, at: Origin, message: string, hint?: string): void {
    this.#add("error", code, at, message, hint);
  }

  warning(code: string, at: Origin, message: string, hint?: string): void {
    this.#add("warning", code, at, message, hint);
  }

  /** Whether a hint that must be searched for is still worth its time: a search looks at thousands of names. */
  get maySearch(): boolean {
    return this.#kept.length < searchedMax;
  }

  /** How many there were, those left out too. */
  get count(): number {
    return this.#kept.length + this.#leftOut.error + this.#leftOut.warning;
  }

  /** What was collected, and one more that tells how many were left out. */
  all(): readonly Diagnostic[] {
    const { error, warning } = this.#leftOut;
    if (error + warning === 0) return this.#kept;
    const more: Diagnostic = {
      code: "limit.diagnostics",
      severity: error > 0 ? "error" : "warning",
      path: [],
      message: `${error} more errors and ${warning} more warnings are not shown`,
      hint: "correct those above first",
    };
    return [...this.#kept, more];
  }

  #add(severity: Severity, code: string, at: Origin, message: string, hint: string | undefined): void {
    if (this.#kept.length >= diagnosticsMax) {
      this.#leftOut[severity]++;
      return;
    }
    const { path, span } = at;
    this.#kept.push({
      code,
      severity,
      path,
      message,
      ...(span === undefined ? {} : { span }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
