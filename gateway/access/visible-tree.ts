// What a user may see of a configuration: statements that his login class does not open are not there, and values that are
// secrets are words that say so, as on the original. Who may see everything gets the tree itself.

import { indexOf, isHolder, rootSchema, wordsOf } from "@merlon/junos/schema-index.ts";
import type { Holder } from "@merlon/junos/schema-index.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import type { Access } from "./access.ts";

const hiddenSecret = "/* SECRET-DATA */";

/** `access` is absent for who may do everything. */
export function visibleTree(access: Access | undefined, tree: ConfigNode): ConfigNode {
  if (access === undefined || (access.unlimited && access.seesSecrets)) return tree;
  return { ...tree, children: visibleChildren(access, tree, rootSchema, []) };
}

function visibleChildren(
  access: Access,
  node: ConfigNode,
  schema: Holder,
  path: readonly string[],
): ReadonlyMap<string, ConfigNode> {
  const { byWord } = indexOf(schema);
  const children = new Map<string, ConfigNode>();
  for (const [id, child] of node.children) {
    const childSchema = byWord.get(child.word);
    const visible = childSchema === undefined ? undefined : visibleNode(access, child, childSchema, path);
    if (visible !== undefined) children.set(id, visible);
  }
  return children;
}

function visibleNode(
  access: Access,
  node: ConfigNode,
  schema: SchemaNode,
  above: readonly string[],
): ConfigNode | undefined {
  const path = [...above, ...wordsOf(schema, node.word, node.keys)];
  if (!isHolder(schema)) {
    if (!access.mayView(path)) return undefined;
    const isSecret = (schema.kind === "leaf" || schema.kind === "leaf-list") && schema.type.secret === true;
    return isSecret && !access.seesSecrets ? { ...node, values: node.values.map(() => hiddenSecret) } : node;
  }
  const children = visibleChildren(access, node, schema, path);
  // What is open further down is shown with the way to it.
  return children.size > 0 || access.mayView(path) ? { ...node, children } : undefined;
}
