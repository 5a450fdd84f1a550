// What the rules of a foreign base chain can do to a packet, followed through the chains that they lead to. It is what
// they can do at most: conditions are not understood, only whether there are any.

import type { ForeignAct } from "./foreign-act.ts";
import type { ForeignRule } from "./nf-tables/read-foreign-rule.ts";

export interface ForeignEffects {
  /** Every packet that no rule accepts is dropped. */
  readonly dropsByDefault: boolean;
  readonly acts: readonly ForeignAct[];
  /** Devices that the rules ask for, as `ForeignRule` has them. */
  readonly devices: ForeignRule["devices"];
}

/** The rules of one table, by chain. */
export interface ForeignChainRules {
  readonly rules: ReadonlyMap<string, readonly ForeignRule[]>;
  readonly dropsByPolicy: boolean;
}

export function effectsOf(base: string, { rules, dropsByPolicy }: ForeignChainRules): ForeignEffects {
  const acts = new Set<ForeignAct>();
  const devices = new Set<string | number>();
  const seen = new Set<string>();
  const waiting = [base];
  for (let chain = waiting.pop(); chain !== undefined; chain = waiting.pop()) {
    if (seen.has(chain)) continue;
    seen.add(chain);
    for (const rule of rules.get(chain) ?? []) {
      for (const act of rule.acts) acts.add(act);
      for (const device of rule.devices) devices.add(device);
      for (const { kind, chain: target } of rule.verdicts) {
        if (kind === "drop") acts.add("drops");
        if (target !== undefined) waiting.push(target);
      }
    }
  }
  const ended = endOf(base, rules, new Set());
  const dropsByDefault = ended === "drops" || (ended === "passes" && dropsByPolicy);
  return { dropsByDefault, acts: [...acts].toSorted(), devices: [...devices] };
}

/** What happens to a packet that meets none of the conditions. */
type End = "drops" | "accepts" | "passes";

function endOf(chain: string, rules: ForeignChainRules["rules"], above: Set<string>): End {
  // The kernel has no loops; a table that changed while it was read may seem to.
  if (above.has(chain)) return "passes";
  above.add(chain);
  try {
    for (const { conditional, verdicts, acts } of rules.get(chain) ?? []) {
      if (conditional) continue;
      if (acts.includes("drops")) return "drops";
      const [verdict] = verdicts;
      if (verdict?.kind === "drop") return "drops";
      if (verdict?.kind === "accept") return "accepts";
      if (verdict?.kind === "return") return "passes";
      if (verdict?.chain === undefined) continue;
      const inner = endOf(verdict.chain, rules, above);
      if (inner !== "passes" || verdict.kind === "goto") return inner;
    }
    return "passes";
  } finally {
    above.delete(chain);
  }
}
