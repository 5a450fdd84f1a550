// A committed configuration as it stands on disk: the text that the operator would write, who committed it and when,
// and the rule ids that its policies carry in the kernel; beside it the small files that say which one is in force.

import { z } from "zod";
import { parseRuleIdTable } from "@merlon/compiler/rule-ids.ts";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import { DamagedFile, decodeBody, decodeSummary, encodeChecked, parseAs, parseJson } from "./checked-text.ts";

/** What is listed of a commit. */
export interface RevisionSummary {
  /** Counts up from 1; no two revisions that came into force share a number. */
  readonly number: number;
  readonly atMs: number;
  readonly user: string;
  /** How the commit was asked for: `cli`, `netconf`, `boot`; `other` when the gateway itself did it. */
  readonly via: string;
  readonly comment?: string;
  /** It was committed to be rolled back after this time unless confirmed. */
  readonly confirmTimeoutMs?: number;
}

export interface Revision extends RevisionSummary {
  /** Curly-brace text. */
  readonly configuration: string;
  readonly ruleIds: RuleIdTable;
}

/** The revision in force goes away again unless somebody confirms it in time. */
export interface Unconfirmed {
  /** The last revision that was confirmed. */
  readonly returnTo: number;
  /** On the wall clock. */
  readonly deadlineMs: number;
  /** What was left of the time when this was written; a clock that is set back cannot give more. */
  readonly leftMs: number;
}

/** Which revision is in force, and the generation of the kernel's ruleset that carries it. */
export interface Active {
  readonly revision: number;
  readonly generation: number;
  readonly unconfirmed?: Unconfirmed;
}

/** A commit on its way; written before the kernel is touched, removed when `active` names the new revision. */
export interface Journal {
  readonly from: number | null;
  readonly to: number;
  readonly generation: number;
  /** What `active` will say about confirmation when the commit is complete. */
  readonly unconfirmed?: Unconfirmed;
}

/** A commit that waits for its time. */
export interface ScheduledCommit {
  readonly when: { readonly kind: "time"; readonly atMs: number } | { readonly kind: "reboot" };
  readonly requestedAtMs: number;
  readonly user: string;
  readonly via: string;
  readonly comment?: string;
  readonly configuration: string;
}

/** The format before the summary had a line of its own. */
const formatWithoutSummary = 1;
const revisionFormat = 2;
const scheduledFormat = 1;

const unconfirmedSchema = z.object({
  returnTo: z.int().positive(),
  deadlineMs: z.number(),
  leftMs: z.number().nonnegative(),
});
const activeSchema = z.object({
  revision: z.int().positive(),
  generation: z.int().positive(),
  unconfirmed: unconfirmedSchema.exactOptional(),
});
const journalSchema = z.object({
  from: z.int().positive().nullable(),
  to: z.int().positive(),
  generation: z.int().positive(),
  unconfirmed: unconfirmedSchema.exactOptional(),
});
const commitFields = { user: z.string(), via: z.string(), comment: z.string().exactOptional() };
const summarySchema = z.object({
  number: z.int().positive(),
  atMs: z.number(),
  ...commitFields,
  confirmTimeoutMs: z.number().positive().exactOptional(),
});
const contentSchema = z.object({
  configuration: z.string(),
  ruleIds: z.unknown().transform((data, context) => {
    const table = parseRuleIdTable(data);
    if (table !== undefined) return table;
    context.addIssue("the rule ids are not a rule id table");
    return z.NEVER;
  }),
});
const scheduledSchema = z.object({
  when: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("time"), atMs: z.number() }),
    z.object({ kind: z.literal("reboot") }),
  ]),
  requestedAtMs: z.number(),
  ...commitFields,
});

export function encodeRevision({ configuration, ruleIds, ...summary }: Revision): string {
  return encodeChecked(revisionFormat, summary, { configuration, ruleIds });
}

/** Throws `DamagedFile` naming `path` when the text is not exactly what `encodeRevision` made. */
export function decodeRevision(text: string, path: string): Revision {
  if (isOldFormat(text)) return decodeOldRevision(text, path);
  const content = parseAs(contentSchema, decodeBody(text, path, revisionFormat), path);
  return { ...decodeRevisionSummary(text, path), ...content };
}

/** The summary alone; `text` may end anywhere behind its line, except in the old format. */
export function decodeRevisionSummary(text: string, path: string): RevisionSummary {
  if (isOldFormat(text)) {
    const { configuration: _, ruleIds: __, ...summary } = decodeOldRevision(text, path);
    return summary;
  }
  return parseAs(summarySchema, decodeSummary(text, path, revisionFormat), path);
}

export function isOldFormat(text: string): boolean {
  return text.startsWith(`{"format":${formatWithoutSummary},`);
}

function decodeOldRevision(text: string, path: string): Revision {
  const [head = "", body = ""] = text.split("\n", 2);
  const data = decodeBody(`${head}\n\n${body}\n`, path, formatWithoutSummary);
  return { ...parseAs(summarySchema, data, path), ...parseAs(contentSchema, data, path) };
}

/** Throws `DamagedFile` with the way out: which revision shall be in force is a question for the operator. */
export function decodeActive(text: string, path: string): Active {
  try {
    return parseAs(activeSchema, parseJson(text, path), path);
  } catch (error) {
    const advice =
      "put it back from a backup, or write the number of a file in revisions/ into it, such as " +
      `{"revision":41,"generation":1}; until then the kernel enforces what it did before`;
    throw new DamagedFile(`${(error as Error).message}; ${advice}`, { cause: error });
  }
}

export function decodeJournal(text: string, path: string): Journal {
  return parseAs(journalSchema, parseJson(text, path), path);
}

export function encodeScheduled({ configuration, ...summary }: ScheduledCommit): string {
  return encodeChecked(scheduledFormat, summary, configuration);
}

/** Throws `DamagedFile` naming `path` when the text is not exactly what `encodeScheduled` made. */
export function decodeScheduled(text: string, path: string): ScheduledCommit {
  const summary = parseAs(scheduledSchema, decodeSummary(text, path, scheduledFormat), path);
  return { ...summary, configuration: parseAs(z.string(), decodeBody(text, path, scheduledFormat), path) };
}
