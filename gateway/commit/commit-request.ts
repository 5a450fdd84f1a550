// What is asked of a commit, and what comes of it.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Session } from "../candidate/edit-session.ts";

/** A comment is kept with its revision and shown in one line. */
export const commentLengthMax = 512;

export interface CommitRequest {
  readonly user: string;
  /** `cli`, `netconf`, `boot`; `other` when the gateway itself asks. */
  readonly via: string;
  readonly comment?: string;
  /** Whose candidate; without session the shared one. */
  readonly session?: Session;
  /** Roll back after this time unless confirmed. */
  readonly confirmTimeoutMs?: number;
}

export type CommitOutcome =
  | {
      readonly ok: true;
      /** The revision now in force; the same as before when nothing had changed. */
      readonly revision: number;
      readonly changed: boolean;
      /** A revision that waited for confirmation is confirmed by this. */
      readonly confirmed: boolean;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly failure?: Error };

/** What could not be done; a bug is thrown on. */
export function failed(error: unknown, diagnostics: readonly Diagnostic[] = []): CommitOutcome {
  if (!(error instanceof Error)) throw error;
  return { ok: false, diagnostics, failure: error };
}
