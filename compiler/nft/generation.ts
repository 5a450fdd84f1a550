// Which generation of the policy a table has in force, read from the rule in `live`.

import type { NftTable } from "./program.ts";
import { liveChain } from "./table-names.ts";

/** Undefined when the table has no live policy or more than one rule decides, as after tampering. */
export function generationOf(table: NftTable): number | undefined {
  const rules = table.chains.find(({ name }) => name === liveChain)?.rules ?? [];
  const statement = rules.length === 1 && rules[0]?.statements.length === 1 ? rules[0].statements[0] : undefined;
  if (statement?.kind !== "verdict" || statement.verdict.kind !== "goto") return undefined;
  const digits = /^policy_g(\d{1,15})$/.exec(statement.verdict.chain)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
