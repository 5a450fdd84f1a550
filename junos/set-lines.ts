// Tree → `set` lines, followed by the lines for marks and annotations. Loading the lines in this order gives the same tree:
// a mark comes after all lines of its statement, and `protect` after everything below it.

import assert from "node:assert/strict";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { quoteWord } from "./quote.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";

/** One line per leaf, value, flag and empty statement. */
export function printSetLines(tree: ConfigNode): string[] {
  const lines: string[] = [];
  below(tree, rootSchema, "", lines);
  return lines;
}

/** The lines of one statement with everything below it; `parent` are the words before it, each after a blank. */
export function setLinesOf(node: ConfigNode, schema: SchemaNode, parent: string): string[] {
  const lines: string[] = [];
  statement(node, schema, parent, lines);
  return lines;
}

function below(node: ConfigNode, schema: Holder, path: string, lines: string[]): void {
  const { byWord } = indexOf(schema);
  for (const child of node.children.values()) {
    const childSchema = byWord.get(child.word);
    assert(childSchema !== undefined, `the tree holds "${child.word}", which the schema does not know`);
    statement(child, childSchema, path, lines);
  }
}

function statement(node: ConfigNode, schema: SchemaNode, parent: string, lines: string[]): void {
  const path = `${parent} ${wordsOf(schema, node.word, node.keys).map(quoteWord).join(" ")}`;
  if (isHolder(schema)) {
    if (node.children.size === 0) lines.push(`set${path}`);
    else below(node, schema, path, lines);
  } else if (schema.kind === "leaf") {
    lines.push(
      schema.positional
        ? `set${parent} ${quoteWord(node.values[0] ?? "")}`
        : `set${path} ${quoteWord(node.values[0] ?? "")}`,
    );
  } else if (schema.kind === "leaf-list") for (const value of node.values) lines.push(`set${path} ${quoteWord(value)}`);
  else lines.push(`set${path}`);
  if (node.inactive) lines.push(`deactivate${path}`);
  if (node.comment !== undefined) lines.push(`annotate${path} ${quoteWord(node.comment)}`);
  if (node.protected) lines.push(`protect${path}`);
}
