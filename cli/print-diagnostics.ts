// Diagnostics as people and programs read them: `file:line:column: error: …`, in colours for a terminal, or as one JSON
// object per line.

import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";

export type DiagnosticStyle = "plain" | "colour" | "json";

const colours = { error: "\u001b[1;31m", warning: "\u001b[1;33m", off: "\u001b[0m" } as const;

export function printDiagnostics(diagnostics: readonly Diagnostic[], style: DiagnosticStyle): string {
  return diagnostics.map((diagnostic) => `${printDiagnostic(diagnostic, style)}\n`).join("");
}

function printDiagnostic(diagnostic: Diagnostic, style: DiagnosticStyle): string {
  const { severity } = diagnostic;
  switch (style) {
    case "json":
      return JSON.stringify(diagnostic);
    case "plain":
      return formatDiagnostic(diagnostic);
    case "colour":
      return formatDiagnostic(diagnostic).replace(
        `${severity}: ${diagnostic.message}`,
        () => `${colours[severity]}${severity}:${colours.off} ${diagnostic.message}`,
      );
  }
}
