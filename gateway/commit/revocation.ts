// Which living sessions a change of policy cuts off: those whose rule is gone or no longer permits. As on the original
// without `policy-rematch`, sessions of a policy that still permits go on, also when its match terms changed or its
// scheduler's time is over. With it, plan-session-review.ts asks those sessions again.

import type { Ir, IrContext } from "@merlon/compiler/ir.ts";
import { firstValue } from "@merlon/compiler/nft/first-value.ts";
import { whileRevoking } from "@merlon/compiler/nft/stable-chains.ts";
import type { NftElement, NftTable } from "@merlon/compiler/nft/program.ts";

/** Ids of rules that permitted in `before` and do not in `next`. */
export function revokedByChange(before: Ir, next: Ir): ReadonlySet<number> {
  // A number is that of one rule, so contexts that are the same in both have nothing to do with the others.
  const same = new Set(before.contexts).intersection(new Set(next.contexts));
  const permitted = permittedRules(next, same);
  return permittedRules(before, same).difference(permitted);
}

/** Contexts of `left` are left out. */
export function permittedRules(ir: Ir, left: ReadonlySet<IrContext> = new Set()): Set<number> {
  const ids = new Set<number>();
  for (const context of ir.contexts) {
    if (left.has(context)) continue;
    for (const { id, action } of context.rules) if (action === "permit") ids.add(id);
  }
  for (const { hostInbound } of ir.interfaces) if (hostInbound.ruleId !== undefined) ids.add(hostInbound.ruleId);
  return ids;
}

/** Marks that are cut off in the kernel now, but for 0, which always is. */
export function revokedIn(table: NftTable | undefined): ReadonlySet<number> {
  const elements = table?.sets.find(({ name }) => name === "revoked")?.elements ?? [];
  return new Set(
    elements.flatMap((element) => {
      const mark = firstValue(element);
      return mark?.kind === "number" && mark.value !== 0 ? [mark.value] : [];
    }),
  );
}

/** The table as it must be while sessions of marks live that are cut off in `actual`. */
export function withRevocation(table: NftTable, actual: NftTable | undefined): NftTable {
  return revokedIn(actual).size === 0 ? table : whileRevoking(table);
}

/** Elements of a set keyed by mark. */
export function markElements(marks: Iterable<number>): readonly NftElement[] {
  return [...marks].map((value) => ({ key: [{ kind: "number", value }] }));
}
