// Tree → JSON as the original prints it (`show configuration | display json`): a list is an array of objects, a flag is
// `[null]`, a number stands without quotes, marks and annotation stand under `"@"`, or under `"@name"` beside a statement
// that is no object. Reading the text gives the same tree, in the same order.

import assert from "node:assert/strict";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { elementName, isLeftOut } from "./element-names.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";
import { joinWords, linesOfUnknown, unknownStatement } from "./unknown-statement.ts";
import type { UnknownLine } from "./unknown-statement.ts";

const step = "    ";

/** The whole as one `configuration` object. A part of a tree is printed with the way to it: see `subtree`. */
export function printJson(tree: ConfigNode): string {
  const members = membersBelow(tree, rootSchema, step);
  return `{\n${step}"configuration": ${object(members, step)}\n}\n`;
}

/** The members of an object, each as `"name": value`, for a block whose members stand at `indent` and one step more. */
function membersBelow(node: ConfigNode, schema: Holder, indent: string): string[] {
  const { byWord } = indexOf(schema);
  const members: string[] = [];
  for (const [word, nodes] of Map.groupBy(node.children.values(), (child) => child.word)) {
    const childSchema = byWord.get(word);
    assert(childSchema !== undefined, `the tree holds "${word}", which the schema does not know`);
    members.push(...statement(nodes, word, childSchema, indent + step));
  }
  return members;
}

/** All nodes of one word: the entries of a list, or the one node of anything else. */
function statement(nodes: readonly ConfigNode[], word: string, schema: SchemaNode, indent: string): string[] {
  const name = elementName(word, schema);
  if (schema.kind === "list") {
    const inner = indent + step;
    const written = schema === unknownStatement ? nodes.flatMap(linesOfUnknown).map(asEntry) : nodes;
    const entries = written.map((node) => `${inner}${object(entryMembers(node, schema, inner), inner)}`);
    return [`${quote(name)}: [\n${entries.join(",\n")}\n${indent}]`];
  }
  const [node] = nodes;
  assert(node !== undefined && nodes.length === 1, `"${word}" stands ${nodes.length} times`);
  if (isHolder(schema)) return [`${quote(name)}: ${object(entryMembers(node, schema, indent), indent)}`];
  const marks = marksOf(node);
  const beside = (metadata: string): string[] => (marks.length === 0 ? [] : [`${quote(`@${name}`)}: ${metadata}`]);
  switch (schema.kind) {
    case "flag":
      return [`${quote(name)}: [null]`, ...beside(object(marks, indent))];
    case "leaf":
      return [`${quote(name)}: ${scalar(node.values[0] ?? "", schema.type)}`, ...beside(object(marks, indent))];
    case "leaf-list": {
      const inner = indent + step;
      const values = node.values.map((value) => `${inner}${scalar(value, schema.type)}`);
      // The metadata of values stand in a list beside them; the annotation is that of the first.
      const metadata = node.values.map((_, at) => `${inner}${object(at === 0 ? marks : tagsOf(node), inner)}`);
      return [
        `${quote(name)}: [\n${values.join(",\n")}\n${indent}]`,
        ...beside(`[\n${metadata.join(",\n")}\n${indent}]`),
      ];
    }
  }
}

/** Words that no schema knows are one text, as on their line. */
function asEntry({ words, node }: UnknownLine): ConfigNode {
  return { ...node, keys: [joinWords(words)] };
}

function entryMembers(node: ConfigNode, schema: Holder, indent: string): string[] {
  const marks = marksOf(node);
  const members = marks.length === 0 ? [] : [`"@": ${object(marks, indent + step)}`];
  if (schema.kind === "list") {
    for (const [at, key] of schema.keys.entries()) {
      if (isLeftOut(key, node.keys[at])) continue;
      members.push(`${quote(key.name)}: ${scalar(node.keys[at] ?? "", key.type)}`);
    }
  }
  return [...members, ...membersBelow(node, schema, indent)];
}

function marksOf(node: ConfigNode): string[] {
  return node.comment === undefined ? tagsOf(node) : [...tagsOf(node), `"comment": ${quote(`/* ${node.comment} */`)}`];
}

function tagsOf(node: ConfigNode): string[] {
  return [...(node.protected ? ['"protect": true'] : []), ...(node.inactive ? ['"inactive": true'] : [])];
}

/** `indent` is that of the line on which the object begins. */
function object(members: readonly string[], indent: string): string {
  if (members.length === 0) return "{}";
  return `{\n${members.map((member) => `${indent}${step}${member}`).join(",\n")}\n${indent}}`;
}

/** The place of a number may hold another word of its type, with a unit or in hexadecimal, or in a group a wildcard. */
function scalar(value: string, type: ValueType<unknown>): string {
  return type.numeric === true && /^(?:0|-?[1-9]\d{0,9})$/.test(value) ? value : quote(value);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
