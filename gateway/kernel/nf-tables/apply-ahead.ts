// A transaction whose new sets of intervals stand before its rules ask them. The kernel shows what is in a new set of
// intervals only at the very end of a commit (nft_set_commit_update behind the switch of generations in nf_tables_commit),
// so for a moment, longer with every change of the transaction, new rules would look into empty sets and lose packets.
// So these sets are made in a transaction of their own, in which nothing asks them. When the one behind it is refused they
// are taken away again: to callers both are one.

import { applyCommands } from "@merlon/compiler/nft/apply-commands.ts";
import { sameTable } from "@merlon/compiler/nft/canonical-table.ts";
import type { NftCommand, NftTable } from "@merlon/compiler/nft/program.ts";
import { KernelFailure, changedSince } from "../kernel.ts";
import { applyPlanned } from "./apply-planned.ts";
import { applyTransaction } from "./apply-transaction.ts";
import { readTable } from "./read-table.ts";

/** `planned` is a table that `readTable` gave; without it, whatever stands is changed. Throws `KernelFailure`. */
export async function applyWithSetsAhead(commands: readonly NftCommand[], planned?: NftTable): Promise<void> {
  const { ahead, rest } = splitAhead(commands);
  if (ahead.length === 0 || rest.length === 0) {
    await applyPart(commands, planned);
    return;
  }
  await applyPart(ahead, planned);
  try {
    if (planned === undefined) await applyTransaction(rest);
    else await applyPlanned(rest, await standing(planned, ahead));
  } catch (error) {
    await takeAway(ahead);
    throw error;
  }
}

async function applyPart(commands: readonly NftCommand[], planned: NftTable | undefined): Promise<void> {
  await (planned === undefined ? applyTransaction(commands) : applyPlanned(commands, planned));
}

/** The table with the sets in it, as it is read. */
async function standing(planned: NftTable, ahead: readonly NftCommand[]): Promise<NftTable> {
  const [expected, found] = [applyCommands(planned, ahead), await readTable()];
  if (expected !== undefined && found !== undefined && sameTable(found, expected)) return found;
  throw new KernelFailure(`the kernel refused the ruleset: ${changedSince}`, "");
}

/** What may go ahead is new, has no name that the transaction takes away, and leads to no chain. */
export function splitAhead(commands: readonly NftCommand[]): {
  readonly ahead: readonly NftCommand[];
  readonly rest: readonly NftCommand[];
} {
  if (commands.some(({ kind }) => kind === "delete-table")) return { ahead: [], rest: commands };
  const gone = new Set(commands.flatMap((command) => (command.kind === "delete-set" ? [command.name] : [])));
  const sets = new Set(
    commands.filter(
      (command) =>
        command.kind === "add-set" &&
        command.set.interval !== false &&
        command.set.data !== "verdict" &&
        command.set.elements.length > 0 &&
        !gone.has(command.set.name),
    ),
  );
  if (sets.size === 0) return { ahead: [], rest: commands };
  const isAhead = (command: NftCommand) => command.kind === "add-table" || sets.has(command);
  return { ahead: commands.filter(isAhead), rest: commands.filter((command) => !isAhead(command)) };
}

/** The refusal of the transaction counts; what is left here is found as a difference and deleted by the next commit. */
async function takeAway(ahead: readonly NftCommand[]): Promise<void> {
  const undo = ahead.some(({ kind }) => kind === "add-table")
    ? [{ kind: "delete-table" as const }]
    : ahead.flatMap((command): readonly NftCommand[] =>
        command.kind === "add-set"
          ? [{ kind: "delete-set", name: command.set.name, ...(command.set.data === undefined ? {} : { map: true }) }]
          : [],
      );
  try {
    await applyTransaction(undo);
  } catch (error) {
    if (!(error instanceof KernelFailure)) throw error;
  }
}
