// `load`: a whole text into a configuration. The actions differ in what they start from, in what `replace:` means, and in
// how the text is read; curly braces and command lines may be mixed under every one of them but `patch`. The tree holds all
// that was understood even when there are errors: whether to use it then is the caller's decision. Two are all or nothing:
// `update` and `patch` give the base back.

import type { Diagnostic, Span } from "@merlon/model/diagnostic.ts";
import { runCommand } from "./command.ts";
import { Draft } from "./draft.ts";
import { enterLevel } from "./enter-level.ts";
import type { EnteredLevel } from "./enter-level.ts";
import { changeLevel } from "./level.ts";
import { readText } from "./parse.ts";
import { settleWhole } from "./load-whole.ts";
import { applyPatch } from "./patch.ts";
import { Report } from "./report.ts";
import { asWords } from "./resolve.ts";
import { rootSchema } from "./schema-index.ts";
import { shapeStatements } from "./shape.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

export interface LoadOptions {
  /**
   * `override` starts from nothing, the others from `base`. `replace` clears statements tagged `replace:` first. `update`
   * makes the configuration what the text says and keeps every node that says the same. `patch` reads what
   * `show | compare` printed. `set` is `merge` for a text of command lines.
   */
  readonly action: "merge" | "override" | "replace" | "set" | "update" | "patch";
  /** The name of the text in diagnostics: a file name, `<stdin>`. */
  readonly source: string;
  /** The level that the text is relative to, as set-style words; made when it is missing. Not with `override`. */
  readonly at?: readonly string[];
  /** Statements that are not known are kept as they are written, with one warning, and not refused. */
  readonly keepUnknown?: boolean;
  /**
   * For `override`: what is protected in the base must stand in the text as it is, as for `update`; else the base comes
   * back. An operator's load is guarded; a rollback is not.
   */
  readonly guarded?: boolean;
}

export interface Loaded {
  readonly tree: ConfigNode;
  readonly diagnostics: readonly Diagnostic[];
}

export function loadConfiguration(base: ConfigNode, text: string, options: LoadOptions): Loaded {
  const report = new Report({ keepsUnknown: options.keepUnknown === true });
  const { action, source, at = [] } = options;
  const start = { source, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const draft = new Draft(action === "override" ? emptyTree : base, rootSchema);
  if (action === "patch") {
    applyPatch(draft, text, source, asWords(at, start), report);
    const diagnostics = inTextOrder(report.diagnostics, undefined);
    return { tree: report.errorCount > 0 ? base : draft.finish(), diagnostics };
  }
  const level = enterLevel(draft, asWords(at, start), report);
  if (level === undefined) return { tree: base, diagnostics: report.diagnostics };
  if (action === "update") draft.removeAll(level.node);
  const unclosed = loadText(draft, text, level, options, report);
  // What stands in a text with characters that cannot be printed again may not come into a tree; it is read for its errors.
  if (report.diagnostics.some(({ code }) => code === "syntax.binary")) {
    return { tree: base, diagnostics: inTextOrder(report.diagnostics, unclosed) };
  }
  const read = draft.finish();
  const isWhole = action === "update" || (action === "override" && options.guarded === true);
  const tree = isWhole ? settleWhole(base, read, start, at, report) : read;
  return { tree, diagnostics: inTextOrder(report.diagnostics, unclosed) };
}

/**
 * Reads the text into the draft, statement by statement; returns where a block begins that is not closed. Errors of syntax
 * have a report of their own: however many statements are unknown, a block that is not closed is found, which explains them.
 */
function loadText(
  draft: Draft,
  text: string,
  { node, scope }: EnteredLevel,
  { action, source, at = [] }: LoadOptions,
  report: Report,
): Span | undefined {
  const statements = new Report({ keepsUnknown: report.keepsUnknown });
  const reading = readText(text, source, report);
  const shape = { replaces: action === "replace", releases: true };
  let levels: readonly (readonly string[])[] = [at];
  for (const part of reading.parts) {
    if (statements.full) continue;
    if (part.kind === "level") levels = changeLevel(levels, part, statements);
    else if (part.kind === "command") runCommand(draft, part, levels.at(-1) ?? [], statements);
    else shapeStatements(draft, node, scope, [part], shape, statements);
  }
  statements.warnUnknown();
  report.take(statements);
  return reading.unclosed;
}

/**
 * By place, because syntax errors are found before all others. Below a block that is not closed, statements look unknown
 * only because they stand in it; the open block is the one error to correct.
 */
function inTextOrder(diagnostics: readonly Diagnostic[], unclosed: Span | undefined): readonly Diagnostic[] {
  const lastLine = Number.MAX_SAFE_INTEGER;
  const isEcho = ({ code, span }: Diagnostic): boolean =>
    unclosed !== undefined && code === "schema.unknown-statement" && (span?.line ?? 0) > unclosed.line;
  return diagnostics
    .filter((diagnostic) => !isEcho(diagnostic))
    .toSorted(
      ({ span: a }, { span: b }) =>
        (a?.line ?? lastLine) - (b?.line ?? lastLine) || (a?.column ?? lastLine) - (b?.column ?? lastLine),
    );
}
