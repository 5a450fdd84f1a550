// One line of the configuration mode applied to a tree: `set`, `delete`, `deactivate`, `insert` and so on. The line is
// relative to the level that the operator is on (`at`). On an error the tree comes back as it was.

import { hasErrors } from "@merlon/model/diagnostic.ts";
import { runCommand } from "./command.ts";
import { Draft } from "./draft.ts";
import type { Loaded } from "./load.ts";
import { parseText } from "./parse.ts";
import { Report } from "./report.ts";
import { rootSchema } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";
import { verbs } from "./verbs.ts";

export interface EditOptions {
  /** The name of the place the line comes from: `<prompt>`. */
  readonly source: string;
  /** The level of the line, as set-style words. */
  readonly at?: readonly string[];
}

export function editTree(tree: ConfigNode, line: string, options: EditOptions): Loaded {
  const report = new Report();
  const [part, ...others] = parseText(line, options.source, report).parts;
  if (part !== undefined && (part.kind !== "command" || others.length > 0)) {
    const place = part.kind === "statement" ? part.items[0] : part.verbWord;
    report.error("edit.not-a-command", place, "this is not one command of the configuration mode", {
      hint: `begin with ${verbs.slice(0, -1).join(", ")} or ${verbs.at(-1)}`,
    });
  }
  if (part?.kind !== "command" || report.errorCount > 0) return { tree, diagnostics: report.diagnostics };
  const draft = new Draft(tree, rootSchema);
  runCommand(draft, part, options.at ?? [], report);
  const { diagnostics } = report;
  return { tree: hasErrors(diagnostics) ? tree : draft.finish(), diagnostics };
}
