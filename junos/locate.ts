// Finds what set-style words name in a tree: the level of `show security zones`, of `edit`, of a comparison.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { Report } from "./report.ts";
import { asWords, resolve } from "./resolve.ts";
import { isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

/** Some children of one node: all of them, one leaf, or the entries of one list. */
export interface Located {
  readonly parent: ConfigNode;
  readonly schema: Holder;
  readonly nodes: readonly ConfigNode[];
  /** The nodes are entries of one list and stand in its block. */
  readonly inList: boolean;
}

const nowhere = { source: "", line: 1, column: 1, endLine: 1, endColumn: 1 };

/** What is wrong with words that name nothing of the schema, the errors without place; nothing when they name something. */
export function wrongPath(words: readonly string[]): readonly Diagnostic[] {
  const report = new Report();
  resolve({ schema: rootSchema, list: undefined, path: [] }, asWords(words, nowhere), "name", report);
  return report.diagnostics.map(({ code, severity, path, message, hint }) => ({
    code,
    severity,
    path,
    message,
    ...(hint === undefined ? {} : { hint }),
  }));
}

/** Undefined when the words name nothing of the schema, or nothing that stands in the tree. */
export function locate(tree: ConfigNode, words: readonly string[]): Located | undefined {
  const scope = { schema: rootSchema, list: undefined, path: [] };
  const steps = resolve(scope, asWords(words, nowhere), "name", new Report());
  if (steps === undefined) return undefined;
  let parent = tree;
  let schema: Holder = rootSchema;
  for (const step of steps) {
    if (step.schema.kind === "list" && step.keys.length === 0) {
      const nodes = [...parent.children.values()].filter(({ word }) => word === step.word);
      return nodes.length === 0 ? undefined : { parent, schema, nodes, inList: true };
    }
    const child = parent.children.get(childId(step.word, step.keys));
    if (child === undefined) return undefined;
    if (step.stay) return { parent, schema, nodes: [child], inList: false };
    if (!isHolder(step.schema)) return undefined;
    parent = child;
    schema = step.schema;
  }
  return { parent, schema, nodes: [...parent.children.values()], inList: false };
}
