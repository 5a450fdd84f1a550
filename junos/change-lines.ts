// The command lines that change one configuration into another: `delete` for what is gone, `set` for what is new,
// `insert` for what stands elsewhere, and the marks. Running them on the first tree gives the second, in its order.

import assert from "node:assert/strict";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { longestRising } from "./longest-rising.ts";
import { quoteWord } from "./quote.ts";
import { sameTree, sameWords } from "./same-tree.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { setLinesOf } from "./set-lines.ts";
import type { ConfigNode } from "./tree.ts";
import { unknownStatement } from "./unknown-statement.ts";

/** Empty exactly when the trees say the same. Every line stands at the top level. */
export function changeLines(before: ConfigNode, after: ConfigNode): string[] {
  const changes = new Changes();
  changes.children(before, after, rootSchema, "");
  return changes.lines;
}

class Changes {
  readonly lines: string[] = [];

  /** `path` are the words of the level, each after a blank. Deletions come first, because of statements that exclude each other. */
  children(before: ConfigNode, after: ConfigNode, schema: Holder, path: string): void {
    if (before.children === after.children) return;
    for (const [id, old] of before.children) {
      if (!after.children.has(id)) this.remove(old, schemaOf(old, schema), path);
    }
    for (const [id, fresh] of after.children) {
      const old = before.children.get(id);
      const childSchema = schemaOf(fresh, schema);
      if (old === undefined) this.lines.push(...setLinesOf(fresh, childSchema, path));
      else if (!sameTree(old, fresh)) this.change(old, fresh, childSchema, path);
    }
    for (const [word, childSchema] of indexOf(schema).byWord) {
      if (childSchema.kind === "list" && childSchema.ordered) this.order(before, after, word, childSchema, path);
    }
  }

  private change(old: ConfigNode, fresh: ConfigNode, schema: SchemaNode, parent: string): void {
    const path = pathOf(fresh, schema, parent);
    if (old.protected) this.lines.push(`unprotect${path}`);
    if (isHolder(schema)) this.children(old, fresh, schema, path);
    else if (schema.kind === "leaf" && !sameWords(old.values, fresh.values))
      this.lines.push(`set${schema.positional ? parent : path} ${quoteWord(fresh.values[0] ?? "")}`);
    else if (schema.kind === "leaf-list" && !sameWords(old.values, fresh.values)) {
      if (!this.values(old, fresh, path)) {
        this.lines.push(`delete${path}`, ...setLinesOf(fresh, schema, parent));
        return;
      }
    }
    // Without what stood below it a word that no schema knows would vanish.
    if (schema === unknownStatement && fresh.children.size === 0 && old.children.size > 0)
      this.lines.push(`set${path}`);
    if (old.inactive !== fresh.inactive) this.lines.push(`${fresh.inactive ? "deactivate" : "activate"}${path}`);
    if (old.comment !== fresh.comment) this.lines.push(`annotate${path} ${quoteWord(fresh.comment ?? "")}`);
    if (fresh.protected) this.lines.push(`protect${path}`);
  }

  /** Deletes and adds values. False when their order changes too, or none stays: then the statement is written anew. */
  private values(old: ConfigNode, fresh: ConfigNode, path: string): boolean {
    const wanted = new Set(fresh.values);
    const kept = old.values.filter((value) => wanted.has(value));
    if (kept.length === 0 || kept.some((value, at) => value !== fresh.values[at])) return false;
    for (const value of old.values) if (!wanted.has(value)) this.lines.push(`delete${path} ${quoteWord(value)}`);
    for (const value of fresh.values.slice(kept.length)) this.lines.push(`set${path} ${quoteWord(value)}`);
    return true;
  }

  private remove(old: ConfigNode, schema: SchemaNode, parent: string): void {
    this.unprotect(old, schema, parent);
    this.lines.push(`delete${pathOf(old, schema, parent)}`);
  }

  /** Moves as few entries as possible: those that are not part of the longest run that stands in the new order already. */
  private order(before: ConfigNode, after: ConfigNode, word: string, schema: SchemaNode, path: string): void {
    const kept = [...before.children].filter(([id, { word: other }]) => other === word && after.children.has(id));
    const added = [...after.children].filter(([id, { word: other }]) => other === word && !before.children.has(id));
    // New entries come to stand at the end.
    const places = new Map([...kept, ...added].map(([id], at) => [id, at]));
    const entries = [...after.children].filter(([id]) => places.has(id));
    const settled = new Set(longestRising(entries.map(([id]) => places.get(id) ?? 0)));
    if (settled.size === entries.length) return;
    const nodes = entries.map(([, node]) => node);
    const first = nodes[settled.values().next().value ?? 0];
    for (const [at, node] of nodes.entries()) {
      const anchor = at === 0 ? first : nodes[at - 1];
      if (settled.has(at) || anchor === undefined) continue;
      this.move(node, at === 0 ? "before" : "after", anchor, schema, path);
    }
  }

  private move(
    node: ConfigNode,
    where: "before" | "after",
    anchor: ConfigNode,
    schema: SchemaNode,
    path: string,
  ): void {
    this.unprotect(node, schema, path);
    this.lines.push(`insert${pathOf(node, schema, path)} ${where}${pathOf(anchor, schema, "")}`);
    this.protect(node, schema, path);
  }

  /** What is protected can be neither moved nor deleted. */
  private unprotect(node: ConfigNode, schema: SchemaNode, parent: string): void {
    const path = pathOf(node, schema, parent);
    if (node.protected) this.lines.push(`unprotect${path}`);
    if (isHolder(schema))
      for (const child of node.children.values()) this.unprotect(child, schemaOf(child, schema), path);
  }

  private protect(node: ConfigNode, schema: SchemaNode, parent: string): void {
    const path = pathOf(node, schema, parent);
    if (isHolder(schema))
      for (const child of node.children.values()) this.protect(child, schemaOf(child, schema), path);
    if (node.protected) this.lines.push(`protect${path}`);
  }
}

function schemaOf(node: ConfigNode, parent: Holder): SchemaNode {
  const schema = indexOf(parent).byWord.get(node.word);
  assert(schema !== undefined, `the tree holds "${node.word}", which the schema does not know`);
  return schema;
}

function pathOf(node: ConfigNode, schema: SchemaNode, parent: string): string {
  return `${parent} ${wordsOf(schema, node.word, node.keys).map(nameWord).join(" ")}`;
}

/** In an `insert` line a name must not look like the word between the two entries. */
function nameWord(word: string): string {
  return word === "before" || word === "after" ? `"${word}"` : quoteWord(word);
}
