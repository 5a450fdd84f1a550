// The part of a tree at and below a path, still hanging from the top: what `show security zones | display set` prints.

import { locate } from "./locate.ts";
import { asWords, resolve } from "./resolve.ts";
import { Report } from "./report.ts";
import { rootSchema } from "./schema-index.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const nowhere = { source: "", line: 1, column: 1, endLine: 1, endColumn: 1 };

/** The tree with nothing but what stands at `path` (set-style words) and the way to it; undefined when that is nothing. */
export function subtree(tree: ConfigNode, path: readonly string[]): ConfigNode | undefined {
  if (path.length === 0) return tree;
  const located = locate(tree, path);
  if (located === undefined) return undefined;
  const scope = { schema: rootSchema, list: undefined, path: [] };
  const steps = resolve(scope, asWords(path, nowhere), "name", new Report()) ?? [];
  const way: ConfigNode[] = [tree];
  for (const step of steps) {
    const child = step.stay ? undefined : way.at(-1)?.children.get(childId(step.word, step.keys));
    if (child !== undefined) way.push(child);
  }
  let kept: ConfigNode | undefined;
  for (const node of way.toReversed()) {
    const children = kept === undefined ? located.nodes : [kept];
    kept = { ...node, children: new Map(children.map((child) => [childId(child.word, child.keys), child])) };
  }
  return kept;
}
