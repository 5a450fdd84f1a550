// How members of a dynamic address stand in the kernel: short runs of addresses one by one, in a hash, where one that comes
// or goes costs the same among a hundred thousand; longer ones as ranges, in an interval set. Where a run stands depends on
// its length alone, so that the sets are known from the members and not from how they came.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { PackedSet, RowWriter } from "./packed-set.ts";

/**
 * With more addresses a run is a range. Neighbors of a host are mostly few, so that a run seldom becomes a range, and a
 * change moves eight others at most; and a feed of small prefixes has at most eight elements for each.
 */
export const hostsOfRunMax = 8;

/** Both in the order of the addresses. */
export interface SpelledMembers {
  readonly hosts: readonly IpRange[];
  readonly ranges: readonly IpRange[];
}

/** `runs` are sorted and do not touch each other. */
export function spellMembers(runs: readonly IpRange[]): SpelledMembers {
  const hosts: IpRange[] = [];
  const ranges: IpRange[] = [];
  for (const run of runs) {
    if (BigInt(run.last) - BigInt(run.first) >= hostsOfRunMax) ranges.push(run);
    else if (run.family === 4) {
      for (let value = run.first; value <= run.last; value++) hosts.push({ family: 4, first: value, last: value });
    } else {
      for (let value = run.first; value <= run.last; value++) hosts.push({ family: 6, first: value, last: value });
    }
  }
  return { hosts, ranges };
}

/** Without a size, so that it grows with its hosts. */
export function hostSet(name: string, family: Family, hosts: readonly IpRange[]): PackedSet {
  const rows = new RowWriter(family === 4 ? 1 : 4, 0, hosts.length);
  for (const { family: version, first } of hosts) {
    if (version === 4) rows.push(first);
    else for (const shift of [96n, 64n, 32n, 0n]) rows.push(Number((first >> shift) & 0xffff_ffffn));
  }
  return new PackedSet({ name, key: [family === 4 ? "ipv4_addr" : "ipv6_addr"] }, rows.rows());
}

/** Whether one of the hosts lies in one of the ranges. */
export function someHostWithin({ hosts, ranges }: SpelledMembers): boolean {
  let at = 0;
  return hosts.some(({ first }) => {
    while ((ranges[at]?.last ?? first) < first) at += 1;
    const range = ranges[at];
    return range !== undefined && range.first <= first;
  });
}
