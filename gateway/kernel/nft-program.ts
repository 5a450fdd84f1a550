// The `nft` program, which Merlon does not need: rules go to the kernel and come back over netlink. People list them with
// it, so the probe says whether it is there.

import { runProgram } from "./run-program.ts";

const timeoutMs = 10_000;
const outputBytesMax = 4096;

/** The version that `nft --version` prints, such as `1.0.6`. Throws `KernelFailure` when the program is missing. */
export async function nftVersion(): Promise<string> {
  const { output } = await runProgram({
    program: "nft",
    arguments: ["--version"],
    input: "",
    timeoutMs,
    outputBytesMax,
    debianPackage: "nftables",
  });
  return versionIn(output);
}

/** `nftables v1.0.6 (Lester Gooch #5)`. */
export function versionIn(output: string): string {
  return /v(\d[\w.]*)/.exec(output)?.[1] ?? output.trim().slice(0, 80);
}
