// The log under rotation, a refusing disk and a flood.

import { mkdtemp, readdir, readFile, rm, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { LogFile } from "./log-file.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "merlon-log-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function unpacked(path: string): Promise<string> {
  return gunzipSync(await readFile(path)).toString();
}

function fail(error: unknown): never {
  throw error;
}

test("lines are kept in order, also over a restart", () =>
  inFolder(async (folder) => {
    const path = join(folder, "flow.log");
    {
      await using log = new LogFile(path, fail);
      for (let i = 0; i < 1000; i++) log.write(`line ${i}`);
    }
    {
      await using log = new LogFile(path, fail);
      log.write("after");
    }
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines).toHaveLength(1002);
    expect(lines[999]).toBe("line 999");
    expect(lines[1000]).toBe("after");
  }));

test("a full file is rotated and only so many are kept", () =>
  inFolder(async (folder) => {
    const path = join(folder, "flow.log");
    const limits = { fileSizeBytesMax: 100, rotatedCountMax: 2 };
    for (let i = 0; i < 10; i++) {
      await using log = new LogFile(path, fail, limits);
      log.write(`${i} ${"x".repeat(60)}`);
    }
    expect((await readdir(folder)).toSorted()).toEqual(["flow.log", "flow.log.0.gz", "flow.log.1.gz"]);
    expect(await readFile(path, "utf8")).toMatch(/^9 /);
    expect(await unpacked(`${path}.0.gz`)).toMatch(/^8 /);
    expect(await unpacked(`${path}.1.gz`)).toMatch(/^7 /);
  }));

test("a rotation that was broken off is finished by the next one", () =>
  inFolder(async (folder) => {
    const path = join(folder, "flow.log");
    await writeFile(`${path}.0`, "left\n");
    await writeFile(`${path}.0.gz.half`, "torn");
    await writeFile(path, "x".repeat(100));
    {
      await using log = new LogFile(path, fail, { fileSizeBytesMax: 100, rotatedCountMax: 3 });
      log.write("new");
    }
    expect((await readdir(folder)).toSorted()).toEqual(["flow.log", "flow.log.0.gz", "flow.log.1.gz"]);
    expect(await unpacked(`${path}.1.gz`)).toBe("left\n");
    expect(await unpacked(`${path}.0.gz`)).toBe("x".repeat(100));
  }));

test("lines beyond the queue are counted and the count is written", () =>
  inFolder(async (folder) => {
    const path = join(folder, "flow.log");
    {
      const failures: unknown[] = [];
      await using log = new LogFile(path, (error) => failures.push(error), { queueLinesMax: 3 });
      for (let i = 0; i < 10; i++) log.write(`line ${i}`);
      expect(log.lostCount).toBe(7);
      expect(failures).toEqual([new Error("more than 3 lines wait to be written")]);
    }
    expect(await readFile(path, "utf8")).toBe("# 7 lines were lost before this one\nline 0\nline 1\nline 2\n");
  }));

test("when the disk refuses, the gateway goes on, and later lines say how many were lost", () =>
  inFolder(async (folder) => {
    const path = join(folder, "later", "flow.log");
    const failures: unknown[] = [];
    const log = new LogFile(path, (error) => failures.push(error));
    log.write("lost 1");
    log.write("lost 2");
    await log[Symbol.asyncDispose]();
    expect(failures).toHaveLength(1);
    expect(log.lostCount).toBe(2);
    await mkdir(join(folder, "later"));
    log.write("kept");
    await log[Symbol.asyncDispose]();
    expect(log.lostCount).toBe(0);
    expect(await readFile(path, "utf8")).toBe("# 2 lines were lost before this one\nkept\n");
  }));
