// Subtree filters (RFC 6241, 6) on a configuration tree: what `<get-config>` and `<get-configuration>` ask for. The filter
// is applied to the tree and not to its XML, so that any form of the answer can be filtered. Names select, values match,
// and an element that names nothing of the schema selects nothing. Name spaces and attributes of a filter do not count.

import { elementName, meaningsOf } from "@merlon/junos/element-names.ts";
import { isHolder, rootSchema } from "@merlon/junos/schema-index.ts";
import type { Holder } from "@merlon/junos/schema-index.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import type { ParsedElement } from "./parse-xml.ts";

/**
 * What the children of a filter's `<configuration>` select; an element without children selects everything. The root is
 * returned even when nothing is left below it.
 */
export function filterTree(tree: ConfigNode, filters: readonly ParsedElement[]): ConfigNode {
  return filters.length === 0 ? tree : selectChildren(tree, rootSchema, filters);
}

function selectChildren(node: ConfigNode, schema: Holder, filters: readonly ParsedElement[]): ConfigNode {
  const meanings = meaningsOf(schema);
  const byWord = new Map<string, { readonly schema: SchemaNode; readonly filters: ParsedElement[] }>();
  for (const filter of filters) {
    const meaning = meanings.get(filter.name);
    if (meaning === undefined) continue;
    const known = byWord.get(meaning.word);
    if (known === undefined) byWord.set(meaning.word, { schema: meaning.schema, filters: [filter] });
    else known.filters.push(filter);
  }
  const children = new Map<string, ConfigNode>();
  for (const [id, child] of node.children) {
    const found = byWord.get(child.word);
    const selected = found === undefined ? undefined : selectNode(child, found.schema, found.filters);
    if (selected !== undefined) children.set(id, selected);
  }
  return { ...node, children };
}

/** What any of the filters selects of the statement. */
function selectNode(node: ConfigNode, schema: SchemaNode, filters: readonly ParsedElement[]): ConfigNode | undefined {
  if (!isHolder(schema)) return filters.some((filter) => matchesValue(node, filter)) ? node : undefined;
  const matching = filters.filter((filter) => filter.children.every((child) => matchesContent(node, schema, child)));
  if (matching.length === 0) return undefined;
  if (matching.some(({ children }) => children.every(isContent))) return node;
  const selecting = matching.flatMap(({ children }) => children);
  const selected = selectChildren(node, schema, selecting);
  // An entry of which its name was asked for is there even without anything in it; a container is not.
  const asksForKey = schema.kind === "list" && selecting.some(({ name }) => isKey(schema, name));
  return selected.children.size > 0 || asksForKey ? selected : undefined;
}

/** A value that must be equal, where other elements select. */
function isContent({ text, children }: ParsedElement): boolean {
  return children.length === 0 && text.trim() !== "";
}

function matchesContent(node: ConfigNode, schema: Holder, filter: ParsedElement): boolean {
  if (!isContent(filter)) return true;
  const wanted = filter.text.trim();
  if (schema.kind === "list") {
    const at = schema.keys.findIndex(({ name }) => name === filter.name);
    if (at >= 0) return node.keys[at] === wanted;
  }
  for (const child of node.children.values()) {
    const meaning = meaningsOf(schema).get(filter.name);
    if (meaning?.word === child.word && elementName(child.word, meaning.schema) === filter.name)
      return child.values.includes(wanted);
  }
  return false;
}

function matchesValue(node: ConfigNode, filter: ParsedElement): boolean {
  return !isContent(filter) || node.values.includes(filter.text.trim());
}

function isKey(schema: Extract<Holder, { kind: "list" }>, name: string): boolean {
  return schema.keys.some((key) => key.name === name);
}
