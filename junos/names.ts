// The keys of a list wherever it stands in a tree, for completion: all zones, all addresses of all books.

import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";

export interface ListedName {
  readonly name: string;
  /** The entry's description, else what the list is. */
  readonly help: string;
}

/** `path` are words without keys; every entry of a list on the way is searched. Only names that begin with `partial`. */
export function* namesAt(tree: ConfigNode, path: readonly string[], partial = ""): Generator<ListedName> {
  yield* below(tree, rootSchema, path, partial);
}

function* below(node: ConfigNode, schema: Holder, path: readonly string[], partial: string): Generator<ListedName> {
  const [word, ...rest] = path;
  const child = word === undefined ? undefined : indexOf(schema).byWord.get(word);
  if (word === undefined || child === undefined || !isHolder(child)) return;
  if (child.kind === "container") {
    const inner = node.children.get(word);
    if (inner !== undefined) yield* below(inner, child, rest, partial);
    return;
  }
  const { names, nodes } = entriesOf(node, word);
  for (const [at, name] of names.entries()) {
    const entry = nodes[at];
    if (entry === undefined) continue;
    if (rest.length > 0) yield* below(entry, child, rest, partial);
    // Of 100,000 names most begin otherwise: what is said of a name is looked for last.
    else if (name.startsWith(partial)) yield { name, help: entry.children.get("description")?.values[0] ?? child.help };
  }
}

/** The entries of a list, beside each other. */
interface Entries {
  readonly names: readonly string[];
  readonly nodes: readonly ConfigNode[];
}

interface GrowingEntries extends Entries {
  readonly names: string[];
  readonly nodes: ConfigNode[];
}

const noEntries: Entries = { names: [], nodes: [] };
/** From here on the entries of a node are sorted by their lists once: going through all of them for each list is slow. */
const indexedCountMin = 256;
const indexes = new WeakMap<ConfigNode, ReadonlyMap<string, Entries>>();

function entriesOf(node: ConfigNode, word: string): Entries {
  if (node.children.size < indexedCountMin) return indexOfEntries(node).get(word) ?? noEntries;
  const known = indexes.get(node) ?? indexOfEntries(node);
  indexes.set(node, known);
  return known.get(word) ?? noEntries;
}

function indexOfEntries(node: ConfigNode): ReadonlyMap<string, Entries> {
  const index = new Map<string, GrowingEntries>();
  for (const entry of node.children.values()) {
    const [name] = entry.keys;
    if (name === undefined) continue;
    const entries = index.get(entry.word) ?? { names: [], nodes: [] };
    entries.names.push(name);
    entries.nodes.push(entry);
    index.set(entry.word, entries);
  }
  return index;
}
