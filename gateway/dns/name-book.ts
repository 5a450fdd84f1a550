// What is known about the domain names of address books: their addresses, and when each must be asked for again. The time
// is an argument. A server that fails takes nothing away: the last answer stays; a server that says there is no
// address does, and then the name counts as unresolved, so that what permits by it is closed.

import { noAnswers } from "@merlon/compiler/address-members.ts";
import type { DnsAnswers, DnsName } from "@merlon/compiler/address-members.ts";
import { sameRangeSet } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";

/** More names than this are left unresolved. */
export const namesMax = 4_096;
/** The smallest `dns-query-interval`: a shorter TTL does not make a query more frequent. */
const intervalSecondsMin = 16;
const retryFirstSeconds = 2;

interface Entry {
  readonly wanted: DnsName;
  readonly dueMs: number;
  readonly asking: boolean;
  readonly failureCount: number;
  readonly ranges?: RangeSet;
}

export class NameBook {
  #entries = new Map<string, Entry>();
  #answers: DnsAnswers = noAnswers;
  #leftOutCount = 0;

  /** One object for as long as no address changes. */
  get answers(): DnsAnswers {
    return this.#answers;
  }

  /** How many names are too many to be resolved. */
  get leftOutCount(): number {
    return this.#leftOutCount;
  }

  /** Names that have no address though they were asked for. */
  get unresolved(): readonly string[] {
    return [...this.#entries.values()]
      .filter(({ ranges, failureCount }) => ranges === undefined && failureCount > 0)
      .map(({ wanted }) => wanted.name);
  }

  /** Follows exactly these names; what is known about those that stay is kept. */
  follow(names: readonly DnsName[]): void {
    this.#leftOutCount = Math.max(0, names.length - namesMax);
    this.#entries = new Map(
      names.slice(0, namesMax).map((wanted) => {
        const known = this.#entries.get(wanted.name);
        const fresh = known === undefined || known.wanted.family !== wanted.family;
        return [wanted.name, fresh ? { wanted, dueMs: 0, asking: false, failureCount: 0 } : { ...known, wanted }];
      }),
    );
    this.#refresh();
  }

  /** At most `countMax` names to ask for now, the longest overdue first; each must be answered by one of the methods below. */
  take(nowMs: number, countMax: number): readonly DnsName[] {
    const due = [...this.#entries.values()]
      .filter(({ dueMs, asking }) => !asking && dueMs <= nowMs)
      .toSorted((a, b) => a.dueMs - b.dueMs)
      .slice(0, Math.max(0, countMax));
    for (const entry of due) this.#entries.set(entry.wanted.name, { ...entry, asking: true });
    return due.map(({ wanted }) => wanted);
  }

  /** The addresses of a name, and for how long they hold. */
  answered(name: string, ranges: RangeSet, ttlSeconds: number, nowMs: number): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    const { wanted } = entry;
    const seconds = Math.min(Math.max(ttlSeconds, intervalSecondsMin), wanted.queryIntervalSeconds);
    this.#entries.set(name, { wanted, dueMs: nowMs + seconds * 1000, asking: false, failureCount: 0, ranges });
    this.#refresh();
  }

  /** The server says that the name has no address. */
  denied(name: string, nowMs: number): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    const { ranges: _, ...rest } = entry;
    this.#entries.set(name, {
      ...rest,
      asking: false,
      failureCount: entry.failureCount + 1,
      dueMs: retryMs(entry, nowMs),
    });
    this.#refresh();
  }

  /** No server gave an answer. */
  failed(name: string, nowMs: number): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.set(name, {
      ...entry,
      asking: false,
      failureCount: entry.failureCount + 1,
      dueMs: retryMs(entry, nowMs),
    });
  }

  #refresh(): void {
    const next = new Map<string, RangeSet>();
    for (const [name, { ranges }] of this.#entries) if (ranges !== undefined) next.set(name, ranges);
    const same = [...next].every(([name, ranges]) => {
      const before = this.#answers.get(name);
      return before !== undefined && sameRangeSet(before, ranges);
    });
    if (!same || next.size !== this.#answers.size) this.#answers = next;
  }
}

/** Twice as long after each failure, up to the interval of the name. */
function retryMs({ failureCount, wanted }: Entry, nowMs: number): number {
  const seconds = Math.min(retryFirstSeconds * 2 ** Math.min(failureCount, 16), wanted.queryIntervalSeconds);
  return nowMs + seconds * 1000;
}
