// Running a program: what it says, what it costs when it misbehaves.

import { expect, test } from "vitest";
import { runProgram } from "./run-program.ts";
import type { ProgramRun } from "./run-program.ts";

const run = (program: string, args: readonly string[], more: Partial<ProgramRun> = {}): ReturnType<typeof runProgram> =>
  runProgram({
    program,
    arguments: args,
    timeoutMs: 5_000,
    outputBytesMax: 100_000,
    debianPackage: "some-package",
    ...more,
  });

test("input goes in, output and exit code come out", async () => {
  expect(await run("sh", ["-c", "cat; echo oops >&2; exit 3"], { input: "line\n" })).toEqual({
    exitCode: 3,
    output: "line\n",
    errors: "oops\n",
  });
});

test("arguments are never seen by a shell", async () => {
  expect((await run("printf", ["%s", "$(id); `id`; 'x' \"y\" *"])).output).toBe("$(id); `id`; 'x' \"y\" *");
});

test("a program that does not read its input is no error", async () => {
  expect((await run("true", [], { input: "x".repeat(1_000_000) })).exitCode).toBe(0);
});

test("output across many chunks arrives whole, multi-byte characters too", async () => {
  const text = "ä".repeat(40_000);
  expect((await run("cat", [], { input: text })).output).toBe(text);
});

test("what the program inherits of our environment is its path only", async () => {
  process.env["MERLON_SECRET_OF_THE_TEST"] = "secret";
  expect((await run("env", [])).output).not.toContain("secret");
  delete process.env["MERLON_SECRET_OF_THE_TEST"];
});

test.each([
  [
    "a missing program names its package",
    "no-such-program-here",
    [],
    {},
    "is not installed: apt-get install some-package",
  ],
  ["one that never ends", "sleep", ["60"], { timeoutMs: 100 }, "sleep 60 did not finish within 0.1 s"],
  ["one that never stops talking", "yes", [], { outputBytesMax: 10_000 }, "yes printed more than 10000 bytes"],
  ["one that is killed", "sh", ["-c", "kill -9 $$"], {}, "was ended by SIGKILL"],
] as const)("%s", async (_, program, args, more, message) => {
  await expect(run(program, args, more)).rejects.toMatchObject({ name: "KernelFailure" });
  await expect(run(program, args, more)).rejects.toThrow(message);
});

test("endless words on standard error are kept up to a bound", async () => {
  const { errors } = await run("sh", ["-c", "head -c 1000000 /dev/zero >&2"]);
  expect(errors.length).toBeLessThanOrEqual(65_536);
});
