// Runs a program to its end without a shell: fixed arguments, text on its standard input, bounded time and output.

import { spawn } from "node:child_process";
import { KernelFailure } from "./kernel.ts";

const stderrBytesMax = 65_536;

export interface ProgramRun {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly input?: string;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  /** What to install when the program is missing. */
  readonly debianPackage: string;
}

export interface ProgramResult {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** Throws `KernelFailure` when the program is missing, runs too long or says too much; a bad exit code is a result. */
export function runProgram(run: ProgramRun): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const command = [run.program, ...run.arguments].join(" ");
    // Debian keeps these programs in /usr/sbin, which an ordinary user's PATH lacks.
    const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin`;
    const child = spawn(run.program, run.arguments, { env: { PATH: path, LC_ALL: "C" }, stdio: "pipe" });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let outputBytes = 0;
    let errorBytes = 0;
    let settled = false;
    const fail = (message: string, cause?: Error): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new KernelFailure(message, command, cause === undefined ? {} : { cause }));
    };
    const timer = setTimeout(() => fail(`${command} did not finish within ${run.timeoutMs / 1000} s`), run.timeoutMs);
    child.stdout.on("data", (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > run.outputBytesMax) fail(`${command} printed more than ${run.outputBytesMax} bytes`);
      else output.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errorBytes += chunk.length;
      if (errorBytes <= stderrBytesMax) errors.push(chunk);
    });
    child.on("error", (error) => {
      const missing = "code" in error && error.code === "ENOENT";
      const why = missing ? `is not installed: apt-get install ${run.debianPackage}` : "could not be started";
      fail(`the program ${run.program} ${why}`, error);
    });
    child.on("close", (exitCode, signal) => {
      if (settled) return;
      if (exitCode === null) {
        fail(`${command} was ended by ${signal ?? "an unknown signal"}`);
        return;
      }
      settled = true;
      clearTimeout(timer);
      resolve({
        exitCode,
        output: Buffer.concat(output).toString("utf8"),
        errors: Buffer.concat(errors).toString("utf8"),
      });
    });
    // A program that ends before it has read its input breaks the pipe; its exit code and words tell more than that.
    child.stdin.on("error", () => {});
    child.stdin.end(run.input ?? "");
  });
}
