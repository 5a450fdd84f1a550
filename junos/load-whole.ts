// The end of a load whose text is meant to be the whole configuration: what says the same keeps its nodes, and what was
// protected must stand in it as it was.

import type { Span } from "@merlon/model/diagnostic.ts";
import { refuseProtected } from "./protection.ts";
import type { Report } from "./report.ts";
import { changedProtected, shareTree } from "./share-tree.ts";
import type { ConfigNode } from "./tree.ts";

/** `tree` with the nodes of `base`; after an error, also because of protection, the base. */
export function settleWhole(
  base: ConfigNode,
  tree: ConfigNode,
  start: Span,
  at: readonly string[],
  report: Report,
): ConfigNode {
  const shared = shareTree(base, tree);
  const kept = changedProtected(base, shared);
  if (kept !== undefined) refuseProtected(report, start, at, kept);
  return report.errorCount > 0 ? base : shared;
}
