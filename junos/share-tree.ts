// `load update`: the new tree says what the text says, and is built of the nodes of the old tree wherever both say the same.
// What did not change keeps its identity, so nothing downstream that compares with `===` sees a change there.

import { sameNode } from "./same-tree.ts";
import type { ConfigNode } from "./tree.ts";

/** A tree that says the same as `fresh`, with the nodes of `old` where they say the same; `old` itself if nothing changed. */
export function shareTree(old: ConfigNode, fresh: ConfigNode): ConfigNode {
  if (old === fresh) return old;
  const children = new Map<string, ConfigNode>();
  const oldIds = old.children.keys();
  let same = sameNode(old, fresh) && old.children.size === fresh.children.size;
  for (const [id, child] of fresh.children) {
    const known = old.children.get(id);
    const shared = known === undefined ? child : shareTree(known, child);
    // The order counts, too.
    if (shared !== known || oldIds.next().value !== id) same = false;
    children.set(id, shared);
  }
  return same ? old : { ...fresh, children };
}

/** The first protected statement of `old` that `fresh`, made by `shareTree`, has changed or no longer has. */
export function changedProtected(old: ConfigNode, fresh: ConfigNode | undefined): ConfigNode | undefined {
  if (old === fresh) return undefined;
  if (old.protected) return old;
  for (const [id, child] of old.children) {
    const found = changedProtected(child, fresh?.children.get(id));
    if (found !== undefined) return found;
  }
  return undefined;
}
