// The forms of an answer to a typed line, so that every command refuses and warns in the same way.

import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { CommandResult } from "../api.ts";

export function refused(message: string, hint = ""): CommandResult {
  return { ok: false, text: `error: ${message.trimEnd()}\n${hint === "" ? "" : `${hint}\n`}`, diagnostics: [] };
}

export function said(text: string): CommandResult {
  return { ok: true, text, diagnostics: [] };
}

/** The diagnostics first, then the text. */
export function withDiagnostics(ok: boolean, text: string, diagnostics: readonly Diagnostic[]): CommandResult {
  return { ok, text: [...diagnostics.map((it) => `${formatDiagnostic(it)}\n`), text].join(""), diagnostics };
}
