// A diagnostic is what Merlon says about the operator's own configuration: data, never an exception.
// Every stage (parse, validate, compile, analyse) returns them in the same shape, so that the shell, the console,
// NETCONF and `npm start` print the same sentence with the same position.

/** A stretch of source text. Lines and columns count from 1; columns count UTF-16 units; `end` is exclusive. */
export interface Span {
  /** Where the text came from: a file name, `<stdin>`, `<prompt>`. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type Severity = "error" | "warning";

export interface Diagnostic {
  /** A stable code such as `syntax.missing-semicolon`; every code is listed in docs/diagnostics.md. */
  readonly code: string;
  readonly severity: Severity;
  /** The statement concerned, as set-style words: `["security", "zones", "security-zone", "web"]`. */
  readonly path: readonly string[];
  readonly span?: Span;
  /** One sentence that says what is wrong, without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Where a configured thing comes from; carried through the compiler so that every decision can be explained. */
export interface Origin {
  readonly path: readonly string[];
  readonly span?: Span;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/** `four-segments.conf:12:5: error: …`, with the path and the hint on lines of their own. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { span } = diagnostic;
  const place = span === undefined ? "" : `${span.source}:${span.line}:${span.column}: `;
  const path = diagnostic.path.length === 0 ? "" : `\n  at [edit ${diagnostic.path.join(" ")}]`;
  const hint = diagnostic.hint === undefined ? "" : `\n  hint: ${diagnostic.hint}`;
  return `${place}${diagnostic.severity}: ${diagnostic.message}${path}${hint}`;
}
