// Which generation of the policy a table has in force, read from the last rule in `live`; the rules before it are shortcuts.

import type { NftRule, NftTable } from "./program.ts";
import { liveChain } from "./table-names.ts";

/** Undefined when the table has no live policy or other rules decide before it, as after tampering. */
export function generationOf(table: NftTable): number | undefined {
  const rules = table.chains.find(({ name }) => name === liveChain)?.rules ?? [];
  const last = rules.at(-1);
  const statement = last?.statements.length === 1 ? last.statements[0] : undefined;
  if (statement?.kind !== "verdict" || statement.verdict.kind !== "goto") return undefined;
  const digits = /^policy_g(\d{1,15})$/.exec(statement.verdict.chain)?.[1];
  if (digits === undefined || !rules.slice(0, -1).every((rule) => isShortcut(rule, digits))) return undefined;
  return Number(digits);
}

/** Asks a map of the generation, and nothing else. */
function isShortcut({ statements }: NftRule, generation: string): boolean {
  const [only] = statements;
  if (statements.length !== 1 || only?.kind !== "instructions") return false;
  const last = only.list.at(-1);
  return last?.op === "vmap" && last.map.endsWith(`_g${generation}`);
}
