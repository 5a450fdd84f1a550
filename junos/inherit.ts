// The configuration that is enforced: the tree with everything that its statements inherit. First configuration groups,
// then interface ranges (what groups bring to an interface wins over its ranges, as on the original), then prefix lists
// that follow a path, because these look at addresses that groups and ranges may have brought. Every inherited statement
// remembers where it comes from. A second pass changes nothing.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { applyPaths } from "./apply-path.ts";
import { expandGroups } from "./expand-groups.ts";
import { expandRanges } from "./expand-ranges.ts";
import { asksForSettings } from "./group-conditions.ts";
import type { ClusterNode, GatewayIdentity, OwnSettings } from "./group-conditions.ts";
import { groupTimes } from "./group-times.ts";
import { Report } from "./report.ts";
import type { ConfigNode } from "./tree.ts";

export interface InheritOptions {
  /** Which node of a cluster this is: what `apply-groups "${node}"` applies. Without it that applies nothing. */
  readonly node?: ClusterNode | undefined;
  /**
   * What the configuration says about its gateway, for groups that count at certain times or on certain hosts; such a
   * group counts never without it. It is asked with the tree as it is without these groups, and only where there are any.
   */
  readonly own?: ((expanded: ConfigNode) => OwnSettings) | undefined;
  /** Groups that count for their time whatever it is, for what a configuration may become. */
  readonly timeMet?: ((name: string) => boolean) | undefined;
}

export interface Inherited {
  readonly tree: ConfigNode;
  readonly diagnostics: readonly Diagnostic[];
  /** Which groups count for their time now, and in which time zone; absent when none asks for the time. */
  readonly timed?: TimedGroups;
}

export interface TimedGroups {
  readonly timeZone: string;
  readonly met: ReadonlySet<string>;
}

/** The same object comes back when there is nothing to inherit. */
export function inherit(tree: ConfigNode, { node, own, timeMet }: InheritOptions = {}): Inherited {
  const first = inheritAs(tree, { node });
  if (own === undefined || !asksForSettings(tree)) return first;
  const settings = own(first.tree);
  const times = groupTimes(tree, settings.now);
  const timed = times === undefined ? {} : { timed: { timeZone: settings.now.timeZoneId, met: times.met } };
  return { ...inheritAs(tree, { node, own: settings, timeMet }), ...timed };
}

function inheritAs(tree: ConfigNode, identity: GatewayIdentity): Inherited {
  const report = new Report();
  const grouped = expandGroups(tree, identity, report);
  const spread = expandRanges(grouped, report);
  return { tree: applyPaths(spread, report), diagnostics: report.diagnostics };
}
