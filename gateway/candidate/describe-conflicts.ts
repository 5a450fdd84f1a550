// What the owner of a private candidate is told when others have committed changes of the same statements.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Conflict } from "./rebase-tree.ts";

/** Errors at a commit; warnings at `update`, which keeps the session's own change. */
export function describeConflicts(
  conflicts: readonly Conflict[],
  severity: Diagnostic["severity"] = "error",
): readonly Diagnostic[] {
  const hint =
    severity === "error"
      ? "type update, look at what changes with show | compare, and commit again; or rollback to discard your changes"
      : "your change stays in the candidate and will replace theirs: look at it with show | compare";
  return conflicts.map(({ path, mine, theirs }) => ({
    code: "candidate.conflict",
    severity,
    path,
    message: `somebody else has committed a change of this statement since (${theirs} there, ${mine} here)`,
    hint,
  }));
}
