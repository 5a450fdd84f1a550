// The file that remembers the members of dynamic addresses over a restart (`members.json` in the state directory). Where it
// is missing or damaged nobody is a member until whoever owns the members gives them again.

import { z } from "zod";
import type { DynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import { formatIp, parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangesOf, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { decodeBody, encodeChecked, parseAs } from "../store/checked-text.ts";
import { readIfThere, writeDurably } from "../store/durable-file.ts";
import { membersMax } from "./membership.ts";

const format = 1;
/** Names that were declared at some time; the configuration has 1,024 at most. */
const namesMax = 4_096;
const nameLengthMax = 255;

const rangeSchema = z.tuple([z.string(), z.string()]).transform(([first, last], context): IpRange => {
  const [a, b] = [parseIp(first), parseIp(last)];
  if (a?.family === 4 && b?.family === 4 && a.value <= b.value) return { family: 4, first: a.value, last: b.value };
  if (a?.family === 6 && b?.family === 6 && a.value <= b.value) return { family: 6, first: a.value, last: b.value };
  context.addIssue(`${first} to ${last} is no range of addresses`);
  return z.NEVER;
});

const membersSchema = z
  .array(z.object({ name: z.string().max(nameLengthMax), ranges: z.array(rangeSchema).max(membersMax) }))
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
    ranges: [...rangesOf(set)].map(({ family, first, last }) =>
      [first, last].map((value) => formatIp({ family, value } as IpAddress)),
    ),
  }));
  await writeDurably(path, encodeChecked(format, { names: members.size }, body));
}
