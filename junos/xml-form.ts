// Tree → XML as the original prints it (`show configuration | display xml`): four spaces per level, a flag is an empty
// element, a leaf-list is an element per value, marks are attributes and an annotation is an element before its
// statement. Reading the text gives the same tree.

import assert from "node:assert/strict";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { elementName, isLeftOut } from "./element-names.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";
import { joinWords, linesOfUnknown, unknownStatement } from "./unknown-statement.ts";
import type { UnknownLine } from "./unknown-statement.ts";

const step = "    ";

/** The name space of `<junos:comment>`, of the release whose grammar the schema follows. */
const junosNamespace = "http://xml.juniper.net/junos/24.4R1/junos";

/** The whole as one `<configuration>` element. A part of a tree is printed with the way to it: see `subtree`. */
export function printXml(tree: ConfigNode): string {
  const lines: string[] = [];
  childElements(tree, rootSchema, step, lines);
  const head = `<configuration xmlns:junos="${junosNamespace}"`;
  return lines.length === 0 ? `${head}/>\n` : `${head}>\n${lines.join("\n")}\n</configuration>\n`;
}

function childElements(node: ConfigNode, schema: Holder, indent: string, lines: string[]): void {
  const { byWord } = indexOf(schema);
  for (const child of node.children.values()) {
    const childSchema = byWord.get(child.word);
    assert(childSchema !== undefined, `the tree holds "${child.word}", which the schema does not know`);
    if (childSchema === unknownStatement) for (const line of linesOfUnknown(child)) unknownLine(line, indent, lines);
    else statement(child, childSchema, indent, lines);
  }
}

/** Words that no schema knows are one text, as on their line. */
function unknownLine({ words, node }: UnknownLine, indent: string, lines: string[]): void {
  statement({ ...node, keys: [joinWords(words)] }, unknownStatement, indent, lines);
}

function statement(node: ConfigNode, schema: SchemaNode, indent: string, lines: string[]): void {
  const name = elementName(node.word, schema);
  const open = `${indent}<${name}${attributesOf(node)}`;
  if (node.comment !== undefined)
    lines.push(`${indent}<junos:comment>/* ${escapeText(node.comment)} */</junos:comment>`);
  if (!isHolder(schema)) {
    if (schema.kind === "flag") lines.push(`${open}/>`);
    else for (const value of node.values) lines.push(`${open}>${escapeText(value)}</${name}>`);
    return;
  }
  if (node.keys.length === 0 && node.children.size === 0) {
    lines.push(`${open}/>`);
    return;
  }
  lines.push(`${open}>`);
  if (schema.kind === "list") {
    for (const [at, key] of schema.keys.entries()) {
      if (isLeftOut(key, node.keys[at])) continue;
      lines.push(`${indent}${step}<${key.name}>${escapeText(node.keys[at] ?? "")}</${key.name}>`);
    }
  }
  childElements(node, schema, indent + step, lines);
  lines.push(`${indent}</${name}>`);
}

function attributesOf(node: ConfigNode): string {
  return `${node.protected ? ' protect="protect"' : ""}${node.inactive ? ' inactive="inactive"' : ""}`;
}

/** A carriage return would be read as a line end, so it is written as a reference. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}
