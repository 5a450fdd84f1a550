// A configuration that cannot be enforced, with the diagnostics that say why and where.

import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";

export class Unacceptable extends Error {
  override readonly name = "Unacceptable";
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[]) {
    super([message, ...diagnostics.map(formatDiagnostic)].join("\n"));
    this.diagnostics = diagnostics;
  }
}
