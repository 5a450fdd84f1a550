// Rows of one shape stand in one map, as long as no step between them is about the same addresses: then it makes no
// difference which is asked first. Where single addresses and networks may meet, they stand in one map of ranges, whose
// pieces belong to the earliest row.

import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { Row, Shape, Step } from "./nat-steps.ts";

type Rows = Extract<Step, { kind: "rows" }>;

export function mergedSteps(steps: readonly Step[]): readonly Step[] {
  const merged: (Group | Step)[] = [];
  for (const step of steps) {
    if (step.kind === "rule") merged.push(step);
    else {
      const found = groupFor(merged, step);
      if (found === undefined) merged.push(new Group(step));
      else found.add(step);
    }
  }
  return merged.map((item) => (item instanceof Group ? item.step : item));
}

/** The latest map that the step may join. */
function groupFor(merged: readonly (Group | Step)[], step: Rows): Group | undefined {
  for (let at = merged.length - 1; at >= 0; at--) {
    const item = merged[at];
    if (!(item instanceof Group)) return undefined;
    if (item.shape === step.shape) return item;
    if (item.meets(step.rows)) return item.shape !== "port" && step.shape !== "port" ? item : undefined;
  }
  return undefined;
}

/** Pairs of addresses and ranges that are compared one by one at most; of more nobody asks. */
const comparedMax = 65_536;

class Group {
  #shape: Shape;
  readonly #rows: Row[] = [];
  readonly #singles = new Set<number | bigint>();
  readonly #wide: IpRange[] = [];

  constructor(step: Rows) {
    this.#shape = step.shape;
    this.add(step);
  }

  get shape(): Shape {
    return this.#shape;
  }

  get step(): Rows {
    return { kind: "rows", shape: this.#shape, rows: this.#rows };
  }

  add({ shape, rows }: Rows): void {
    if (shape !== this.#shape) this.#shape = "range";
    for (const row of rows) {
      this.#rows.push(row);
      if (row.from.first !== row.from.last) this.#wide.push(row.from);
      else this.#singles.add(row.from.first);
    }
  }

  /** Whether an address of the rows is among these; yes where it would take long to know. */
  meets(rows: readonly Row[]): boolean {
    const singles = new Set<number | bigint>();
    const wide: IpRange[] = [];
    for (const { from } of rows) {
      if (from.first === from.last) singles.add(from.first);
      else wide.push(from);
    }
    const pairCount = (singles.size + wide.length) * this.#wide.length + wide.length * this.#singles.size;
    if (pairCount > comparedMax) return true;
    if ([...singles].some((one) => this.#singles.has(one))) return true;
    const within = (range: IpRange, one: number | bigint) => range.first <= one && one <= range.last;
    return (
      this.#wide.some((range) => [...singles].some((one) => within(range, one))) ||
      wide.some(
        (range) =>
          [...this.#singles].some((one) => within(range, one)) ||
          this.#wide.some((other) => other.first <= range.last && other.last >= range.first),
      )
    );
  }
}
