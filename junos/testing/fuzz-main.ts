// Fuzzing from the command line: `node junos/testing/fuzz-main.ts --runs 100000 --seed 1`. `--only RUN` repeats one run. Each
// finding is printed with the command that repeats it, and its input is kept in a file, whole and shrunk.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { checkInput } from "./fuzz-check.ts";
import { FuzzInputs } from "./fuzz-inputs.ts";
import type { FuzzFinding } from "./fuzz-worker.ts";
import { fuzz, shrinkFinding } from "./fuzz.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
    only: { type: "string" },
    out: { type: "string", default: ".merlon/fuzz" },
  },
});

/** Findings of one run, each kept in files, that are shown. */
const findingsMax = 10;
const runLimitMs = 2_000;
const hangMs = 20_000;

function numberOf(name: "runs" | "seed" | "threads" | "only"): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  process.stderr.write(`--${name} takes a whole number, not "${values[name]}"\n`);
  process.exit(2);
}

function tell(seed: number, finding: FuzzFinding): void {
  const input = new FuzzInputs(seed).at(finding.run);
  const file = path.join(values.out, `seed-${seed}-run-${finding.run}.${input.form}`);
  mkdirSync(values.out, { recursive: true });
  writeFileSync(file, input.text);
  const least = shrinkFinding(seed, finding);
  writeFileSync(`${file}.least`, least);
  const how = `${input.form}, ${input.action}${input.keepUnknown ? ", unknown statements kept" : ""}`;
  process.stdout.write(
    `\nrun ${finding.run} (${how}): ${finding.problem}\n  again: --seed ${seed} --only ${finding.run}\n`,
  );
  process.stdout.write(`  in ${file}, and in ${file}.least:\n${least.slice(0, 600)}\n`);
}

function repeat(run: number): readonly FuzzFinding[] {
  const problem = checkInput(new FuzzInputs(seed).at(run));
  return problem === undefined ? [] : [{ run, problem }];
}

const seed = numberOf("seed");
const started = performance.now();
const runs = values.only === undefined ? numberOf("runs") : 1;
const { findings, done } =
  values.only === undefined
    ? await fuzz({ seed, runs, threads: Math.max(1, numberOf("threads")), runLimitMs, hangMs, findingsMax })
    : { findings: repeat(numberOf("only")), done: 1 };
for (const finding of findings.slice(0, findingsMax)) tell(seed, finding);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(`${done} of ${runs} damaged texts of seed ${seed} in ${seconds} s: ${findings.length} findings\n`);
process.exitCode = findings.length === 0 && done === runs ? 0 : 1;
