// One set-up at a time: waiting, stale locks of killed owners, numbers of processes given away again, and a crowd.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withLock } from "./lock.mjs";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "merlon-lock-"));
  path = join(folder, "deep/er/setup.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

const quick = { timeoutMs: 5_000 };

describe("withLock", () => {
  test("holds the file while the work runs, and leaves nothing", async () => {
    const answer = await withLock(path, quick, async () => {
      expect(readFileSync(path, "utf8")).toMatch(new RegExp(`^${process.pid} \\d+$`));
      return 7;
    });
    expect(answer).toBe(7);
    expect(readdirSync(join(folder, "deep/er"))).toEqual([]);
  });

  test("lets go when the work throws", async () => {
    await expect(withLock(path, quick, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ["a process that is gone", "4194304 1"],
    ["a number that was given to another process", `${process.pid} 1`],
    ["nonsense", "not a lock"],
    ["nothing", ""],
  ])("takes over from %s", async (_, text) => {
    await withLock(path, quick, async () => {});
    writeFileSync(path, text);
    let ran = false;
    await withLock(path, quick, async () => {
      ran = true;
    });
    expect(ran).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  test("gives up after its time and names the owner", async () => {
    const start = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ")[19] ?? "";
    await withLock(path, quick, async () => {});
    writeFileSync(path, `${process.pid} ${start}`);
    const waited: string[] = [];
    const attempt = withLock(path, { timeoutMs: 250, onWait: (owner) => waited.push(owner) }, async () => {});
    await expect(attempt).rejects.toThrow(`process ${process.pid}`);
    expect(waited).toEqual([`${process.pid} ${start}`]);
    expect(existsSync(path)).toBe(true);
  });

  test("eight processes at once, with a stale lock to begin with: never two inside", async () => {
    await withLock(path, quick, async () => {});
    writeFileSync(path, "4194304 1");
    const log = join(folder, "log");
    const script = `
      import { appendFileSync } from "node:fs";
      import { setTimeout as sleep } from "node:timers/promises";
      import { withLock } from ${JSON.stringify(new URL("./lock.mjs", import.meta.url).href)};
      await withLock(${JSON.stringify(path)}, { timeoutMs: 20000 }, async () => {
        appendFileSync(${JSON.stringify(log)}, "in\\n");
        await sleep(20);
        appendFileSync(${JSON.stringify(log)}, "out\\n");
      });`;
    const exits = Array.from({ length: 8 }, () => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
      return new Promise((resolve) => child.on("exit", resolve));
    });
    expect(await Promise.all(exits)).toEqual(Array(8).fill(0));
    expect(readFileSync(log, "utf8")).toBe("in\nout\n".repeat(8));
  }, 30_000);
});
