// Hands transactions to the `nft` program and reads the table and its counters back as JSON. The program is the first
// writer behind the kernel door: slow for single elements of large tables, exact in its error messages.
// Sources: nft(8) and libnftables-json(5) 1.0.6. Exit code 1 with `No such file or directory` means an absent object.

import { printTransaction } from "@merlon/compiler/nft/print.ts";
import type { NftCommand, NftTable } from "@merlon/compiler/nft/program.ts";
import { readNftJson } from "@merlon/compiler/nft/read-back.ts";
import { z } from "zod";
import type { HitCount } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";
import { runProgram } from "./run-program.ts";
import type { ProgramResult } from "./run-program.ts";

const timeoutMs = 60_000;
/** A table of a million elements prints about 60 MB. */
const outputBytesMax = 256 * 1024 * 1024;
const wordsMax = 4_000;
const tableName = "merlon";
const setNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * All commands or none, as one transaction of the kernel. Throws `KernelFailure` with nft's words; only when it says
 * that nft did not finish in time is it unknown what the kernel did, and the table must be read back.
 */
export async function applyTransaction(commands: readonly NftCommand[]): Promise<void> {
  if (commands.length === 0) return;
  const text = printTransaction(commands);
  const result = await runNft(["-f", "-"], text);
  if (result.exitCode === 0) return;
  const words = firstWords(result);
  throw new KernelFailure(`the kernel refused the ruleset: ${firstError(words)}`, words);
}

/** Our table as the kernel has it; undefined when there is none. */
export async function readTable(): Promise<NftTable | undefined> {
  const result = await runNft(["-jn", "list", "table", "inet", tableName]);
  if (result.exitCode !== 0) {
    if (isAbsent(result)) return undefined;
    throw new KernelFailure(`the ruleset cannot be read back: ${firstError(firstWords(result))}`, firstWords(result));
  }
  return readNftJson(parseJson(result));
}

/** What each element of a counting set with marks as keys has counted. Throws `KernelFailure` when there is none. */
export async function readHits(set: string): Promise<ReadonlyMap<number, HitCount>> {
  if (!setNamePattern.test(set)) throw new KernelFailure(`"${set.slice(0, 128)}" is not the name of a set`, "");
  const result = await runNft(["-jn", "list", "set", "inet", tableName, set]);
  if (result.exitCode !== 0) {
    const why = isAbsent(result) ? `there is no set ${set} in table inet ${tableName}` : firstError(firstWords(result));
    throw new KernelFailure(why, firstWords(result));
  }
  return hitsOf(parseJson(result));
}

/** The version that `nft --version` prints, such as `1.0.6`. Throws `KernelFailure` when the program is missing. */
export async function nftVersion(): Promise<string> {
  const result = await runNft(["--version"]);
  return /v(\d[\w.]*)/.exec(result.output)?.[1] ?? result.output.trim().slice(0, 80);
}

/** Runs text as one transaction and gives the kernel's words when it refused; for probing, with scratch tables only. */
export async function tryNft(text: string): Promise<string | undefined> {
  const result = await runNft(["-f", "-"], text);
  return result.exitCode === 0 ? undefined : firstError(firstWords(result));
}

const elementSchema = z.object({
  elem: z.object({
    val: z.number().int().nonnegative(),
    counter: z.object({ packets: z.number(), bytes: z.number() }).optional(),
  }),
});
const setSchema = z.object({ set: z.object({ elem: z.array(z.union([elementSchema, z.number()])).optional() }) });
const listSchema = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });

/** Reads `nft -j list set`: an element without a counter stands as a bare number. */
export function hitsOf(json: unknown): ReadonlyMap<number, HitCount> {
  const list = listSchema.safeParse(json);
  const item = list.success ? list.data.nftables.find((entry) => "set" in entry) : undefined;
  const parsed = setSchema.safeParse(item);
  if (!parsed.success) throw new KernelFailure("nft printed a set that Merlon cannot read", parsed.error.message);
  const hits = new Map<number, HitCount>();
  for (const element of parsed.data.set.elem ?? []) {
    if (typeof element === "number") hits.set(element, { packets: 0, bytes: 0 });
    else hits.set(element.elem.val, element.elem.counter ?? { packets: 0, bytes: 0 });
  }
  return hits;
}

function runNft(args: readonly string[], input = ""): Promise<ProgramResult> {
  return runProgram({
    program: "nft",
    arguments: args,
    input,
    timeoutMs,
    outputBytesMax,
    debianPackage: "nftables",
  });
}

/** With its `Error:`, because a broken installation (a library that is missing) uses the same words without it. */
function isAbsent(result: ProgramResult): boolean {
  return result.exitCode === 1 && result.errors.includes("Error: No such file or directory");
}

function parseJson(result: ProgramResult): unknown {
  try {
    return JSON.parse(result.output);
  } catch (cause) {
    throw new KernelFailure("nft printed something that is not JSON", result.output.slice(0, wordsMax), { cause });
  }
}

function firstWords(result: ProgramResult): string {
  const words = result.errors.trim() === "" ? result.output : result.errors;
  return words.trim().slice(0, wordsMax) || `nft ended with code ${result.exitCode} and said nothing`;
}

/** nft prints a sentence, then the line concerned, then a row of carets; the first sentence is for the message. */
function firstError(words: string): string {
  const line = words.split("\n").find((candidate) => candidate.includes("Error:")) ?? words.split("\n")[0] ?? words;
  const permission = line.includes("Operation not permitted") ? " (run Merlon with CAP_NET_ADMIN)" : "";
  // In front of the sentence stands a place in text that nobody but us has seen; the whole is in the failure's detail.
  const sentence = line.replace(/^.*Error: /, "").trim();
  return `${sentence.slice(0, 300)}${permission}`;
}
