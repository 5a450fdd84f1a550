// The line between us and a guest, over a shell that speaks like `init.sh`: output, exit codes, time limits, and ends.

import { afterEach, describe, expect, test } from "vitest";
import { Guest } from "./guest.ts";

const limitMs = 20_000;
/** The end of init.sh, without the machine around it. */
const loop = `
  printf 'starting\\0%s\\0' 0
  while read -r command; do sh -c "$command" </dev/null 2>&1; printf '\\0%s\\0' $?; done`;

let guest: Guest | undefined;
const start = async (script = loop, timeoutMs = limitMs): Promise<Guest> =>
  (guest = await Guest.start(["sh", "-c", script], timeoutMs));
afterEach(async () => {
  await guest?.[Symbol.asyncDispose]();
  guest = undefined;
});

describe("a guest", () => {
  test.each([
    ["echo hello", { exitCode: 0, output: "hello\n" }],
    ["echo to-errors >&2; exit 3", { exitCode: 3, output: "to-errors\n" }],
    ["true", { exitCode: 0, output: "" }],
    ["printf 'größer'", { exitCode: 0, output: "größer" }],
    ["cat", { exitCode: 0, output: "" }],
    ["no-such-program 2>/dev/null", { exitCode: 127, output: "" }],
  ])("%s", async (command, expected) => {
    expect(await (await start()).run(command, limitMs)).toEqual(expected);
  });

  test("commands follow each other, and each has its own output", async () => {
    const under = await start();
    for (let i = 0; i < 20; i++) expect((await under.run(`echo ${i}`, limitMs)).output).toBe(`${i}\n`);
  });

  test("output of more than one piece comes whole", async () => {
    const { output } = await (await start()).run("seq 1 40000", limitMs);
    expect(output.split("\n")).toHaveLength(40_001);
  });

  test("a command beyond its time limit says so, with what it printed, and the guest takes no more", async () => {
    const under = await start();
    const late = "the guest's command has not ended: echo begun; exec sleep 5 after 0.3 s\nbegun";
    await expect(under.run("echo begun; exec sleep 5", 300)).rejects.toThrow(late);
    await expect(under.run("true", limitMs)).rejects.toThrow("has not ended");
  });

  test("a guest that ends takes its command with it", async () => {
    await expect((await start()).run("echo last words; kill -9 $PPID", limitMs)).rejects.toThrow(
      "the guest ended with SIGKILL\nlast words",
    );
  });

  test.each([
    ["ends at once", "echo no room; exit 1", "the guest ended with exit code 1\nno room"],
    ["never gets ready", "echo hanging; exec sleep 5", "the guest is not ready after 0.3 s\nhanging"],
  ])("one that %s is a failure", async (_, script, message) => {
    await expect(start(script, script.includes("sleep") ? 300 : limitMs)).rejects.toThrow(message);
  });

  test("output without an end is bounded", async () => {
    await expect((await start()).run("yes", limitMs)).rejects.toThrow("a command printed more than 4000000 bytes");
  });

  test("two commands at once, and one of two lines, are mistakes", async () => {
    const under = await start();
    const first = under.run("sleep 0.2", limitMs);
    await expect(under.run("true", limitMs)).rejects.toThrow("one command at a time");
    await expect(under.run("true\ntrue", limitMs)).rejects.toThrow("one line");
    expect((await first).exitCode).toBe(0);
  });

  test("what is disposed of is gone, twice as once", async () => {
    const under = await start();
    const pid = Number((await under.run("echo $PPID", limitMs)).output);
    await under[Symbol.asyncDispose]();
    await under[Symbol.asyncDispose]();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
