// After a start: which revision is the truth? A commit writes its journal, changes the kernel, then names the new
// revision as active. Whatever instant the gateway was killed at, the generation that stands in the kernel's ruleset
// says whether the change had happened, and the revision is chosen to agree with it.

import type { Active, Journal } from "../store/revision.ts";

export interface Recovery {
  /** Undefined when nothing was ever committed. */
  readonly revision: number | undefined;
  /** What to do about the journal of an interrupted commit. */
  readonly interrupted: "none" | "completed" | "undone";
  /** Greater than any generation that may stand in the kernel. */
  readonly nextGeneration: number;
}

export function recover(found: {
  readonly active: Active | undefined;
  readonly journal: Journal | undefined;
  /** The generation in force in the kernel; undefined when the kernel has no ruleset of ours (first start, reboot). */
  readonly kernelGeneration: number | undefined;
}): Recovery {
  const { active, journal, kernelGeneration } = found;
  const nextGeneration = 1 + Math.max(0, active?.generation ?? 0, journal?.generation ?? 0, kernelGeneration ?? 0);
  if (journal === undefined || active?.revision === journal.to) {
    return { revision: active?.revision, interrupted: "none", nextGeneration };
  }
  if (kernelGeneration === journal.generation) {
    return { revision: journal.to, interrupted: "completed", nextGeneration };
  }
  return { revision: active?.revision, interrupted: "undone", nextGeneration };
}
