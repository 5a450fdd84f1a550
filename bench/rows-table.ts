// Rows as a table of text: one line for each subject and number of policies, a column of ratios for each peer.

import type { BenchRow } from "./measurement.ts";

export function rowsTable(rows: readonly BenchRow[]): string {
  const peers = [...new Set(rows.flatMap(({ ratioTo }) => ratioTo ?? []))];
  const lines = new Map<string, BenchRow[]>();
  for (const row of rows) {
    const key = `${row.subject} ${row.policies}`;
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  const header = ["", "policies", "Merlon", "", ...peers.map((peer) => `× ${peer}`)];
  const cells = [...lines.values()].flatMap((found) => {
    const [first] = found;
    if (first === undefined) return [];
    const ratios = peers.map((peer) => ratioText(found.find(({ ratioTo }) => ratioTo === peer)?.ratio));
    return [[first.subject, grouped(first.policies), valueText(first.value), first.unit, ...ratios]];
  });
  return alignedLines([header, ...cells], [0, 3]).join("\n");
}

/** Columns apart by two spaces; numbers stand right, the columns of words left. */
function alignedLines(table: readonly (readonly string[])[], leftColumns: readonly number[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table.map((line) =>
    line
      .map((cell, column) =>
        leftColumns.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

export function valueText(value: number): string {
  return value >= 1_000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function ratioText(ratio: number | undefined): string {
  if (ratio === undefined) return "";
  return ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2);
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}
