// What the log of commits keeps of one: who made it, by which way, and why; and what else a commit is told.

import type { Ir } from "@merlon/compiler/ir.ts";

/** What a commit does beside what was asked: who records it, and what it replaces. */
export interface Recording {
  readonly user: string;
  readonly via: string;
  readonly comment?: string;
  readonly confirmTimeoutMs?: number;
  readonly generation?: number;
  /** At a start, when nothing is running yet: what was in force before. */
  readonly from?: number;
  readonly leftover?: Ir["network"];
}

/** The rollback of a revision that nobody has confirmed. */
export function rollbackRecord(from: number, to: number): Recording {
  return {
    user: "root",
    via: "other",
    comment: `automatic rollback of unconfirmed revision ${from} to revision ${to}`,
  };
}
