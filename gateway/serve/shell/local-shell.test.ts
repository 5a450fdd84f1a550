// `merlon cli` as a process over the local socket: on a real pseudo-terminal, and with lines on its standard input.

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TerminalModel } from "@merlon/shell/testing/terminal-model.ts";
import { LocalSocket } from "../local-socket.ts";
import { freshGateway } from "../../testing/test-gateway.ts";
import type { GatewayCase } from "../../testing/test-gateway.ts";

const mainFile = join(import.meta.dirname, "..", "..", "main.mjs");

let one: GatewayCase;
let socket: LocalSocket;
let socketPath: string;
let folder: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  one = await freshGateway("local-shell");
  folder = await mkdtemp(join(tmpdir(), "merlon-shell-files-"));
  socketPath = join(folder, "s");
  socket = await LocalSocket.listen(socketPath, one.gateway, (error) => {
    throw error;
  });
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

afterAll(async () => {
  await socket[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  await rm(one.folder, { recursive: true, force: true, maxRetries: 5 });
});

function start(command: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(command, words, { cwd: folder, env: { ...process.env, ...environment } });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

/** A shell at a pseudo-terminal that `script` makes. */
class Terminal {
  readonly model: TerminalModel;
  readonly ended: Promise<number | null>;
  raw = "";
  readonly #child: ChildProcess;
  #changed: () => void = () => undefined;

  constructor(name: string, columns = 80, rows = 24) {
    this.model = new TerminalModel(columns, name !== "dumb");
    const command = `stty rows ${rows} cols ${columns}; exec "${process.execPath}" "${mainFile}" cli --socket "${socketPath}"`;
    this.#child = start("script", ["-qfec", command, "/dev/null"], { TERM: name, SHELL: "/bin/sh" });
    this.ended = ended(this.#child);
    this.#child.stdout?.on("data", (bytes: Buffer) => {
      this.raw += bytes.toString();
      this.model.write(bytes.toString());
      this.#changed();
    });
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until the screen shows it. */
  async shows(pattern: RegExp): Promise<string> {
    const late = AbortSignal.timeout(25_000);
    while (!pattern.test(this.model.text)) {
      if (late.aborted) throw new Error(`the screen never showed ${pattern}:\n${this.model.text}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        late.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    return this.model.text;
  }
}

const hasScript = spawnSync("script", ["--version"]).status === 0;

describe.skipIf(!hasScript)(`on a terminal${hasScript ? "" : " (script of util-linux is not installed)"}`, () => {
  test("a person configures with few keys", async () => {
    const terminal = new Terminal("xterm-256color", 72, 12);
    await terminal.shows(/@merlon>$/);
    terminal.type("conf");
    await terminal.shows(/conf$/);
    terminal.type("\t");
    await terminal.shows(/configure$/);
    terminal.type("\r");
    await terminal.shows(/\[edit\]\n\w+@merlon#$/);
    terminal.type("edit security zones security-zone w");
    await terminal.shows(/zone w$/);
    terminal.type("\t");
    await terminal.shows(/security-zone web$/);
    terminal.type("\r");
    await terminal.shows(/\[edit security zones security-zone web\]\n\w+@merlon#$/);
    terminal.type("set description hello\r");
    await terminal.shows(/hello\n\n\[edit security/);
    terminal.type("set host-nam x\r");
    expect(await terminal.shows(/unknown statement[\s\S]*#$/)).toMatch(/\n {5,}\^\nerror: unknown statement/);
    terminal.type("show | compare\r");
    await terminal.shows(/\+ {3,}description hello;[\s\S]*#$/);
    terminal.type("top show\r");
    await terminal.shows(/---\(more \d+%\)---$/);
    terminal.type("q");
    await terminal.shows(/web\]\n\w+@merlon#$/);
    terminal.type("exit configuration-mode\r");
    await terminal.shows(/uncommitted changes\? \[yes,no\] \(yes\)$/);
    terminal.type("yes\r");
    await terminal.shows(/Exiting configuration mode\n\n\w+@merlon>$/);
    terminal.type("exit\r");
    expect(await terminal.ended).toBe(0);
  });

  test("two at once: the second hears of the first, and a lock keeps him out", async () => {
    const [first, second] = [new Terminal("xterm"), new Terminal("vt100")];
    await Promise.all([first.shows(/>$/), second.shows(/>$/)]);
    first.type("configure\rrollback 0\rexit\rconfigure exclusive\r");
    await first.shows(/will be discarded on exit/);
    second.type("configure\r");
    expect(await second.shows(/\[edit\]\n\w+@merlon#$/)).toMatch(
      /Users currently editing the configuration:\n[\s\S]*exclusive \[edit\]/,
    );
    second.type("set system host-name other\r");
    await second.shows(/configuration database locked by/);
    first.type("\u0004\u0004");
    expect(await first.ended).toBe(0);
  });

  test("a dumb terminal gets plain characters alone", async () => {
    const terminal = new Terminal("dumb");
    await terminal.shows(/>$/);
    terminal.type("show versoin\b\b\bion | match host\r");
    await terminal.shows(/Hostname: merlon\n\n\w+@merlon>$/);
    expect(terminal.raw).not.toContain("\u001b");
    terminal.type("exit\r");
    expect(await terminal.ended).toBe(0);
  });
});

describe("without a terminal", () => {
  async function run(words: readonly string[], input = ""): Promise<{ code: number | null; out: string; err: string }> {
    const child = start(process.execPath, [mainFile, "cli", ...words], { MERLON_SOCKET: socketPath });
    let [out, err] = ["", ""];
    child.stdout?.on("data", (bytes: Buffer) => (out += bytes.toString()));
    child.stderr?.on("data", (bytes: Buffer) => (err += bytes.toString()));
    child.stdin?.end(input);
    return { code: await ended(child), out, err };
  }

  test("a line as arguments, with its status", async () => {
    expect(await run(["show", "version", "|", "match", "hostname"])).toEqual({
      code: 0,
      out: "Hostname: merlon\n",
      err: "",
    });
    expect(await run(["show", "versoin"])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^error: .*\ndid you mean/) as string,
    });
  });

  test("lines on standard input, and a file that is written", async () => {
    const { code, out } = await run(
      [],
      "set cli screen-length 0\nshow configuration system | save s.conf\nsh ver | match Hostn | count\n",
    );
    expect(out).toBe("Screen length set to 0\nWrote 0 lines of output to 's.conf'\nCount: 1 lines\n");
    expect(code).toBe(0);
    expect(await readFile(join(folder, "s.conf"), "utf8")).toBe("");
  });

  test("what is appended stands behind what was there; a folder is no file", async () => {
    const file = join(folder, "a.txt");
    const append = (name: string) => run([], `show version | match hostn | append ${name}\n`);
    for (const _ of [1, 2]) expect((await append(file)).out).toBe(`Wrote 1 lines of output to '${file}'\n`);
    expect(await readFile(file, "utf8")).toBe("Hostname: merlon\nHostname: merlon\n");
    expect((await append(folder)).out).toContain("is no plain file");
    expect((await append(join(folder, "none", "a.txt"))).out).toContain("there is no such file or folder");
  });

  test("no gateway, and a wrong command line", async () => {
    expect(await run(["--socket", join(folder, "none"), "show"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("no gateway answers") as string,
    });
    expect(await run(["--nonsense"])).toMatchObject({ code: 2, err: expect.stringContaining("usage:") as string });
  });
});
