// The fuzzer itself: it runs all it was asked to, ends a thread that hangs and goes on behind it, and what it finds can be
// found again and made small. A small sample of its runs is part of every test run; `.ci/run` does a hundred thousand.

import { describe, expect, test } from "vitest";
import { brokenPlace, checkInput } from "./fuzz-check.ts";
import { FuzzInputs } from "./fuzz-inputs.ts";
import { fuzz, shrinkFinding } from "./fuzz.ts";

const plan = { seed: 3, runs: 10, threads: 1, runLimitMs: 2_000, hangMs: 20_000, findingsMax: 10 };
const inputs = new FuzzInputs(3);

describe("damaged texts", () => {
  test("a sample of them breaks no law", () => {
    const problems = Array.from({ length: 250 }, (_, run) => checkInput(inputs.at(run))).filter(
      (it) => it !== undefined,
    );
    expect(problems).toEqual([]);
  });

  test("they are of all forms and actions, short on average, and the same for the same numbers", () => {
    const made = Array.from({ length: 400 }, (_, run) => inputs.at(run));
    expect(new Set(made.map(({ form }) => form))).toEqual(new Set(["text", "set", "patch", "xml", "json"]));
    expect(new Set(made.map(({ action }) => action)).size).toBe(6);
    expect(made.reduce((sum, { text }) => sum + text.length, 0) / made.length).toBeLessThan(6_000);
    for (const [run, { text }] of made.slice(0, 50).entries()) expect(inputs.at(run).text).toBe(text);
  });
});

describe("fuzz", () => {
  test("all runs are done, over all threads", async () => {
    expect(await fuzz(plan)).toEqual({ findings: [], done: 10 });
  });

  test("a run that takes longer than its limit is a finding, and enough of them end it", async () => {
    const { findings } = await fuzz({ ...plan, runs: 100_000, runLimitMs: -1, findingsMax: 4 });
    expect(findings.length).toBeGreaterThanOrEqual(4);
    for (const { problem } of findings) expect(problem).toMatch(/^slow: \d+ ms of CPU time$/);
  });

  test("a run that hangs is ended, and the others are done", async () => {
    const worker = new URL("./hanging-worker.fixture.ts", import.meta.url);
    const { findings, done } = await fuzz({ ...plan, runs: 12, threads: 3, hangMs: 300, worker });
    expect(findings).toEqual([
      { run: 5, problem: "hang: no end after 300 ms" },
      { run: 8, problem: "law: run 8" },
    ]);
    expect(done).toBe(12);
  });

  test("a hang is not shrunk, because every try would hang", () => {
    const { text } = inputs.at(1);
    expect(shrinkFinding(3, { run: 1, problem: "hang: no end" })).toBe(text);
  });
});

describe("places", () => {
  const at = (line: number, column: number, endLine: number, endColumn: number, source = "fuzz") =>
    brokenPlace(
      [{ code: "c", severity: "error", path: [], message: "m", span: { source, line, column, endLine, endColumn } }],
      "ab\ncd",
    );

  test.each<[name: string, found: string | undefined, good: boolean]>([
    ["the first character", at(1, 1, 1, 2), true],
    ["behind the last character of a line", at(1, 3, 1, 4), true],
    ["both lines", at(1, 1, 2, 3), true],
    ["two behind the last character", at(1, 4, 1, 4), false],
    ["a line too many", at(3, 1, 3, 1), false],
    ["line 0", at(0, 1, 1, 1), false],
    ["column 0", at(1, 0, 1, 1), false],
    ["the end before the start", at(2, 2, 2, 1), false],
    ["another text", at(1, 1, 1, 1, "again"), false],
    ["no place", brokenPlace([{ code: "c", severity: "error", path: [], message: "m" }], "a"), false],
    ["no place for a warning", brokenPlace([{ code: "c", severity: "warning", path: [], message: "m" }], "a"), true],
    [
      "no place for the last word",
      brokenPlace([{ code: "load.too-many", severity: "error", path: [], message: "m" }], "a"),
      true,
    ],
  ])("%s", (_, found, good) => {
    expect(found === undefined).toBe(good);
  });
});
