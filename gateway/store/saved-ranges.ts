// Ranges of addresses as the files of the state directory write them: pairs of texts, first and last.

import { z } from "zod";
import { formatIp, parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangesOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange, RangeSet } from "@merlon/model/ip/range-set.ts";

export const savedRange = z.tuple([z.string(), z.string()]).transform(([first, last], context): IpRange => {
  const [a, b] = [parseIp(first), parseIp(last)];
  if (a?.family === 4 && b?.family === 4 && a.value <= b.value) return { family: 4, first: a.value, last: b.value };
  if (a?.family === 6 && b?.family === 6 && a.value <= b.value) return { family: 6, first: a.value, last: b.value };
  context.addIssue(`${first} to ${last} is no range of addresses`);
  return z.NEVER;
});

export function savedRangesOf(set: RangeSet): readonly (readonly string[])[] {
  return [...rangesOf(set)].map(({ family, first, last }) =>
    [first, last].map((value) => formatIp({ family, value } as IpAddress)),
  );
}
