// Secrets that were written as they are become the form that nobody reads over a shoulder, before anybody else sees the
// tree. What stood there before is left alone: the two trees share it, so a small change is a short walk.

import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { toSecretText } from "./secret-text.ts";
import type { ConfigNode } from "./tree.ts";

/** These have a hash of their own, from which nobody comes back. */
const hashed: ReadonlySet<string> = new Set(["encrypted-password", "plain-text-password-value"]);

/** `tree` itself when it holds no such secret that `before` does not hold. */
export function hideSecrets(before: ConfigNode | undefined, tree: ConfigNode): ConfigNode {
  return inHolder(before, tree, rootSchema);
}

function inHolder(before: ConfigNode | undefined, node: ConfigNode, schema: Holder): ConfigNode {
  if (node === before) return node;
  let children: Map<string, ConfigNode> | undefined;
  const { byWord } = indexOf(schema);
  for (const [id, child] of node.children) {
    const next = inChild(before?.children.get(id), child, byWord.get(child.word));
    if (next !== child) (children ??= new Map(node.children)).set(id, next);
  }
  return children === undefined ? node : { ...node, children };
}

function inChild(before: ConfigNode | undefined, child: ConfigNode, schema: SchemaNode | undefined): ConfigNode {
  if (schema === undefined || child === before) return child;
  if (isHolder(schema)) return child.children.size === 0 ? child : inHolder(before, child, schema);
  if (schema.kind !== "leaf" || schema.type.secret !== true || hashed.has(child.word)) return child;
  // `$9$`, `$8$` and the hashes of crypt(3) are hidden already.
  const values = child.values.map((value) => (/^\$\w+\$/.test(value) ? value : toSecretText(value)));
  return values.every((value, at) => value === child.values[at]) ? child : { ...child, values };
}
