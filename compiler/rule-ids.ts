// Which number each policy has in the kernel. A number stands in connection marks and counters, so it must stay with its
// policy across commits and must not be given to another one while sessions may still carry it: numbers are handed out
// upwards, and only when all are used up, those that have been free for the longest are used again.
// The table is part of every recorded revision.

import { firstPolicyRuleId, ruleIdMax } from "./ir.ts";
import type { PolicyName, RuleId } from "./ir.ts";

/** Plain data that survives JSON. */
export interface RuleIdTable {
  /** The lowest number that was never given out; above `ruleIdMax` when there is none. */
  readonly next: number;
  /** The number of each rule, by `ruleKey`. */
  readonly ids: Readonly<Record<string, number>>;
  /** Numbers given out once and free again, as runs of `[first, last]`, those free for the longest first. */
  readonly freed: readonly (readonly [number, number])[];
}

export const noRuleIds: RuleIdTable = { next: firstPolicyRuleId, ids: {}, freed: [] };

/** What a rule's number is tied to. Names hold no spaces, so the parts cannot run into each other. */
export function ruleKey(fromZone: string, toZone: string, policy: PolicyName): string {
  return `${fromZone} ${toZone} ${policy.scope} ${policy.name}`;
}

/**
 * A table in which exactly `keys` have numbers: the ones they have in `previous`, or fresh ones. Throws when there are
 * more keys than numbers, which the compiler's own limit on rules prevents.
 */
export function allocateRuleIds(
  previous: RuleIdTable,
  keys: Iterable<string>,
  lastId: number = ruleIdMax,
): RuleIdTable {
  const wanted = new Set(keys);
  const ids: Record<string, number> = {};
  const gone: number[] = [];
  for (const [key, id] of Object.entries(previous.ids)) {
    if (wanted.has(key)) ids[key] = id;
    else gone.push(id);
  }
  let next = previous.next;
  const freed = previous.freed.map(([first, last]): [number, number] => [first, last]);
  let oldest = 0;
  for (const key of wanted) {
    if (ids[key] !== undefined) continue;
    if (next <= lastId) {
      ids[key] = next++;
      continue;
    }
    const run = freed[oldest];
    if (run === undefined) throw new Error(`there are more than ${lastId - firstPolicyRuleId + 1} rules`);
    ids[key] = run[0]++;
    if (run[0] > run[1]) oldest++;
  }
  // Numbers freed by this very change come last, and never serve within it: their sessions are still alive.
  for (const id of gone.toSorted((a, b) => a - b)) {
    const run = freed.length > oldest ? freed.at(-1) : undefined;
    if (run !== undefined && run[1] === id - 1) run[1] = id;
    else freed.push([id, id]);
  }
  return { next, ids, freed: freed.slice(oldest) };
}

/** The number of a rule that the table was made for. */
export function ruleIdOf(table: RuleIdTable, key: string): RuleId {
  const id = table.ids[key];
  if (id === undefined) throw new Error(`no rule id was allocated for ${key}`);
  return id as RuleId;
}

/** The table in recorded JSON, or undefined when the data is none: wrong shape, a number out of range or given twice. */
export function parseRuleIdTable(data: unknown): RuleIdTable | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { next, ids, freed } = data as { next?: unknown; ids?: unknown; freed?: unknown };
  if (!isId(next, ruleIdMax + 1) || typeof ids !== "object" || ids === null || !Array.isArray(freed)) return undefined;
  const used = new Set<number>();
  for (const id of Object.values(ids)) {
    if (!isId(id, next - 1) || used.has(id)) return undefined;
    used.add(id);
  }
  const runs: [number, number][] = [];
  for (const run of freed as readonly unknown[]) {
    if (!Array.isArray(run) || run.length !== 2) return undefined;
    const [first, last] = run as [unknown, unknown];
    if (!isId(first, next - 1) || !isId(last, next - 1) || first > last) return undefined;
    runs.push([first, last]);
  }
  const sorted = runs.toSorted((a, b) => a[0] - b[0]);
  if (sorted.some(([first], index) => first <= (sorted[index - 1]?.[1] ?? 0))) return undefined;
  if ([...used].some((id) => runs.some(([first, last]) => id >= first && id <= last))) return undefined;
  return { next, ids: ids as Record<string, number>, freed: runs };
}

function isId(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= firstPolicyRuleId && (value as number) <= max;
}
