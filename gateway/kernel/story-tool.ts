// The tools of an administrator, for stories that look at the kernel with other eyes than Merlon's, or change it behind
// Merlon's back. They act in the network namespace that the calling thread is in.

import { runProgram } from "./run-program.ts";

/** What `ip` prints. Throws with its words when it fails. */
export async function askIp(...args: readonly string[]): Promise<string> {
  return runTool("ip", args, "iproute2");
}

export async function runNft(...args: readonly string[]): Promise<string> {
  return runTool("nft", args, "nftables");
}

async function runTool(program: string, args: readonly string[], debianPackage: string): Promise<string> {
  const limits = { timeoutMs: 10_000, outputBytesMax: 1_000_000 };
  const result = await runProgram({ program, arguments: args, debianPackage, ...limits });
  if (result.exitCode !== 0) throw new Error(result.errors);
  return result.output;
}

/** The named counters of all tables. */
export async function readCounters(): Promise<
  ReadonlyMap<string, { readonly packets: number; readonly bytes: number }>
> {
  const found = new Map<string, { packets: number; bytes: number }>();
  const list: unknown = JSON.parse(await runNft("-j", "list", "counters"));
  const items = (list as { nftables: { counter?: { name: string; packets: number; bytes: number } }[] }).nftables;
  for (const { counter } of items) if (counter !== undefined) found.set(counter.name, counter);
  return found;
}
