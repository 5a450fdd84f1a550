// Which living sessions end when a family is no longer forwarded. Their packets are dropped from then on where they meet the
// ruleset, but on the kernel's fast path they meet none.

import { hostZone } from "@merlon/compiler/ir.ts";
import type { Ir, RuleId } from "@merlon/compiler/ir.ts";
import { sessionMarkMask } from "../kernel/kernel.ts";
import type { SessionVerdict } from "../kernel/kernel.ts";
import type { SessionQuestion } from "./plan-session-review.ts";

const end: SessionVerdict = { kind: "end" };

/** Undefined when every family is forwarded that was. Sessions with the gateway itself go on. */
export function planFamilyReview(before: Ir, next: Ir): SessionQuestion | undefined {
  const was = before.flow?.droppedFamilies ?? [];
  const dropped = (next.flow?.droppedFamilies ?? []).filter((family) => !was.includes(family));
  if (dropped.length === 0) return undefined;
  const transit = new Set<RuleId>();
  for (const { fromZone, toZone, rules } of before.contexts) {
    if (fromZone === hostZone || toZone === hostZone) continue;
    for (const { id } of rules) transit.add(id);
  }
  return ({ mark, original }) =>
    dropped.includes(original.source.family) && transit.has((mark & sessionMarkMask) as RuleId) ? end : undefined;
}
