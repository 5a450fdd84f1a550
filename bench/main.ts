// `npm run bench`: measures, prints tables and writes result files. Needs namespaces of its own (tools/setup/enclose.sh).

import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { findGuestKernel } from "@merlon/lab/guest/guest-kernel.ts";
import { LoadThread } from "./load-thread.ts";
import { lookupChart } from "./lookup-chart.ts";
import { loadAverageNow, machineFacts } from "./machine-facts.ts";
import { rowsOf } from "./measurement.ts";
import { UsageMistake, help, readOptions } from "./options.ts";
import type { Options } from "./options.ts";
import { resultText, writeResult } from "./result-file.ts";
import { rowsTable } from "./rows-table.ts";
import { runSuite } from "./run-suite.ts";

const root = dirname(import.meta.dirname);
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === undefined) process.stdout.write(help);
    else await bench(options, ["npm run bench --", ...args].join(" "));
    return 0;
  } catch (error) {
    if (!(error instanceof UsageMistake)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function bench(options: Options, command: string): Promise<void> {
  if (process.env["MERLON_ENCLOSED"] !== "1")
    throw new Error("run it with npm run bench, or by tools/setup/enclose.sh");
  const startMs = performance.now();
  const say = (line: string): void => {
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
    process.stderr.write(`${seconds.padStart(5)} s  ${line}\n`);
  };
  if (availableParallelism() < 2) say("there is one core only: figures of session events will be too low");
  await using thread = new LoadThread();
  for (const { suite, family } of options.parts) {
    const name = family === 4 ? suite : `${suite}-ipv6`;
    const startedAt = new Date();
    const loadAverage = loadAverageNow();
    const measurements = await runSuite({ suite, family }, options, thread, say);
    if (measurements.length === 0) {
      say(`${name}: nothing was measured, and nothing is written`);
      continue;
    }
    const facts = machineFacts(root, startedAt, loadAverage);
    const guestKernel = suite === "fast-path" ? findGuestKernel(root)?.release : undefined;
    const machine = guestKernel === undefined ? facts : { ...facts, guestKernel };
    const rows = rowsOf(measurements);
    process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : `\n${name}\n${rowsTable(rows)}\n\n`);
    const text = resultText({ name, command, shape: options.shape, machine, measurements });
    say(`written: ${writeResult(options.output, `${name}.json`, text)}`);
    if (suite === "lookup") say(`written: ${writeResult(options.output, `${name}.svg`, lookupChart(measurements))}`);
    const disturbed = measurements.reduce((sum, one) => sum + (one.disturbedRounds ?? 0), 0);
    const all = measurements.reduce((sum, one) => sum + one.values.length, 0);
    if (disturbed > 0)
      say(`others used the core in ${disturbed} of ${all} values: the spread is larger than it could be`);
  }
}
