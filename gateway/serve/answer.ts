// The forms of an answer to a typed line, so that every command refuses and warns in the same way.

import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { CommandResult } from "../api.ts";

/** The answer on its way to whoever typed: what a program gets of it is `CommandResult`. */
export interface CommandAnswer extends CommandResult {
  /** What follows `text`, for those who gave a signal; a failure on the way is thrown. */
  readonly more?: AsyncIterable<string>;
  /** The word of the line that is wrong, counted from 0; one behind the last is what is missing. */
  readonly wrongWord?: { readonly index: number; readonly expects: string };
  /** UTF-16 units in front of what is wrong, where the configuration language says it. */
  readonly wrongColumn?: number;
}

export function refused(message: string, hint = ""): CommandAnswer {
  return { ok: false, text: `error: ${message.trimEnd()}\n${hint === "" ? "" : `${hint}\n`}`, diagnostics: [] };
}

export function said(text: string): CommandAnswer {
  return { ok: true, text, diagnostics: [] };
}

/** What is said of a whole configuration names places in it; the lines of texts that once were loaded say nothing. */
export function judged(ok: boolean, text: string, diagnostics: readonly Diagnostic[]): CommandAnswer {
  const said = diagnostics.map((one) => `${formatDiagnostic(withoutSpan(one))}\n`);
  return { ok, text: [...said, text].join(""), diagnostics };
}

export function withoutSpan({ code, severity, path, message, hint }: Diagnostic): Diagnostic {
  return { code, severity, path, message, ...(hint !== undefined && { hint }) };
}

/** The diagnostics first, then the text. */
export function withDiagnostics(ok: boolean, text: string, diagnostics: readonly Diagnostic[]): CommandAnswer {
  return { ok, text: [...diagnostics.map((it) => `${formatDiagnostic(it)}\n`), text].join(""), diagnostics };
}
