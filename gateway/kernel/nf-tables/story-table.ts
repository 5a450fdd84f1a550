// Test support for the stories of this folder: commands in short, and the `nft` program as a second writer and reader.

import { expect } from "vitest";
import type { NftCommand, NftElement, NftSet, NftTable, NftValue } from "@merlon/compiler/nft/program.ts";
import { readNftJson } from "@merlon/compiler/nft/read-back.ts";
import { runProgram } from "../run-program.ts";
import { runNft } from "../story-tool.ts";
import { readTable } from "./read-table.ts";

export const number = (value: number): NftValue => ({ kind: "number", value });
export const numbers = (first: number, last: number): NftValue => ({ kind: "numbers", first, last });
export const base: NftSet = { name: "s", key: ["mark"], interval: false, counter: false, elements: [] };
export const addSet = (set: Partial<NftSet> & { readonly name: string }): NftCommand => ({
  kind: "add-set",
  set: { ...base, ...set },
});
export const addChain = (name: string): NftCommand => ({ kind: "add-chain", chain: { name, rules: [] } });
export const element = (value: number): NftElement => ({ key: [number(value)] });

export async function nftFile(input: string): Promise<void> {
  const result = await runProgram({
    program: "nft",
    arguments: ["-f", "-"],
    input,
    timeoutMs: 20_000,
    outputBytesMax: 1e6,
    debianPackage: "nftables",
  });
  if (result.exitCode !== 0) throw new Error(result.errors);
}

export async function readByNft(): Promise<NftTable> {
  return (
    readNftJson(JSON.parse(await runNft("-j", "list", "table", "inet", "merlon"))) ?? expect.fail("there is no table")
  );
}

export async function read(): Promise<NftTable> {
  return (await readTable()) ?? expect.fail("there is no table");
}
