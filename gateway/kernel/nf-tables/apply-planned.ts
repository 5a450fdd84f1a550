// A transaction for a table as it was read. The kernel refuses a batch for a generation of rules that is past, but it counts
// the changes of everybody's tables: so when it refuses, our table is read again, and if that is what it was, the batch is
// sent for the new generation.

import { sameTable } from "@merlon/compiler/nft/canonical-table.ts";
import type { NftCommand, NftTable } from "@merlon/compiler/nft/program.ts";
import { KernelFailure, changedSince } from "../kernel.ts";
import { PastGeneration, applyTransaction } from "./apply-transaction.ts";
import { generationOf, readTable } from "./read-table.ts";

const attemptsMax = 5;

/** `planned` is a table that `readTable` gave. Throws `KernelFailure` when our table is another now. */
export async function applyPlanned(commands: readonly NftCommand[], planned: NftTable): Promise<void> {
  let generation = generationOf(planned);
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyTransaction(commands, generation === undefined ? {} : { generation });
    } catch (error) {
      if (!(error instanceof PastGeneration) || attempt === attemptsMax) throw error;
    }
    const found = await readTable();
    if (found === undefined || !sameTable(found, planned)) {
      throw new KernelFailure(`the kernel refused the ruleset: ${changedSince}`, "");
    }
    generation = generationOf(found);
  }
}
