// Until when was recorded, as the next process finds it.

import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RecordingMark } from "./recording-mark.ts";

const atMs = Date.UTC(2026, 10, 23, 1, 2, 3, 456);
let folder: string;
let path: string;
let mark: RecordingMark;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-mark-"));
  path = join(folder, "recorded");
  mark = new RecordingMark(path);
});
afterEach(() => rm(folder, { recursive: true }));

const found = () => new RecordingMark(path).read();

test("before the first start there is none", async () => {
  expect(await found()).toBeUndefined();
});

test("its time moves on while it is recording, and stays when it is stopped", async () => {
  await mark.write("recording", atMs);
  expect(await found()).toEqual({ atMs, stopped: false });
  await mark.moveOn(atMs + 2_000);
  expect(await found()).toEqual({ atMs: atMs + 2_000, stopped: false });
  await mark.write("stopped", atMs + 3_000);
  expect(await found()).toEqual({ atMs: atMs + 3_000, stopped: true });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a deleted file comes back, and one that was half written is that of a killed process", async () => {
  await mark.write("recording", atMs);
  await rm(path);
  await mark.moveOn(atMs + 1_000);
  expect(await found()).toEqual({ atMs: atMs + 1_000, stopped: false });
  await writeFile(path, "");
  expect(await found()).toMatchObject({ stopped: false });
});

test("a folder that is gone is an error", async () => {
  await expect(new RecordingMark(join(folder, "no", "mark")).write("recording", atMs)).rejects.toThrow(/ENOENT/);
});
