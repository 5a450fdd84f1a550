// The configuration that is enforced: the tree with everything that its statements inherit. First configuration groups,
// then interface ranges (what groups bring to an interface wins over its ranges, as on the original), then prefix lists
// that follow a path, because these look at addresses that groups and ranges may have brought. Every inherited statement
// remembers where it comes from. A second pass changes nothing.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { applyPaths } from "./apply-path.ts";
import { expandGroups } from "./expand-groups.ts";
import type { ClusterNode } from "./expand-groups.ts";
import { expandRanges } from "./expand-ranges.ts";
import { Report } from "./report.ts";
import type { ConfigNode } from "./tree.ts";

export interface InheritOptions {
  /** Which node of a cluster this is: what `apply-groups "${node}"` applies. Without it that applies nothing. */
  readonly node?: ClusterNode;
}

export interface Inherited {
  readonly tree: ConfigNode;
  readonly diagnostics: readonly Diagnostic[];
}

/** The same object comes back when there is nothing to inherit. */
export function inherit(tree: ConfigNode, options: InheritOptions = {}): Inherited {
  const report = new Report();
  const grouped = expandGroups(tree, options.node, report);
  const spread = expandRanges(grouped, report);
  return { tree: applyPaths(spread, report), diagnostics: report.diagnostics };
}
