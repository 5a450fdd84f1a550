// Diagnostics → the errors and warnings of a reply: the same sentence that the shell prints, with the place and the word
// where a client looks for them.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { errorElement } from "@merlon/netconf/rpc-error.ts";
import type { ErrorTag, RpcError } from "@merlon/netconf/rpc-error.ts";
import { printElement } from "@merlon/netconf/print-element.ts";

const tags: Readonly<Record<string, ErrorTag>> = {
  "access.denied": "access-denied",
  "edit.exists": "data-exists",
  "edit.not-found": "data-missing",
  "edit.protected": "access-denied",
  "load.unknown-attribute": "unknown-attribute",
  "patch.not-found": "data-missing",
  "schema.missing-key": "missing-element",
  "schema.missing-value": "missing-element",
  "schema.unknown-statement": "unknown-element",
  "schema.wrong-value": "invalid-value",
};

const wordLengthMax = 64;

/** `text` is what the places of the diagnostics lie in. */
export function rpcErrorsOf(diagnostics: readonly Diagnostic[], text = ""): readonly RpcError[] {
  const lines = text.split("\n");
  return diagnostics.map((diagnostic) => {
    const { code, severity, path, span, message, hint } = diagnostic;
    const inText = span !== undefined && text !== "" && !span.source.startsWith("rollback") ? span : undefined;
    const word = inText === undefined ? undefined : wordAt(lines[inText.line - 1] ?? "", inText);
    const badElement = word ?? path.at(-1);
    return {
      type: severity === "error" && code.startsWith("syntax.") ? "protocol" : "application",
      tag: tags[code] ?? "operation-failed",
      severity,
      message: hint === undefined ? message : `${message}; ${hint}`,
      path: path.length === 0 ? "[edit]" : `[edit ${path.join(" ")}]`,
      ...(badElement !== undefined && { badElement }),
      ...(inText !== undefined && { line: inText.line, column: inText.column }),
    };
  });
}

/** The word, or the name of the element, that stands at the place. */
function wordAt(
  line: string,
  { column, endColumn, line: first, endLine }: NonNullable<Diagnostic["span"]>,
): string | undefined {
  const rest = line.slice(column - 1, first === endLine ? endColumn - 1 : undefined).slice(0, 1024);
  const name = /^<\/?([\w.:-]+)/.exec(rest)?.[1] ?? rest.trim();
  return name === "" ? undefined : name.slice(0, wordLengthMax);
}

export function printErrors(errors: readonly RpcError[]): string {
  return errors.map((error) => `${printElement(errorElement(error))}\n`).join("");
}
