// A writer killed at a random instant leaves the old content or the new one, never a part.

import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { readIfThere, removeDurably, removeLeftovers, writeDurably, WriteFailure } from "./durable-file.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "merlon-durable-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("content is replaced as a whole and absence is no error", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x");
    expect(await readIfThere(path)).toBeUndefined();
    await writeDurably(path, "one");
    await writeDurably(path, "two");
    expect(await readIfThere(path)).toBe("two");
    await removeDurably(path);
    await removeDurably(path);
    expect(await readIfThere(path)).toBeUndefined();
  }));

test("a write that fails keeps the old content and leaves nothing beside it", () =>
  inFolder(async (folder) => {
    await writeDurably(join(folder, "x"), "old");
    await expect(writeDurably(join(folder, "missing", "x"), "new")).rejects.toThrow(
      /missing\/x cannot be written: ENOENT/,
    );
    await expect(writeDurably(folder, "new")).rejects.toThrow(WriteFailure);
    expect(await readFile(join(folder, "x"), "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["x"]);
  }));

test("killed at a random instant, 20 times over", { timeout: 30_000 }, () =>
  inFolder(async (folder) => {
    const path = join(folder, "state.json");
    const script = `
      import { writeDurably } from ${JSON.stringify(join(import.meta.dirname, "durable-file.ts"))};
      for (let i = 0; ; i++) {
        await writeDurably(${JSON.stringify(path)}, JSON.stringify({ i, fill: "x".repeat(200_000), end: i }));
        if (i === 0) process.stdout.write("started");
      }`;
    for (let round = 0; round < 20; round++) {
      const writer = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => writer.stdout.once("data", resolve));
      await sleep(Math.random() * 15);
      const ended = new Promise((resolve) => writer.once("exit", resolve));
      writer.kill("SIGKILL");
      await ended;
      const content = JSON.parse(await readFile(path, "utf8")) as { i: number; end: number; fill: string };
      expect(content.end).toBe(content.i);
      expect(content.fill).toHaveLength(200_000);
    }
    await removeLeftovers(folder);
    expect(await readdir(folder)).toEqual(["state.json"]);
  }),
);
