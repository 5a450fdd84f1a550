// Files of operators: what is written is read, nothing leads out of the folder, and nothing grows without bound.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileArea, fileSizeBytesMax } from "./file-area.ts";

let root: string;
let folder: string;
let area: FileArea;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "merlon-files-"));
  folder = join(root, "files");
  area = new FileArea(folder);
});

afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

async function* pieces(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

test("what is written is read, and only its owner may", async () => {
  await area.write("a.conf", pieces("one\n", "twö\n"));
  await area.write("a.conf", pieces("three\n"));
  expect(await area.read("a.conf")).toBe("three\n");
  expect(((await stat(join(folder, "a.conf"))).mode & 0o777).toString(8)).toBe("600");
});

test("the places of the original are this folder", async () => {
  await area.write("/var/tmp/b.conf", pieces("b"));
  expect(await area.read("/var/home/ana/b.conf")).toBe("b");
  expect(await readdir(folder)).toEqual(["b.conf"]);
});

test.each([
  "",
  ".",
  "..",
  "../x",
  "/etc/passwd",
  "a/b",
  ".x",
  "x\u0000",
  "-rf",
  "x.new",
  "x y",
  "/var/tmp/../x",
  "a".repeat(200),
])("%j is no name", async (name) => {
  await expect(area.write(name, pieces("x"))).rejects.toThrow("is no name of a file here");
  await expect(area.read(name)).rejects.toThrow("is no name of a file here");
});

test("a link is followed neither for reading nor for writing", async () => {
  const secret = join(root, "secret");
  await writeFile(secret, "secret");
  await mkdir(folder);
  await symlink(secret, join(folder, "link"));
  await symlink(secret, join(folder, "other.new"));
  await expect(area.read("link")).rejects.toThrow("no plain file");
  await area.write("link", pieces("mine"));
  await expect(area.write("other", pieces("mine"))).rejects.toThrow();
  expect(await readFile(secret, "utf8")).toBe("secret");
});

test("a text that is too long, or breaks off, leaves what was there", async () => {
  await area.write("a", pieces("old"));
  const large = "x".repeat(8 * 1024 * 1024);
  await expect(area.write("a", pieces(...Array.from({ length: 9 }, () => large)))).rejects.toThrow("would be larger");
  async function* failing(): AsyncGenerator<string> {
    yield "new";
    throw new Error("the answer broke off");
  }
  await expect(area.write("a", failing())).rejects.toThrow("broke off");
  expect(await area.read("a")).toBe("old");
  expect(await readdir(folder)).toEqual(["a"]);
  await truncate(join(folder, "a"), fileSizeBytesMax + 1);
  await expect(area.read("a")).rejects.toThrow("is larger than");
});

test("what is appended stands behind what was there, as a whole or not at all", async () => {
  await area.write("a", pieces("one\n"), "append");
  await area.write("a", pieces("two\n", "three\n"), "append");
  expect(await area.read("a")).toBe("one\ntwo\nthree\n");
  await writeFile(join(folder, "a"), Buffer.from([0xff, 0x0a]));
  await area.write("a", pieces("x"), "append");
  expect([...(await readFile(join(folder, "a")))]).toEqual([0xff, 0x0a, 0x78]);
  await truncate(join(folder, "a"), fileSizeBytesMax - 1);
  await expect(area.write("a", pieces("xy"), "append")).rejects.toThrow("would be larger");
  expect((await stat(join(folder, "a"))).size).toBe(fileSizeBytesMax - 1);
  await truncate(join(folder, "a"), fileSizeBytesMax + 1);
  await expect(area.write("a", pieces("x"), "append")).rejects.toThrow("is larger than");
  const secret = join(root, "secret");
  await writeFile(secret, "secret");
  await symlink(secret, join(folder, "link"));
  await expect(area.write("link", pieces("x"), "append")).rejects.toThrow("no plain file");
  expect(await readdir(folder)).toEqual(["a", "link"]);
});

test("a file that is not there", async () => {
  await expect(area.read("none")).rejects.toThrow("there is no file none");
});
