// The preparation of the gateway that was asked for last. `commit check` and `commit` ask the same thing of a large
// configuration, so it is answered once; and the next change is prepared on top of it, at the cost of the change.

import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { prepareAhead } from "./prepare-ahead.ts";
import { holdsIn } from "./prepare.ts";
import type { Preparation, Prepared, World } from "./prepare.ts";

export class LatestPreparation {
  #latest: { readonly tree: ConfigNode; readonly ruleIds: RuleIdTable; readonly world: World } | undefined;
  #result: Preparation | undefined;

  /** `running` is what is in force, of which policies keep their numbers; `firstRuleIds` counts where there is nothing. */
  prepare(tree: ConfigNode, running: Prepared | undefined, firstRuleIds: RuleIdTable, world: World): Preparation {
    const ruleIds = running?.ruleIds ?? firstRuleIds;
    const [latest, result] = [this.#latest, this.#result];
    const isAsked = latest?.tree === tree && latest.ruleIds === ruleIds;
    if (isAsked && result !== undefined && holdsIn(result, latest.world, world)) return result;
    const before = result?.ok === true ? result.prepared : running;
    this.#result = prepareAhead(tree, ruleIds, world, before);
    this.#latest = { tree, ruleIds, world };
    return this.#result;
  }
}
