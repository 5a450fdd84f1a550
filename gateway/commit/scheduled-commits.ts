// `commit at`: one commit that waits for its time, durable, with the whole configuration that shall come into force, so
// that later edits of the candidate do not slip in. While it waits no other commit is taken, as on the original; when its
// time passed while the gateway was down it is carried out at the next start.

import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { formatDiagnostic, hasErrors } from "@merlon/model/diagnostic.ts";
import { CandidateRefused } from "../candidate/candidate-refused.ts";
import type { CommitOutcome, CommitRequest } from "./commit-request.ts";
import type { RevisionStore } from "../store/revision-store.ts";
import type { ScheduledCommit } from "../store/revision.ts";
import type { Alarms } from "../alarms.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { formatUtc } from "./commit-time.ts";

export interface ScheduledCommitsOptions {
  readonly store: RevisionStore;
  readonly alarms: Alarms;
  readonly nowMs: () => number;
  readonly commit: (
    tree: ConfigNode,
    request: Pick<CommitRequest, "user" | "via" | "comment">,
  ) => Promise<CommitOutcome>;
}

export class ScheduledCommits {
  readonly #options: ScheduledCommitsOptions;
  #waiting: ScheduledCommit | undefined;

  constructor(options: ScheduledCommitsOptions) {
    this.#options = options;
  }

  get waiting(): ScheduledCommit | undefined {
    return this.#waiting;
  }

  async schedule(scheduled: ScheduledCommit): Promise<void> {
    this.refuseWhileWaiting();
    await this.#options.store.writeScheduled(scheduled);
    this.#waiting = scheduled;
  }

  /** Answers whether there was one. */
  async clear(): Promise<boolean> {
    if (this.#waiting === undefined) return false;
    await this.#options.store.removeScheduled();
    this.#waiting = undefined;
    return true;
  }

  refuseWhileWaiting(): void {
    if (this.#waiting === undefined) return;
    const { user, when } = this.#waiting;
    const time = when.kind === "reboot" ? "reboot" : formatUtc(when.atMs);
    throw new CandidateRefused(
      `a commit requested by ${user} is pending at ${time}; "clear system commit" takes it back`,
    );
  }

  /** After a start; `rebooted` tells that the kernel has forgotten its ruleset. Never throws. */
  async restore(rebooted: boolean): Promise<void> {
    try {
      this.#waiting = await this.#options.store.readScheduled();
    } catch (error) {
      this.#options.alarms.raise(
        "commit.at-failed",
        "major",
        `the commit that was to happen at a time is lost: ${String(error)}`,
      );
    }
    if (this.#waiting?.when.kind === "reboot" && rebooted) await this.#carryOut(this.#waiting);
    else await this.carryOutDue();
  }

  /** Carries out the commit when its time has come. Never throws: what goes wrong is an alarm. */
  async carryOutDue(): Promise<void> {
    const scheduled = this.#waiting;
    if (scheduled?.when.kind !== "time" || scheduled.when.atMs > this.#options.nowMs()) return;
    await this.#carryOut(scheduled);
  }

  async #carryOut(scheduled: ScheduledCommit): Promise<void> {
    const { alarms, commit, store } = this.#options;
    // It is not waiting any more, so that it is tried once, whatever comes of it.
    this.#waiting = undefined;
    try {
      const options = { action: "override", source: "commit at", keepUnknown: true } as const;
      const { tree, diagnostics } = loadConfiguration(emptyTree, scheduled.configuration, options);
      const { user, via, comment } = scheduled;
      const request = { user, via, ...(comment === undefined ? {} : { comment }) };
      const outcome = hasErrors(diagnostics) ? { ok: false as const, diagnostics } : await commit(tree, request);
      alarms.set("commit.at-failed", "major", outcome.ok ? undefined : reasonOf(outcome));
      await store.removeScheduled();
    } catch (error) {
      alarms.raise("commit.at-failed", "major", `the commit that was to happen at a time failed: ${String(error)}`);
    }
  }
}

function reasonOf(outcome: Extract<CommitOutcome, { ok: false }>): string {
  const first = outcome.diagnostics.find(({ severity }) => severity === "error");
  const reason = outcome.failure?.message ?? (first === undefined ? "it was refused" : formatDiagnostic(first));
  return `the commit that was to happen at a time failed: ${reason}`;
}
