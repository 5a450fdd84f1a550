// Folders for the state: made with those above them, and refused at once where none can be.

import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-folder-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test.each([["a"], ["a/b"], ["a/b/c"], ["."]])("%s", async (name) => {
  const path = join(folder, name);
  await makeFolder(path);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
  if (name !== ".") expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test.each([["/proc/merlon-state"], ["/proc/merlon/state"]])("%s is refused at once", async (path) => {
  await expect(makeFolder(path)).rejects.toThrow(/ENOENT|EACCES|EPERM/);
});

test("a file in the way is an error that names it", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(makeFolder(join(folder, "file"))).rejects.toThrow(/EEXIST.*file/);
  await expect(makeFolder(join(folder, "file", "below"))).rejects.toThrow(/ENOTDIR.*below/);
});
