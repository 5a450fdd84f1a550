// Families that are not forwarded at all: a base chain before all policies, so that sessions that were let in earlier end with
// it, too, and so does what belongs to none, such as neighbor discovery across a secure wire. What the gateway itself says and
// hears does not come by here. Absent where every family is forwarded.

import { defaultFlowOptions } from "../flow-options/flow-options.ts";
import { systemRuleIds } from "../ir.ts";
import type { Ir } from "../ir.ts";
import type { NftChain } from "./program.ts";
import { filterPriority, switchedByOthers } from "./stable-chains.ts";
import { accept, drop, equals, goTo, inState, nfproto, rule, setMark, text } from "./statements.ts";
import { actionChains, generationName } from "./table-names.ts";

const words = { 4: "ipv4", 6: "ipv6" } as const;

export function lowerDroppedFamilies(
  { flow = defaultFlowOptions }: Pick<Ir, "flow">,
  generation: number,
): readonly NftChain[] {
  const { droppedFamilies = [] } = flow;
  if (droppedFamilies.length === 0) return [];
  return [
    {
      name: generationName("dropped_families", generation),
      hook: { type: "filter", hook: "forward", priority: filterPriority - 1, policy: "accept" },
      rules: [
        rule(switchedByOthers, accept),
        ...droppedFamilies.flatMap((family) => {
          const isOfFamily = equals(nfproto, text(words[family]));
          // Only what begins a session is counted and recorded: a session that stood before keeps its mark until it is ended.
          return [
            rule(isOfFamily, inState("new"), setMark(systemRuleIds.modeDrop), goTo(actionChains.denyAndLog)),
            rule(isOfFamily, drop),
          ];
        }),
      ],
    },
  ];
}
