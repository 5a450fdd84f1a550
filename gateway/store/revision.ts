// A committed configuration as it stands on disk: the text that the operator would write, who committed it and when,
// and the rule ids that its policies carry in the kernel. The checksum tells a damaged file from a good one.

import { createHash } from "node:crypto";
import { z } from "zod";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";

export interface Revision {
  /** Counts up from 1; never given twice. */
  readonly number: number;
  readonly atMs: number;
  readonly user: string;
  /** How the commit was asked for: `cli`, `boot`. */
  readonly via: string;
  readonly comment?: string;
  /** Curly-brace text. */
  readonly configuration: string;
  readonly ruleIds: RuleIdTable;
}

/** Which revision is in force, and the generation of the kernel's ruleset that carries it. */
export interface Active {
  readonly revision: number;
  readonly generation: number;
}

/** A commit on its way; written before the kernel is touched, removed when `active` names the new revision. */
export interface Journal {
  readonly from: number | null;
  readonly to: number;
  readonly generation: number;
}

const activeSchema = z.object({ revision: z.int().positive(), generation: z.int().positive() });
const journalSchema = z.object({
  from: z.int().positive().nullable(),
  to: z.int().positive(),
  generation: z.int().positive(),
});
const revisionSchema = z.object({
  number: z.int().positive(),
  atMs: z.number(),
  user: z.string(),
  via: z.string(),
  comment: z.string().exactOptional(),
  configuration: z.string(),
  ruleIds: z.object({
    next: z.int().positive(),
    ids: z.record(z.string(), z.int().positive()),
    freed: z.array(z.tuple([z.int().positive(), z.int().positive()])),
  }),
});

/** A file of the state directory is not what was written there. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

export function encodeRevision(revision: Revision): string {
  const body = JSON.stringify(revision);
  return `${JSON.stringify({ format: 1, sha256: sha256(body) })}\n${body}\n`;
}

/** Throws `DamagedFile` naming `path` when the text is not exactly what `encodeRevision` made. */
export function decodeRevision(text: string, path: string): Revision {
  const [head = "", body = ""] = text.split("\n", 2);
  const header = parseJson(head, path);
  const expected = z.object({ format: z.literal(1), sha256: z.string() }).safeParse(header);
  if (!expected.success || expected.data.sha256 !== sha256(body)) {
    throw new DamagedFile(`${path} is damaged: its checksum does not fit its content`);
  }
  const revision = revisionSchema.safeParse(parseJson(body, path));
  if (!revision.success) throw new DamagedFile(`${path} is damaged: ${z.prettifyError(revision.error)}`);
  return revision.data;
}

export function decodeActive(text: string, path: string): Active {
  return decodeSmall(activeSchema, text, path);
}

export function decodeJournal(text: string, path: string): Journal {
  return decodeSmall(journalSchema, text, path);
}

function decodeSmall<T>(schema: z.ZodType<T>, text: string, path: string): T {
  const parsed = schema.safeParse(parseJson(text, path));
  if (!parsed.success) throw new DamagedFile(`${path} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DamagedFile(`${path} is damaged: it is not JSON`, { cause: error });
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
