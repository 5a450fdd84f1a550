// `show system commit revision`: which commit is in force, for tools that want to know whether it is still the same.

import { formatUtc } from "../commit/commit-time.ts";
import { operation, OperationRefused } from "./operation.ts";
import { field, reply } from "./reply.ts";

export interface CommitRevision {
  readonly revision: string;
  readonly user: string;
  readonly client: string;
  readonly atMs: number;
  readonly comment?: string;
}

export const showSystemCommitRevision = operation<CommitRevision>({
  command: "show system commit revision",
  help: "Show which commit is in force",
  parameters: [
    { word: "brief", help: "As without it", group: "level" },
    { word: "detail", help: "As without it", group: "level" },
  ],
  run: async ({ store, running }) => {
    const summary = running === undefined ? undefined : await store.readSummary(running.revision);
    if (summary === undefined) throw new OperationRefused("no configuration is in force");
    const { number, atMs, user, via, comment } = summary;
    return {
      revision: revisionText(number, atMs),
      user,
      client: via,
      atMs,
      ...(comment === undefined ? {} : { comment }),
    };
  },
  text: ({ revision, user, client, atMs, comment }) =>
    `Revision: ${revision}\nUser    : ${user}\nClient  : ${client}\nTime    : ${formatUtc(atMs)}\n` +
    (comment === undefined ? "" : `Comment : ${comment}\n`),
  rpc: {
    name: "get-commit-revision-information",
    reply: ({ revision, user, client, atMs, comment }) =>
      reply(
        "commit-revision-information",
        "junos",
        field("revision", revision),
        field("user", user),
        field("client", client),
        field("date-time", formatUtc(atMs), { "junos:seconds": String(Math.floor(atMs / 1000)) }),
        field("comment", comment),
      ),
  },
});

/** As the original names a revision: the routing engine, the time, and a number. */
export function revisionText(number: number, atMs: number): string {
  return `re0-${Math.floor(atMs / 1000)}-${number}`;
}
