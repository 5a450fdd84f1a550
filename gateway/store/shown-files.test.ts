// Which files of a state directory may be looked at, and that no name leads to another.

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checksumShownFile, findShownFile, listShownFiles, readShownFile } from "./shown-files.ts";

let folder: string;
let folders: { readonly logsFolder: string; readonly filesFolder: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-shown-"));
  folders = { logsFolder: folder, filesFolder: join(folder, "files") };
  await mkdir(folders.filesFolder);
  await mkdir(join(folders.filesFolder, "sub"));
  const texts: Readonly<Record<string, string>> = {
    "flow.log": "one\ntwo\n", "flow.log.1": "older\n", "audit.log": "who\n", "candidate.log": "secret\n", "active.json": "{}",
    "files/saved.conf": "äöü\n", "files/half.new": "x", "ssh_key": "key",
  }; // prettier-ignore
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, "log"));
  await writeFile(join(folder, "log/interactive"), "typed\n");
  await writeFile(join(folder, "log/interactive.0.gz"), gzipSync("typed before\n"));
  await writeFile(join(folder, "log/broken.0.gz"), "no gzip");
  await symlink(join(folder, "ssh_key"), join(folders.filesFolder, "link"));
});
afterAll(() => rm(folder, { recursive: true }));

async function textOf(name: string): Promise<string | undefined> {
  const file = await findShownFile(folders, name);
  return file === undefined ? undefined : (await Array.fromAsync(readShownFile(file))).join("");
}

test("logs and saved files are listed, and nothing else", async () => {
  const list = await listShownFiles(folders);
  expect(list.map(({ kind, name, sizeBytes }) => `${kind} ${name} ${sizeBytes}`)).toEqual([
    "log audit.log 4",
    "log flow.log 8",
    "log flow.log.1 6",
    "log broken.0.gz 7",
    "log interactive 6",
    "log interactive.0.gz 33",
    "file saved.conf 7",
  ]);
});

test.each([
  ["flow.log", "one\ntwo\n"],
  ["/var/log/flow.log.1", "older\n"],
  ["messages", "who\n"],
  ["saved.conf", "äöü\n"],
  ["/var/home/ana/saved.conf", "äöü\n"],
  ["~/saved.conf", "äöü\n"],
  ["/var/log/interactive", "typed\n"],
  ["interactive.0.gz", "typed before\n"],
  ["log/interactive", undefined],
  [".", undefined],
  ["..", undefined],
  ["candidate.log", undefined],
  ["active.json", undefined],
  ["ssh_key", undefined],
  ["link", undefined],
  ["sub", undefined],
  ["half.new", undefined],
  ["../ssh_key", undefined],
  ["/var/log/../ssh_key", undefined],
  ["files/saved.conf", undefined],
  ["/etc/passwd", undefined],
  ["", undefined],
  ["saved.conf\0", undefined],
  ["constructor", undefined],
])("%j", async (name, expected) => {
  expect(await textOf(name)).toBe(expected);
});

describe("reading", () => {
  const flow = { name: "flow.log", path: "" };
  beforeAll(() => {
    flow.path = join(folder, "flow.log");
  });

  test("begins where it is asked to", async () => {
    expect((await Array.fromAsync(readShownFile(flow, { fromByte: 4 }))).join("")).toBe("two\n");
  });

  test("ends when nobody reads any more", async () => {
    const pieces = await Array.fromAsync(readShownFile(flow, { signal: AbortSignal.abort() }));
    expect(pieces).toEqual([]);
  });

  test("a character is whole even where two pieces meet in it", async () => {
    const text = `${"x".repeat(64 * 1024 - 1)}ü\n`;
    await writeFile(join(folders.filesFolder, "long"), text);
    expect(await textOf("long")).toBe(text);
  });

  test("a rotated log that is damaged is a failure, not half a text", async () => {
    await expect(textOf("broken.0.gz")).rejects.toThrow("incorrect header check");
  });

  test("a checksum is that of the bytes", async () => {
    expect(await checksumShownFile(flow, "md5")).toBe("2094b601daac3d68f5aed51d3c20f7cd");
  });
});

test("a state directory without saved files has none", async () => {
  expect(
    (await listShownFiles({ ...folders, filesFolder: join(folder, "none") })).filter(({ kind }) => kind === "file"),
  ).toEqual([]);
});
