// How the kernel's table differs from the one that must be in force, as sentences; none when they are equal.

import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import type { NftTable } from "@merlon/compiler/nft/program.ts";
import { markElements, revokedIn, withRevocation } from "./commit/revocation.ts";
import type { Running } from "./commit/running.ts";
import type { Kernel } from "./kernel/kernel.ts";

/** Throws `KernelFailure`. */
export async function rulesetDifferences(
  kernel: Pick<Kernel, "readTable">,
  { prepared, generation }: Pick<Running, "prepared" | "generation">,
): Promise<readonly string[]> {
  const actual = await kernel.readTable();
  if (actual === undefined) return ["the table is gone"];
  const desired = withRunTimeState(lowerTable(prepared.ir, generation), actual);
  return diffTables(actual, desired).map(({ sentence }) => sentence);
}

/**
 * Revoked marks are run-time state: whichever are there now are as they should be, but 0 must always be among them. As long
 * as there are others, sessions must be asked about them.
 */
function withRunTimeState(desired: NftTable, actual: NftTable): NftTable {
  const revoked = markElements(revokedIn(actual));
  const sets = desired.sets.map((set) =>
    set.name === "revoked" ? { ...set, elements: [...set.elements, ...revoked] } : set,
  );
  return withRevocation({ ...desired, sets }, actual);
}
