// The file that remembers the last addresses of domain names over a restart (`names.json` in the state directory). It is
// a convenience: where it is missing or damaged, names are unknown until the first answers come.

import { z } from "zod";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { decodeBody, encodeChecked, parseAs } from "../store/checked-text.ts";
import { readIfThere, writeDurably } from "../store/durable-file.ts";
import { savedRange, savedRangesOf } from "../store/saved-ranges.ts";
import { namesMax } from "./name-book.ts";
import type { SavedAnswer } from "./name-book.ts";

const format = 1;
/** Ranges of one name; a reply gives at most 256 addresses. */
const rangesMax = 1_024;

const answersSchema = z
  .array(
    z.object({
      name: z.string().max(253),
      family: z.union([z.literal(4), z.literal(6)]).exactOptional(),
      ttlSeconds: z.int().min(0),
      atMs: z.number(),
      ranges: z.array(savedRange).max(rangesMax),
    }),
  )
  .max(namesMax);

/** The answers, those from a future that a wrong clock has seen taken as of now. Throws `DamagedFile` naming `path`. */
export async function readAnswerFile(path: string, nowMs: number): Promise<readonly SavedAnswer[]> {
  const text = await readIfThere(path);
  if (text === undefined) return [];
  return parseAs(answersSchema, decodeBody(text, path, format), path).map(({ ranges, atMs, ...rest }) => ({
    ...rest,
    atMs: Math.min(atMs, nowMs),
    ranges: rangeSetOf(ranges),
  }));
}

export async function writeAnswerFile(path: string, answers: readonly SavedAnswer[]): Promise<void> {
  const body = answers.map(({ name, family, ttlSeconds, atMs, ranges }) => ({
    name,
    ...(family === undefined ? {} : { family }),
    ttlSeconds,
    atMs,
    ranges: savedRangesOf(ranges),
  }));
  await writeDurably(path, encodeChecked(format, { names: answers.length }, body));
}
