// The log of uncommitted changes against restarts, killed writers and growth.

import { appendFile, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CandidateChange } from "../candidate/candidate-change.ts";
import { CandidateLog, changesMax, changesSizeMax } from "./candidate-log.ts";

let folder: string;
let path: string;
let errors: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-log-"));
  path = join(folder, "candidate.log");
  errors = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const open = (): CandidateLog => new CandidateLog(path, (error) => errors.push(error));
const edit = (line: string): CandidateChange => ({ kind: "edit", line });
const never = (): string => {
  throw new Error("the whole configuration was not needed");
};

async function kept(): Promise<string[]> {
  return (await open().read()).map((change) =>
    change.kind === "edit" ? change.line : `${change.action} ${change.text}`,
  );
}

test("nothing is written before there is something", async () => {
  const log = open();
  expect(await log.read()).toEqual([]);
  await log.flush();
  log.drop(log.mark);
  await log.flush();
  expect(await readdir(folder)).toEqual([]);
});

test("changes of every kind are read back in order, and added to by the next process", async () => {
  const log = open();
  const changes: CandidateChange[] = [
    { kind: "edit", line: 'set system host-name "a b"', at: ["security", "zones"] },
    { kind: "load", action: "merge", text: "system {\n}\n", source: "x.conf" },
  ];
  for (const change of changes) log.append(change, never);
  await log.flush();
  const next = open();
  expect(await next.read()).toEqual(changes);
  next.append(edit("three"), never);
  await next.flush();
  expect((await kept()).at(-1)).toBe("three");
  expect(await kept()).toHaveLength(3);
});

test("an edit is written behind, within about a second", async () => {
  const log = open();
  log.append(edit("one"), never);
  expect(await kept()).toEqual([]);
  for (let i = 0; i < 40 && (await kept()).length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await kept()).toEqual(["one"]);
});

test("a mark separates what was committed from what was edited since", async () => {
  const log = open();
  log.append(edit("one"), never);
  const { mark } = log;
  log.append(edit("two"), never);
  log.drop(mark);
  log.drop(mark);
  await log.flush();
  expect(await kept()).toEqual(["two"]);
  log.drop(log.mark);
  await log.flush();
  expect(await readdir(folder)).toEqual([]);
});

test("an override makes all before it superfluous, also for a mark set before", async () => {
  const log = open();
  log.append(edit("one"), never);
  const { mark } = log;
  log.append({ kind: "load", action: "override", text: "all", source: "x" }, never);
  log.drop(mark);
  log.append(edit("two"), never);
  await log.flush();
  expect(await kept()).toEqual(["override all", "two"]);
});

test.each([
  ["too many changes", changesMax + 1, "x"],
  ["too much text", 40, "x".repeat(changesSizeMax / 32)],
])("%s become one", async (_, count, text) => {
  const log = open();
  let wholeCount = 0;
  for (let i = 0; i < count; i++) {
    log.append(edit(`${text}${i}`), () => {
      wholeCount++;
      return "whole";
    });
  }
  expect(wholeCount).toBe(1);
  await log.flush();
  expect((await kept())[0]).toBe("override whole");
  expect((await stat(path)).size).toBeLessThan(changesSizeMax);
});

test("a line that was cut short, or is none, is left out and the rest is repaired", async () => {
  const log = open();
  log.append(edit("one"), never);
  await log.flush();
  await appendFile(path, 'nonsense\n{"kind":"edit"}\n{"kind":"edit","line":"tw');
  const next = open();
  expect(await next.read()).toEqual([edit("one")]);
  next.append(edit("three"), never);
  await next.flush();
  expect(await kept()).toEqual(["one", "three"]);
  expect(await readFile(path, "utf8")).not.toContain("nonsense");
});

test("a write that fails is told, and nothing is missing afterwards", async () => {
  const log = open();
  log.append(edit("one"), never);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  await log.flush();
  expect(errors).toHaveLength(1);
  folder = await mkdtemp(join(tmpdir(), "merlon-log-"));
  path = join(folder, "candidate.log");
  const again = open();
  again.append(edit("one"), never);
  await again.flush();
  expect(await kept()).toEqual(["one"]);
});
