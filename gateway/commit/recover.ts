// After a start: which revision is the truth, and whether it may stay? A commit writes its journal, changes the kernel,
// then names the new revision as active. Whatever instant the gateway was killed at, the generation that stands in the
// kernel's ruleset says whether the change had happened, and the revision is chosen to agree with it. A revision that was
// to be confirmed in time gives way to the confirmed one when the time is over.

import type { Active, Journal, Unconfirmed } from "../store/revision.ts";

export interface Recovery {
  /** Undefined when nothing was ever committed. */
  readonly revision: number | undefined;
  /** The revision must be confirmed; its time may be over. */
  readonly unconfirmed?: Unconfirmed;
  /** The time to confirm is over: the revision to bring into force in its place. */
  readonly returnTo?: number;
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
  readonly nowMs: number;
}): Recovery {
  const { active, journal, kernelGeneration, nowMs } = found;
  const nextGeneration = 1 + Math.max(0, active?.generation ?? 0, journal?.generation ?? 0, kernelGeneration ?? 0);
  if (journal !== undefined && active?.revision !== journal.to) {
    if (kernelGeneration === journal.generation) {
      const { unconfirmed } = journal;
      return { revision: journal.to, ...confirmation(unconfirmed, nowMs), interrupted: "completed", nextGeneration };
    }
    const { revision } = active ?? {};
    return { revision, ...confirmation(active?.unconfirmed, nowMs), interrupted: "undone", nextGeneration };
  }
  return {
    revision: active?.revision,
    ...confirmation(active?.unconfirmed, nowMs),
    interrupted: "none",
    nextGeneration,
  };
}

function confirmation(unconfirmed: Unconfirmed | undefined, nowMs: number): Partial<Recovery> {
  if (unconfirmed === undefined) return {};
  const isOver = unconfirmed.leftMs <= 0 || unconfirmed.deadlineMs <= nowMs;
  return isOver ? { unconfirmed, returnTo: unconfirmed.returnTo } : { unconfirmed };
}
