// Runs the `nft` program inside a namespace of the lab. The product speaks to the kernel by itself; the lab uses the
// tool on purpose, so that what it counts is counted by somebody else's code.

import { spawn } from "node:child_process";
import { inNetwork } from "./network-namespace.ts";

const nftTimeoutMs = 20_000;

/** Standard output of `nft OPTIONS`, with `input` on standard input. Throws with the words of `nft`. */
export async function runNft(network: string, options: readonly string[], input = ""): Promise<string> {
  const child = inNetwork(network, () =>
    spawn("nft", options, { stdio: ["pipe", "pipe", "pipe"], timeout: nftTimeoutMs }),
  );
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => reject(new Error("cannot run nft: is nftables installed?", { cause })));
    child.once("close", resolve);
  });
  if (code === 0) return Buffer.concat(output).toString("utf8");
  const words = Buffer.concat(errors).toString("utf8").trim();
  throw new Error(`nft ${options.join(" ")} failed in ${network}: ${words === "" ? `exit code ${code}` : words}`);
}
