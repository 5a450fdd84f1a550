// Whether a user may make a change: each statement that differs afterwards must be one that his login class lets him
// configure. It is asked when the change was read and before it counts.

import { indexOf, isHolder, rootSchema, wordsOf } from "@merlon/junos/schema-index.ts";
import type { Holder } from "@merlon/junos/schema-index.ts";
import { sameTree } from "@merlon/junos/same-tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Access } from "./access.ts";
import type { Judge } from "../candidate/candidates.ts";

export function judgeFor(access: Access | undefined): Judge {
  return (before, loaded) => {
    if (access === undefined || access.unlimited || hasErrors(loaded.diagnostics)) return loaded;
    const path = firstForbidden(access, before, loaded.tree, rootSchema, []);
    if (path === undefined) return loaded;
    const error = { code: "access.denied", severity: "error" as const, path, message: "permission denied" };
    return { tree: before, diagnostics: [...loaded.diagnostics, error] };
  };
}

/** The first statement that differs and that the user may not configure. */
function firstForbidden(
  access: Access,
  before: ConfigNode | undefined,
  after: ConfigNode | undefined,
  schema: Holder,
  path: readonly string[],
): readonly string[] | undefined {
  const { byWord } = indexOf(schema);
  for (const id of new Set([...(before?.children.keys() ?? []), ...(after?.children.keys() ?? [])])) {
    const [old, fresh] = [before?.children.get(id), after?.children.get(id)];
    const node = fresh ?? old;
    if (node === undefined || (old !== undefined && fresh !== undefined && sameTree(old, fresh))) continue;
    const childSchema = byWord.get(node.word);
    if (childSchema === undefined) return path;
    const below = [...path, ...wordsOf(childSchema, node.word, node.keys)];
    const inside = isHolder(childSchema) ? firstForbidden(access, old, fresh, childSchema, below) : undefined;
    if (inside !== undefined) return inside;
    if (isOwnChange(old, fresh) && !access.mayConfigure(below)) return below;
  }
  return undefined;
}

/** The statement itself differs, and not only what stands below it. */
function isOwnChange(old: ConfigNode | undefined, fresh: ConfigNode | undefined): boolean {
  if (old === undefined || fresh === undefined) return (old ?? fresh)?.children.size === 0;
  const bare = (node: ConfigNode): ConfigNode => ({ ...node, children: new Map() });
  return !sameTree(bare(old), bare(fresh)) || !sameOrder(old, fresh);
}

function sameOrder(old: ConfigNode, fresh: ConfigNode): boolean {
  const kept = [...fresh.children.keys()].filter((id) => old.children.has(id));
  const stood = [...old.children.keys()].filter((id) => fresh.children.has(id));
  return kept.every((id, at) => id === stood[at]);
}
