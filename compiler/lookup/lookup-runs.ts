// Which rules of a pair of zones stand in a lookup together: neighbours whose addresses are fixed ranges. Names whose
// addresses change and wildcard masks stay lists in their places between lookups.

import { changes } from "../address-members.ts";
import type { AddressMembers } from "../address-members.ts";
import type { Ir, IrContext, IrRule } from "../ir.ts";

/** From how many rules of a list on a lookup is faster, measured by `npm run bench -- lookup`. */
export const lookupRulesMin = 8;

export interface Run {
  readonly fits: boolean;
  readonly rules: readonly IrRule[];
}

/** The default policy ends every list as a run of its own: nothing is gained by looking it up. */
export function lookupRuns({ rules }: Pick<IrContext, "rules">, ir: Pick<Ir, "addressSets">): readonly Run[] {
  const runs: { readonly fits: boolean; readonly rules: IrRule[] }[] = [];
  for (const rule of rules.slice(0, -1)) {
    const fits = fitsLookup(ir, rule);
    const last = runs.at(-1);
    if (last?.fits === fits) last.rules.push(rule);
    else runs.push({ fits, rules: [rule] });
  }
  return [...runs, { fits: false, rules: rules.slice(-1) }];
}

/** Rules that can stand in a lookup: their addresses are fixed ranges. */
export function fitsLookup(ir: Pick<Ir, "addressSets">, { match }: Pick<IrRule, "match">): boolean {
  if (match.kind === "nothing") return true;
  return [match.source, match.destination].every(
    (side) =>
      side.kind === "any" ||
      side.names.every((name) => {
        const members = ir.addressSets.get(name);
        return members === undefined || areFixedRanges(members);
      }),
  );
}

export function areFixedRanges(members: AddressMembers): boolean {
  return !changes(members) && members.wildcards === undefined;
}
