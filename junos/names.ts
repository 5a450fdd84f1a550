// The keys of a list wherever it stands in a tree, for completion: all zones, all addresses of all books.

import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";

export interface ListedName {
  readonly name: string;
  /** The entry's description, else what the list is. */
  readonly help: string;
}

/** `path` are words without keys; every entry of a list on the way is searched. */
export function* namesAt(tree: ConfigNode, path: readonly string[]): Generator<ListedName> {
  yield* below(tree, rootSchema, path);
}

function* below(node: ConfigNode, schema: Holder, path: readonly string[]): Generator<ListedName> {
  const [word, ...rest] = path;
  const child = word === undefined ? undefined : indexOf(schema).byWord.get(word);
  if (word === undefined || child === undefined || !isHolder(child)) return;
  if (child.kind === "container") {
    const inner = node.children.get(word);
    if (inner !== undefined) yield* below(inner, child, rest);
    return;
  }
  for (const entry of node.children.values()) {
    if (entry.word !== word) continue;
    if (rest.length > 0) yield* below(entry, child, rest);
    else yield { name: entry.keys[0] ?? "", help: entry.children.get("description")?.values[0] ?? child.help };
  }
}
