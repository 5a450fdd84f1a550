// The file that remembers the members of dynamic addresses over a restart (`members.json` in the state directory). Where it
// is missing or damaged nobody is a member until whoever owns the members gives them again.

import { z } from "zod";
import type { DynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { decodeBody, encodeChecked, parseAs } from "../store/checked-text.ts";
import { readIfThere, writeDurably } from "../store/durable-file.ts";
import { savedRange, savedRangesOf } from "../store/saved-ranges.ts";
import { membersMax } from "./membership.ts";

const format = 1;
/** Names that were declared at some time; the configuration has 1,024 at most. */
const namesMax = 4_096;
const nameLengthMax = 255;

const membersSchema = z
  .array(z.object({ name: z.string().max(nameLengthMax), ranges: z.array(savedRange).max(membersMax) }))
  .max(namesMax);

/** Throws `DamagedFile` naming `path`. */
export async function readMemberFile(path: string): Promise<DynamicMembers> {
  const text = await readIfThere(path);
  if (text === undefined) return new Map();
  const entries = parseAs(membersSchema, decodeBody(text, path, format), path);
  return new Map(entries.map(({ name, ranges }) => [name, rangeSetOf(ranges)]));
}

export async function writeMemberFile(path: string, members: DynamicMembers): Promise<void> {
  const body = [...members].map(([name, set]) => ({
    name,
    ranges: savedRangesOf(set),
  }));
  await writeDurably(path, encodeChecked(format, { names: members.size }, body));
}
