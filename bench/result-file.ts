// The file of a suite's results: rows for programs, the values of every round for whoever doubts them, and the machine.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineFacts } from "./machine-facts.ts";
import { rounded, rowsOf } from "./measurement.ts";
import type { BenchRow, Measurement } from "./measurement.ts";

export interface ResultFile {
  /** The suite. */
  readonly name: string;
  /** The command that made it. */
  readonly command: string;
  readonly shape: string;
  readonly machine: MachineFacts;
  readonly rows: readonly BenchRow[];
  readonly measurements: readonly Measurement[];
}

export function resultText(result: Omit<ResultFile, "rows">): string {
  const rows = rowsOf(result.measurements);
  const measurements = result.measurements.map((one) => ({ ...one, values: one.values.map(rounded) }));
  const { name, command, shape, machine } = result;
  // One row on one line: a run is compared with another by reading the difference.
  const list = (items: readonly unknown[]): string => items.map((item) => `    ${JSON.stringify(item)}`).join(",\n");
  return [
    "{",
    `  "name": ${JSON.stringify(name)},`,
    `  "command": ${JSON.stringify(command)},`,
    `  "shape": ${JSON.stringify(shape)},`,
    `  "machine": ${JSON.stringify(machine)},`,
    '  "rows": [',
    list(rows),
    "  ],",
    '  "measurements": [',
    list(measurements),
    "  ]",
    "}",
    "",
  ].join("\n");
}

/** The path of what was written. */
export function writeResult(folder: string, file: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, file);
  writeFileSync(path, text);
  return path;
}
