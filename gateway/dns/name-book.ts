// What is known about the domain names of address books: their addresses, and when each must be asked for again. The time
// is an argument. A server that says there is no address takes the last answer away, and then the name counts as
// unresolved, so that what permits by it is closed. A server that fails leaves the last answer for some time
// (`keptSeconds`), and so does a restart: neither an outage nor a new process shall close what was open a moment ago.

import { noAnswers } from "@merlon/compiler/address-members.ts";
import type { DnsAnswers, DnsName } from "@merlon/compiler/address-members.ts";
import { sameRangeSet } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";

/** More names than this are left unresolved. */
export const namesMax = 4_096;
/** The smallest `dns-query-interval`: a shorter TTL does not make a query more frequent. */
const intervalSecondsMin = 16;
const retryFirstSeconds = 2;

/** An answer that nobody renews holds for ten times its TTL, at least an hour and at most three days (RFC 8767). */
export function keptSeconds(ttlSeconds: number): number {
  return Math.min(Math.max(10 * ttlSeconds, 3_600), 3 * 86_400);
}

/** What a server said about a name, and when. */
export interface NameAnswer {
  readonly ranges: RangeSet;
  readonly ttlSeconds: number;
  readonly atMs: number;
}

/** An answer with its question, to be remembered over a restart. */
export interface SavedAnswer extends NameAnswer {
  readonly name: string;
  readonly family?: 4 | 6 | undefined;
}

interface Entry {
  readonly wanted: DnsName;
  readonly dueMs: number;
  readonly asking: boolean;
  readonly failureCount: number;
  readonly answer?: NameAnswer;
}

export class NameBook {
  readonly #saved: ReadonlyMap<string, SavedAnswer>;
  #entries = new Map<string, Entry>();
  #answers: DnsAnswers = noAnswers;
  #leftOutCount = 0;

  /** `answers` are those that the gateway has in force from the beginning, made of `saved`. */
  constructor(saved: readonly SavedAnswer[] = [], answers: DnsAnswers = noAnswers) {
    this.#saved = new Map(saved.map((one) => [one.name, one]));
    this.#answers = answers;
  }

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
      .filter(({ answer, failureCount }) => answer === undefined && failureCount > 0)
      .map(({ wanted }) => wanted.name);
  }

  /** Names whose last answer is used beyond its TTL because no server answers, and until when the first of them is. */
  stale(nowMs: number): { readonly names: readonly string[]; readonly untilMs: number } {
    const names: string[] = [];
    let untilMs = Number.POSITIVE_INFINITY;
    for (const { wanted, answer, failureCount } of this.#entries.values()) {
      if (answer === undefined || failureCount === 0 || nowMs < answer.atMs + answer.ttlSeconds * 1000) continue;
      names.push(wanted.name);
      untilMs = Math.min(untilMs, endMs(answer));
    }
    return { names, untilMs };
  }

  /** What a next process needs. */
  get saved(): readonly SavedAnswer[] {
    return [...this.#entries.values()].flatMap(({ wanted, answer }) =>
      answer === undefined ? [] : { ...answer, name: wanted.name, family: wanted.family },
    );
  }

  /** Forgets answers that are too old to be used. */
  expire(nowMs: number): void {
    let expiredCount = 0;
    for (const [name, { answer, ...entry }] of this.#entries) {
      if (answer === undefined || nowMs < endMs(answer)) continue;
      this.#entries.set(name, entry);
      expiredCount += 1;
    }
    if (expiredCount > 0) this.#refresh();
  }

  /** Follows exactly these names; what is known about those that stay is kept. */
  follow(names: readonly DnsName[]): void {
    this.#leftOutCount = Math.max(0, names.length - namesMax);
    this.#entries = new Map(
      names.slice(0, namesMax).map((wanted) => {
        const known = this.#entries.get(wanted.name);
        const fresh = known === undefined || known.wanted.family !== wanted.family;
        return [wanted.name, fresh ? this.#fresh(wanted) : { ...known, wanted }];
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
    const answer = { ranges, ttlSeconds, atMs: nowMs };
    this.#entries.set(name, { wanted, dueMs: nowMs + seconds * 1000, asking: false, failureCount: 0, answer });
    this.#refresh();
  }

  /** The server says that the name has no address. */
  denied(name: string, nowMs: number): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    const { answer: _, ...rest } = entry;
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

  /** Asked for at once, whatever is remembered. */
  #fresh(wanted: DnsName): Entry {
    const saved = this.#saved.get(wanted.name);
    const entry = { wanted, dueMs: 0, asking: false, failureCount: 0 };
    if (saved === undefined || saved.family !== wanted.family) return entry;
    const { ranges, ttlSeconds, atMs } = saved;
    return { ...entry, answer: { ranges, ttlSeconds, atMs } };
  }

  #refresh(): void {
    const next = new Map<string, RangeSet>();
    for (const [name, { answer }] of this.#entries) if (answer !== undefined) next.set(name, answer.ranges);
    const same = [...next].every(([name, ranges]) => {
      const before = this.#answers.get(name);
      return before !== undefined && sameRangeSet(before, ranges);
    });
    if (!same || next.size !== this.#answers.size) this.#answers = next;
  }
}

function endMs({ atMs, ttlSeconds }: NameAnswer): number {
  return atMs + keptSeconds(ttlSeconds) * 1000;
}

/** The answers of those that are not too old, as they are in force before the first question. */
export function answersOf(saved: readonly SavedAnswer[], nowMs: number): DnsAnswers {
  const good = saved.filter((one) => nowMs < endMs(one));
  return good.length === 0 ? noAnswers : new Map(good.map(({ name, ranges }) => [name, ranges]));
}

/** Twice as long after each failure, up to the interval of the name. */
function retryMs({ failureCount, wanted }: Entry, nowMs: number): number {
  const seconds = Math.min(retryFirstSeconds * 2 ** Math.min(failureCount, 16), wanted.queryIntervalSeconds);
  return nowMs + seconds * 1000;
}
