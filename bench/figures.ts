// How a measurement shows what it found: as a table; as JSON with `--json`, to be kept; beside an earlier run with
// `--before FILE` (what `--json` printed), where whatever takes more than half as long or as much again fails the script.
// Compare runs of one machine alone, and on a quiet one.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export type Row = Readonly<Record<string, number | string>>;

/** A step this short says nothing (ms, MB). */
const noise = 50;
const worseFactor = 1.5;

export interface Options {
  /** Sizes named on the command line; the given ones when there are none. */
  readonly counts: readonly number[];
  readonly show: (rows: readonly Row[]) => void;
}

export function readOptions(counts: readonly number[]): Options {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean" }, before: { type: "string" } },
    allowPositionals: true,
  });
  const show = (rows: readonly Row[]): void => {
    if (values.json === true) console.log(JSON.stringify(rows, undefined, 1));
    else if (values.before === undefined) console.table(rows);
    else {
      const compared = compareRows(JSON.parse(readFileSync(values.before, "utf8")) as readonly Row[], rows);
      console.table(compared);
      if (compared.some(({ worse }) => worse === "worse")) process.exitCode = 1;
    }
  };
  return { counts: positionals.length === 0 ? counts : positionals.map(Number), show };
}

/** A row for each figure of each size, the first figure of a row being its size. */
export function compareRows(before: readonly Row[], after: readonly Row[]): readonly Row[] {
  return after.flatMap((row) => {
    const [head, ...figures] = Object.entries(row);
    if (head === undefined) return [];
    const [name, size] = head;
    const old = before.find((one) => one[name] === size);
    return figures.map(([figure, now]) => compareFigure({ [name]: size, figure }, old?.[figure], now));
  });
}

function compareFigure(head: Row, before: number | string | undefined, after: number | string): Row {
  if (typeof before !== "number" || typeof after !== "number") return { ...head, before: before ?? "", after };
  const isWorse = after > before * worseFactor && after - before > noise;
  return { ...head, before, after, ratio: Number((after / before).toFixed(2)), worse: isWorse ? "worse" : "" };
}
