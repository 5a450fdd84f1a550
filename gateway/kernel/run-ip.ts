// Lines for `ip -batch`, as stories, the demo and measurements build their networks. The gateway itself speaks rtnetlink.

import { runProgram } from "./run-program.ts";

const timeoutMs = 20_000;

/** In this network namespace, or in that of the calling thread; the first line that fails ends it and is in the error. */
export async function runIp(lines: readonly string[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  const inside = namespace === undefined ? [] : ["-n", namespace];
  const { exitCode, errors } = await runProgram({
    program: "ip",
    arguments: [...inside, "-batch", "-"],
    input: `${lines.join("\n")}\n`,
    timeoutMs,
    outputBytesMax: 65_536,
    debianPackage: "iproute2",
  });
  if (exitCode === 0) return;
  const at = Number(/Command failed -:(\d+)/.exec(errors)?.[1] ?? 0);
  const line = at === 0 ? "" : ` at "${lines[at - 1] ?? ""}"`;
  const words = errors.trim();
  throw new Error(`ip ${inside.join(" ")} failed${line}: ${words === "" ? `exit code ${exitCode}` : words}`);
}
