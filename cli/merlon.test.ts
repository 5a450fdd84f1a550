// The command as its users meet it: a process with arguments, files, pipes, output, diagnostics and an exit code.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flow, good, sql } from "./good-configuration.fixture.ts";

const merlon = join(import.meta.dirname, "merlon.mjs");
let folder = "";

const pair = "security policies from-zone web to-zone db";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "merlon-cli-"));
  const files = {
    "good.conf": good,
    "wrong.conf": "system { host-nam fw1; }\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "noise.conf"), Buffer.from([0xff, 0xfe, 0x00, 0x41, 0xc3]));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `merlon` in the folder of the fixtures; `input` is written to its standard input. */
function run(words: readonly string[], input: string | Buffer = "", closeAfterBytes = Infinity): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [merlon, ...words], { cwd: folder, env: { ...process.env, NO_COLOR: "1" } });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
      if (out.length >= closeAfterBytes) child.stdout.destroy();
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

describe("the process", () => {
  test.each<[words: string, code: number, out: RegExp, err: RegExp]>([
    ["--version", 0, /^merlon \d+\.\d+\.\d+\n$/, /^$/],
    ["", 2, /^$/, /^error: a command is missing\n/],
    ["config convert --to json good.conf", 0, /^\{\n {4}"configuration": \{\n[\s\S]*\}\n$/, /^$/],
    ["compile good.conf", 0, /^table inet merlon \{\n/, /^$/],
    [`match good.conf ${sql} --destination-port 5432`, 0, /^permitted by policy sql/, /^$/],
    ["config check wrong.conf", 1, /^configuration check fails\n$/, /^wrong.conf:1:10: error: unknown statement/],
    ["config check none.conf", 1, /^$/, /^error: none.conf: there is no such file\n$/],
    ["config check .", 1, /^$/, /^error: \.: this is a folder; name a file in it\n$/],
    ["config check good.conf/x", 1, /^$/, /^error: good.conf\/x: a part of the path is no folder\n$/],
    ["config convert --to set noise.conf", 1, /^$/, /^noise.conf:1:1: error: a character that does not belong/],
  ])("merlon %s", async (words, code, out, err) => {
    const result = await run(words.split(" ").filter((word) => word !== ""));
    expect(result.err).toMatch(err);
    expect(result.out).toMatch(out);
    expect(result.code).toBe(code);
  });
});

describe("standard input and output", () => {
  test("a whole configuration through a pipe, with its name in diagnostics", async () => {
    const { out, err, code } = await run(
      ["config", "convert", "--to", "text", "-"],
      "set system host-name a\nset system x\n",
    );
    expect({ out, code }).toEqual({ out: "", code: 1 });
    expect(err).toMatch(/^<stdin>:2:12: error: unknown statement "x"/);
    expect(await run(["config", "convert", "--to", "text", "-"], "set system host-name a\r\n")).toEqual({
      out: "system {\n    host-name a;\n}\n",
      err: "",
      code: 0,
    });
  });

  const many = Array.from({ length: 20_000 }, (_, at) => `set ${pair} policy p${at} then permit\n`).join("");

  test("a reader that goes away early is no error", async () => {
    const { code, err, out } = await run(["config", "convert", "--to", "xml", "-"], many, 1000);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.length).toBeLessThan(many.length);
  });

  test("a large configuration comes out whole", async () => {
    const { code, out } = await run(["config", "convert", "--to", "set", "-"], many);
    expect(code).toBe(0);
    expect(out).toBe(many);
  });

  test("endless input is refused", async () => {
    const { code, err } = await run(["config", "check", "/dev/zero"]);
    expect(code).toBe(1);
    expect(err).toBe("error: /dev/zero is larger than 64 MiB, which is no configuration\n");
  });
});

describe("a batch of flows", () => {
  test("many flows are answered while they come, and a reader may go away", async () => {
    const input = `${flow()}\n`.repeat(50_000);
    const whole = await run(["match", "good.conf", "--batch", "-"], input);
    expect(whole.code).toBe(0);
    expect(whole.out.split("\n")).toHaveLength(50_001);
    const early = await run(["match", "good.conf", "--batch", "-"], input, 100);
    expect({ code: early.code, err: early.err }).toEqual({ code: 0, err: "" });
  });

  test("a line without end is refused", async () => {
    const { code, err } = await run(["match", "good.conf", "--batch", "-"], "x".repeat(100_000));
    expect(code).toBe(1);
    expect(err).toBe("error: standard input:1: the line is longer than 65536 characters\n");
  });
});

describe("the Node it runs on", () => {
  test("any Node starts the pinned one", async () => {
    const other = await new Promise<string>((resolve) => {
      const child = spawn("node", ["-p", "process.execPath"], {
        env: { ...process.env, PATH: "/usr/local/bin:/usr/bin:/bin" },
      });
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.on("error", () => resolve(""));
      child.on("close", () => resolve(out.trim()));
    });
    if (other === "" || other === process.execPath) return;
    const result = await new Promise<Result>((resolve) => {
      const child = spawn(other, [merlon, "config", "check", "-"], { cwd: folder });
      let [out, err] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
      child.on("close", (code) => resolve({ code, out, err }));
      child.stdin.end("system x;");
    });
    expect(result.code).toBe(1);
    expect(result.err).toMatch(/^<stdin>:1:8: error/);
  });
});
