// Statements by patterns: the words of a path, some of which stand for many names, against what a tree holds. `apply-path`
// and `wildcard delete` look for them.

import { indexOf, isHolder, wordsOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";

export interface Search {
  /** Whether a word of the path, perhaps a pattern, means a word of the tree. */
  readonly matches: (pattern: string, word: string) => boolean;
  readonly inactiveToo: boolean;
  /** A path may end at the word of a leaf or list, and then means all that stands below that word. */
  readonly mayEndEarly: boolean;
}

/** The set-style words, from `node`, of every statement that the path means. */
export function* findStatements(
  node: ConfigNode,
  schema: Holder | undefined,
  path: readonly string[],
  search: Search,
  start: readonly string[] = [],
): Generator<readonly string[]> {
  for (const child of node.children.values()) {
    if (child.inactive && !search.inactiveToo) continue;
    const childSchema = schema === undefined ? undefined : indexOf(schema).byWord.get(child.word);
    const named =
      childSchema === undefined ? [child.word, ...child.keys] : wordsOf(childSchema, child.word, child.keys);
    const own = childSchema?.kind === "leaf" && childSchema.positional ? [] : named;
    const endsEarly = search.mayEndEarly && path.length < own.length;
    const first = own.slice(0, endsEarly ? path.length : own.length);
    if (path.length < first.length || !first.every((word, at) => search.matches(path[at] ?? "", word))) continue;
    const words = [...start, ...first];
    const rest = path.slice(first.length);
    if (child.kind === "leaf" || child.kind === "leaf-list") {
      if (rest.length === 0 && search.mayEndEarly) yield words;
      const [wanted] = rest;
      if (rest.length !== 1 || wanted === undefined) continue;
      for (const value of child.values) if (search.matches(wanted, value)) yield [...words, value];
    } else if (rest.length === 0) yield words;
    else {
      const holder = childSchema !== undefined && isHolder(childSchema) ? childSchema : undefined;
      yield* findStatements(child, holder, rest, search, words);
    }
  }
}
