// Which living sessions a change of policy cuts off: those whose rule is gone or no longer permits. As on the original
// without `policy-rematch`, sessions of a policy that still permits go on, also when its match terms changed.

import type { Ir } from "@merlon/compiler/ir.ts";
import type { NftElement } from "@merlon/compiler/nft/program.ts";

/** Ids of rules that permitted in `before` and do not in `next`. */
export function revokedByChange(before: Ir, next: Ir): ReadonlySet<number> {
  const permitted = permittedRules(next);
  return new Set([...permittedRules(before)].filter((id) => !permitted.has(id)));
}

export function permittedRules(ir: Ir): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const { rules } of ir.contexts) for (const { id, action } of rules) if (action === "permit") ids.add(id);
  return ids;
}

/** Elements of a set keyed by mark. */
export function markElements(marks: Iterable<number>): readonly NftElement[] {
  return [...marks].map((value) => ({ key: [{ kind: "number", value }] }));
}
