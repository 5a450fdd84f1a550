// Programs of set-up with their output in a log: success, failure, absence, time limit, floods, and logs that cannot be.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lastLines, runLogged } from "./run-logged.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "merlon-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const shell = (script: string, timeoutMs = 10_000) =>
  runLogged("sh", ["-c", script], { logFile: join(folder, "a/b.log"), timeoutMs });
const log = () => readFileSync(join(folder, "a/b.log"), "utf8");

describe("runLogged", () => {
  test("both streams go to the log, after the command itself; runs are appended", async () => {
    expect(await shell("echo out; echo err >&2")).toMatchObject({ ok: true, reason: "" });
    await shell("echo again");
    expect(log()).toMatch(/^\$ sh -c echo out; echo err >&2\n(out\nerr|err\nout)\n\$ sh -c echo again\nagain\n$/);
  });

  test.each([
    ["exit 7", "failed with exit code 7"],
    ["kill -9 $$", "was ended by SIGKILL (time limit 10 s)"],
  ])("%s → %s", async (script, reason) => {
    expect(await shell(script)).toMatchObject({ ok: false, reason });
  });

  test("a program that hangs is ended", async () => {
    const result = await shell("exec sleep 30", 200);
    expect(result).toMatchObject({ ok: false, reason: "was ended by SIGTERM (time limit 0.2 s)" });
  });

  test("nothing can wait for an answer: standard input is at its end", async () => {
    expect(await shell("read answer || echo nobody")).toMatchObject({ ok: true, tail: "nobody\n" });
  });

  test("a program that does not exist is a failure with words", async () => {
    const result = await runLogged("no-such-program", [], { logFile: join(folder, "x.log"), timeoutMs: 1_000 });
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining("could not be started") });
  });

  test("a flood of output is all in the log and only its end in memory", async () => {
    const { tail } = await shell("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo the end");
    expect(statSync(join(folder, "a/b.log")).size).toBeGreaterThan(1_000_000);
    expect(tail.length).toBeLessThanOrEqual(8_192);
    expect(tail.endsWith("the end\n")).toBe(true);
  });

  test("a log that cannot be written is explained", async () => {
    writeFileSync(join(folder, "file"), "");
    const logFile = join(folder, "file/below/x.log");
    await expect(runLogged("true", [], { logFile, timeoutMs: 1_000 })).rejects.toThrow("ENOTDIR");
  });
});

test("lastLines leaves blank lines out and indents", () => {
  expect(lastLines("a\n\nb\n  \nc\n", 2)).toEqual(["    b", "    c"]);
  expect(lastLines("", 5)).toEqual([]);
});
