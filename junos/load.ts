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
import { parseText } from "./parse.ts";
import { applyPatch } from "./patch.ts";
import { refuseProtected } from "./protection.ts";
import { Report } from "./report.ts";
import { asWords } from "./resolve.ts";
import { rootSchema } from "./schema-index.ts";
import { changedProtected, shareTree } from "./share-tree.ts";
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
  report.warnUnknown();
  // What stands in a text with characters that cannot be printed again may not come into a tree; it is read for its errors.
  if (report.diagnostics.some(({ code }) => code === "syntax.binary")) {
    return { tree: base, diagnostics: inTextOrder(report.diagnostics, unclosed) };
  }
  const tree = draft.finish();
  if (action !== "update") return { tree, diagnostics: inTextOrder(report.diagnostics, unclosed) };
  const shared = shareTree(base, tree);
  const kept = changedProtected(base, shared);
  if (kept !== undefined) refuseProtected(report, start, at, kept);
  return { tree: report.errorCount > 0 ? base : shared, diagnostics: inTextOrder(report.diagnostics, unclosed) };
}

/** Reads the text into the draft; returns where a block begins that is not closed. */
function loadText(
  draft: Draft,
  text: string,
  { node, scope }: EnteredLevel,
  { action, source, at = [] }: LoadOptions,
  report: Report,
): Span | undefined {
  const { parts, unclosed } = parseText(text, source, report);
  let levels: readonly (readonly string[])[] = [at];
  for (const part of parts) {
    if (report.full) break;
    if (part.kind === "level") levels = changeLevel(levels, part, report);
    else if (part.kind === "command") runCommand(draft, part, levels.at(-1) ?? [], report);
    else shapeStatements(draft, node, scope, [part], { replaces: action === "replace" }, report);
  }
  return unclosed;
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
