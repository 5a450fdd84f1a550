// A rule that cannot be followed refuses what it matches, so that nothing passes with an address that was to be hidden.

import { origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import type { NatKind, Refusal } from "./ir-nat.ts";
import type { NatContext } from "./nat-context.ts";

/** The operator is told. */
export function refuseRule(
  kind: NatKind,
  set: string,
  rule: { readonly name: string } & HasOrigin,
  because: string,
  { diagnostics }: Pick<NatContext, "diagnostics">,
): Refusal {
  diagnostics.warning(
    "nat.not-followed",
    rule[origin],
    `${kind} NAT rule ${rule.name} of rule set ${set} refuses what it matches: ${because}`,
    "change the rule, or delete it so that its traffic passes untranslated",
  );
  return { kind: "refuse", because };
}
