// Cuts a line of values (addresses, ports) into classes: values that lie in exactly the same sets are of one class, and
// nothing that is asked about the sets can tell them apart. Everything that a lookup compares are numbers of classes.

export interface Ends<T> {
  readonly first: T;
  readonly last: T;
}

/** A stretch of values of one class. */
export interface ClassInterval<T> extends Ends<T> {
  readonly class: number;
}

export interface Classes<T> {
  /** Sorted, disjoint; neighbours differ in class. Values of no set stand in none. */
  readonly intervals: readonly ClassInterval<T>[];
  /** The classes that each set consists of, by its index. */
  readonly classesOf: readonly (readonly number[])[];
  readonly count: number;
}

/**
 * Classes are numbered from `firstClass` on, in the order of their lowest values. Each set is a list of ranges in normal
 * form (sorted, disjoint). `after` gives the next value; it is never asked for what follows the last one of all.
 */
export function sweep<T extends number | bigint>(
  sets: readonly (readonly Ends<T>[])[],
  after: (value: T) => T,
  firstClass: number,
): Classes<T> {
  const bounds = boundsOf(sets, after);
  const active = new Set<number>();
  const classes = new ClassNumbers(sets.length, firstClass);
  const intervals: { first: T; last: T; class: number }[] = [];
  let hash = 0;
  for (let index = 0; index < bounds.length;) {
    const { at } = bounds[index] as Bound<T>;
    const open = active.size === 0 ? undefined : intervals.at(-1);
    if (open !== undefined) open.last = before(at);
    for (; index < bounds.length && bounds[index]?.at === at; index++) {
      const { set } = bounds[index] as Bound<T>;
      if (!active.delete(set)) active.add(set);
      hash ^= mixed(set);
    }
    if (active.size === 0) continue;
    const number = classes.of(active, hash);
    // A set that ends where its own next range begins would cut a class in two; ranges in normal form never do.
    intervals.push({ first: at, last: at, class: number });
  }
  return { intervals: joined(intervals, after), classesOf: classes.classesOf, count: classes.count };
}

interface Bound<T> {
  readonly at: T;
  readonly set: number;
}

/** Where sets begin and where they are over. A range up to the end of the line is closed by the caller's last value. */
function boundsOf<T extends number | bigint>(
  sets: readonly (readonly Ends<T>[])[],
  after: (value: T) => T,
): readonly Bound<T>[] {
  const bounds: Bound<T>[] = [];
  for (const [set, ranges] of sets.entries()) {
    for (const { first, last } of ranges) bounds.push({ at: first, set }, { at: after(last), set });
  }
  return bounds.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function before<T extends number | bigint>(value: T): T {
  return (typeof value === "bigint" ? value - 1n : value - 1) as T;
}

function joined<T extends number | bigint>(
  intervals: readonly ClassInterval<T>[],
  after: (value: T) => T,
): readonly ClassInterval<T>[] {
  const result: { first: T; last: T; class: number }[] = [];
  for (const interval of intervals) {
    const previous = result.at(-1);
    if (previous?.class === interval.class && after(previous.last) === interval.first) previous.last = interval.last;
    else result.push({ ...interval });
  }
  return result;
}

/** Spreads small numbers over 32 bits, so that the exclusive or of a few of them hardly ever repeats. */
function mixed(value: number): number {
  let bits = Math.imul(value + 1, 0x9e37_79b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}

/** Gives equal sets of indexes equal numbers. The hash only narrows the search; the members decide. */
class ClassNumbers {
  readonly classesOf: number[][];
  readonly #firstClass: number;
  readonly #known = new Map<number, { readonly members: readonly number[]; readonly class: number }[]>();
  count = 0;

  constructor(setCount: number, firstClass: number) {
    this.classesOf = Array.from({ length: setCount }, () => []);
    this.#firstClass = firstClass;
  }

  of(active: ReadonlySet<number>, hash: number): number {
    const candidates = this.#known.get(hash) ?? [];
    const found = candidates.find(
      ({ members }) => members.length === active.size && members.every((set) => active.has(set)),
    );
    if (found !== undefined) return found.class;
    const made = { members: [...active], class: this.#firstClass + this.count };
    this.count += 1;
    candidates.push(made);
    this.#known.set(hash, candidates);
    for (const set of made.members) this.classesOf[set]?.push(made.class);
    return made.class;
  }
}
