// `show system commit`: the committed revisions that rollback can reach, newest first, the commit that waits for its time,
// and the rescue configuration.

import { formatUtc } from "../commit/commit-time.ts";
import { durationText } from "../commit/countdown.ts";
import type { RevisionSummary, ScheduledCommit } from "../store/revision.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import { operation } from "./operation.ts";
import { elements, field, group, reply } from "./reply.ts";
import { revisionText } from "./show-system-commit-revision.ts";

export interface CommitEntry extends Omit<RevisionSummary, "number"> {
  /** What `rollback` calls it. */
  readonly rollback: number;
  readonly revision: number;
  /** It is in force and must still be confirmed: what is left of the time. */
  readonly rollbackInMs?: number;
}

export interface CommitInformation {
  readonly pending?: Omit<ScheduledCommit, "configuration">;
  readonly history: readonly CommitEntry[];
  readonly rescue?: Omit<RevisionSummary, "number"> & { readonly revision: number };
}

export const showSystemCommit = operation<CommitInformation>({
  command: "show system commit",
  help: "Show committed revisions",
  parameters: [{ word: "include-configuration-revision", help: "With what names each revision" }],
  run: async ({ store, scheduled, running }) => {
    const history: CommitEntry[] = [];
    const left = running?.unconfirmed?.countdown.leftMs;
    for (const [rollback, number] of (await store.listRevisions()).entries()) {
      const summary = await store.readSummary(number);
      if (summary === undefined) continue;
      const { number: revision, ...rest } = summary;
      const pending = left !== undefined && revision === running?.revision ? { rollbackInMs: left } : {};
      history.push({ rollback, revision, ...rest, ...pending });
    }
    const rescue = await store.readRescueSummary();
    return {
      ...(scheduled.waiting === undefined ? {} : { pending: withoutConfiguration(scheduled.waiting) }),
      history,
      ...(rescue === undefined ? {} : { rescue: rescueOf(rescue) }),
    };
  },
  text: ({ pending, history, rescue }) =>
    [
      ...(pending === undefined ? [] : [pendingText(pending)]),
      ...history.map((entry) => entryText(String(entry.rollback).padEnd(3), entry, flagText(entry))),
      ...(rescue === undefined ? [] : [entryText("rescue ", rescue)]),
    ].join(""),
  rpc: { name: "get-commit-information", reply: replyOf },
});

function replyOf({ pending, history, rescue }: CommitInformation): XmlElement {
  return reply(
    "commit-information",
    "junos",
    pending !== undefined &&
      group(
        "pending-commit",
        field("user", pending.user),
        field("client", pending.via),
        field("date-time", pending.when.kind === "reboot" ? "reboot" : formatUtc(pending.when.atMs)),
        field("log", pending.comment),
      ),
    history.map((entry) =>
      group(
        "commit-history",
        field("sequence-number", entry.rollback),
        entryFields(entry),
        field("configuration-revision", revisionText(entry.revision, entry.atMs)),
        field("log", entry.comment),
        field("commit-confirmed", flagText(entry) === "" ? undefined : flagText(entry).trim()),
      ),
    ),
    rescue !== undefined && group("rescue-configuration", entryFields(rescue), field("log", rescue.comment)),
  );
}

function entryFields({ user, via, atMs }: Pick<CommitEntry, "user" | "via" | "atMs">): readonly XmlElement[] {
  return elements(
    field("user", user),
    field("client", via),
    field("date-time", formatUtc(atMs), { "junos:seconds": String(Math.floor(atMs / 1000)) }),
  );
}

function entryText(head: string, entry: Omit<RevisionSummary, "number">, flag = ""): string {
  const { atMs, user, via, comment } = entry;
  const why = comment === undefined ? "" : `\n    ${comment.replaceAll("\n", "\n    ")}`;
  return `${head} ${formatUtc(atMs)} by ${user} via ${via}${flag}${why}\n`;
}

/** As the original marks a commit that had, or has, to be confirmed. */
function flagText({ confirmTimeoutMs, rollbackInMs }: CommitEntry): string {
  if (rollbackInMs !== undefined) return ` commit confirmed, rollback in ${durationText(rollbackInMs)}`;
  return confirmTimeoutMs === undefined ? "" : " commit confirmed";
}

function pendingText({ when, user, via, comment }: Omit<ScheduledCommit, "configuration">): string {
  const time = when.kind === "reboot" ? "reboot" : formatUtc(when.atMs);
  return `pending: commit requested by ${user} via ${via} at ${time}\n${comment === undefined ? "" : `    ${comment}\n`}`;
}

function withoutConfiguration(scheduled: ScheduledCommit): Omit<ScheduledCommit, "configuration"> {
  const { configuration: _, ...rest } = scheduled;
  return rest;
}

function rescueOf({ number, ...rest }: RevisionSummary): NonNullable<CommitInformation["rescue"]> {
  return { revision: number, ...rest };
}
