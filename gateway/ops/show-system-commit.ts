// `show system commit`: the committed revisions that rollback can reach, newest first.

import { operation } from "./operation.ts";

export interface CommitEntry {
  /** What `rollback` calls it. */
  readonly rollback: number;
  readonly revision: number;
  readonly atMs: number;
  readonly user: string;
  readonly via: string;
  readonly comment?: string;
}

export const showSystemCommit = operation<readonly CommitEntry[]>({
  name: "show-system-commit",
  help: "Show committed revisions",
  parameters: [],
  run: async ({ store }) => {
    const entries: CommitEntry[] = [];
    for (const [rollback, number] of (await store.listRevisions()).entries()) {
      const revision = await store.readRevision(number);
      if (revision === undefined) continue;
      const { atMs, user, via, comment } = revision;
      entries.push({ rollback, revision: number, atMs, user, via, ...(comment === undefined ? {} : { comment }) });
    }
    return entries;
  },
  text: (entries) =>
    entries
      .map(({ rollback, atMs, user, via, comment }) => {
        const time = `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
        return `${String(rollback).padEnd(3)} ${time} by ${user} via ${via}${comment === undefined ? "" : `\n    ${comment}`}\n`;
      })
      .join(""),
});
