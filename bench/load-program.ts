// Runs a program that loads a policy, with the policy on its standard input, and tells whether it is there to be run.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runProgram } from "@merlon/gateway/kernel/run-program.ts";

const timeoutMs = 300_000;

/** Throws with the program's first words when it refuses. */
export async function loadProgram(
  program: string,
  args: readonly string[],
  input: string,
  debianPackage: string,
): Promise<void> {
  const run = { program, arguments: args, input, timeoutMs, outputBytesMax: 1_000_000, debianPackage };
  const { exitCode, errors } = await runProgram(run);
  if (exitCode !== 0) throw new Error(`${program} failed: ${errors.trim().slice(0, 400)}`);
}

/** Why the program cannot be run: undefined when it can. */
export function missingProgram(program: string, debianPackage: string): string | undefined {
  const found = (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found ? undefined : `there is no ${program}; install ${debianPackage} to measure it`;
}
