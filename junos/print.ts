// Tree → curly-brace text as the original prints it: four spaces per level, annotations on lines of their own, marks before
// the statement, lists in brackets, quotes only where needed. Loading the text gives the same tree.

import assert from "node:assert/strict";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { locate } from "./locate.ts";
import { factsOf, hasFacts } from "./node-facts.ts";
import { quoteValues, quoteWord } from "./quote.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";
import { endsLine, listOfUnknown, unknownStatement, wordOfUnknown } from "./unknown-statement.ts";
import { levelVerbs, verbs } from "./verbs.ts";

const step = "    ";

/** The whole configuration, or what stands at a level (`at`: set-style words). Empty when there is nothing. */
export function printTree(
  tree: ConfigNode,
  options: { readonly at?: readonly string[]; readonly remarks?: Remarks } = {},
): string {
  const lines = new Lines(options.remarks, options.remarks === undefined);
  const { at } = options;
  if (at === undefined || at.length === 0) printChildren(tree.children.values(), rootSchema, "", "", lines);
  else {
    const located = locate(tree, at);
    if (located === undefined) return "";
    const { nodes, schema, inList } = located;
    if (inList) for (const node of nodes) printNode(node, schemaOf(schema, node), "", "", true, lines);
    else printChildren(nodes, schema, "", "", lines);
  }
  return lines.text.length === 0 ? "" : `${lines.text.join("\n")}\n`;
}

/** The lines of a node as they were printed last. */
export interface NodeText {
  readonly schema: SchemaNode;
  readonly indent: string;
  readonly prefix: string;
  readonly inList: boolean;
  readonly text: string;
}

/** Lines to print before a statement, without indentation. */
export type Remarks = (node: ConfigNode) => readonly string[];

/** What is printed so far. */
class Lines {
  readonly text: string[] = [];
  /** Texts of nodes are kept with them, and may be several lines in one. */
  readonly keeps: boolean;
  private readonly remarks: Remarks | undefined;

  constructor(remarks?: Remarks, keeps = false) {
    this.remarks = remarks;
    this.keeps = keeps;
  }

  push(line: string): void {
    this.text.push(line);
  }

  /** What is said about a statement, before it. */
  before(node: ConfigNode, indent: string): void {
    if (node.comment !== undefined) this.push(`${indent}/* ${node.comment} */`);
    for (const remark of this.remarks?.(node) ?? []) this.push(`${indent}${remark}`);
  }
}

/**
 * One statement with everything below it, as lines. `prefix` are words before it on its line (`family `); `inList` when
 * it stands in the block of its list.
 */
export function printStatement(
  node: ConfigNode,
  schema: SchemaNode,
  { indent = "", prefix = "", inList = false } = {},
): string[] {
  const lines = new Lines();
  printNode(node, schema, indent, prefix, inList, lines);
  return lines.text;
}

/** What a statement is called on its line: `security-zone web`, or `web` inside the block of its list. */
export function headOf(node: ConfigNode, schema: SchemaNode, inList: boolean): string {
  const words = wordsOf(schema, node.word, node.keys);
  return (inList ? words.slice(1) : words).map(quoteWord).join(" ");
}

/** `protect: inactive: `, or nothing. */
export function marksOf(node: ConfigNode): string {
  return `${node.protected ? "protect: " : ""}${node.inactive ? "inactive: " : ""}`;
}

function schemaOf(parent: Holder, node: ConfigNode): SchemaNode {
  const schema = indexOf(parent).byWord.get(node.word);
  assert(schema !== undefined, `the tree holds "${node.word}", which the schema does not know`);
  return schema;
}

function printChildren(
  nodes: Iterable<ConfigNode>,
  parent: Holder,
  indent: string,
  prefix: string,
  lines: Lines,
): void {
  let block: string | undefined;
  for (const node of nodes) {
    const schema = schemaOf(parent, node);
    const inBlock = schema.kind === "list" && schema.block;
    if (block !== undefined && (!inBlock || node.word !== block)) {
      lines.push(`${indent}}`);
      block = undefined;
    }
    if (inBlock && block === undefined) {
      lines.push(`${indent}${prefix}${node.word} {`);
      block = node.word;
    }
    if (inBlock) printNode(node, schema, indent + step, "", true, lines);
    else printNode(node, schema, indent, prefix, false, lines);
  }
  if (block !== undefined) lines.push(`${indent}}`);
}

/** As `printAnew`; entries of a list that were printed before are not printed again. */
function printNode(
  node: ConfigNode,
  schema: SchemaNode,
  indent: string,
  prefix: string,
  inList: boolean,
  lines: Lines,
): void {
  if (!lines.keeps || !hasFacts(node)) return printAnew(node, schema, indent, prefix, inList, lines);
  const facts = factsOf(node);
  const known = facts.text;
  if (known?.schema === schema && known.indent === indent && known.prefix === prefix && known.inList === inList) {
    lines.push(known.text);
    return;
  }
  // An entry that holds others is put together from their texts, so that no text is kept twice.
  if (holdsFacts(node)) return printAnew(node, schema, indent, prefix, inList, lines);
  const own = new Lines();
  printAnew(node, schema, indent, prefix, inList, own);
  const text = own.text.join("\n");
  facts.text = { schema, indent, prefix, inList, text };
  lines.push(text);
}

function holdsFacts({ children }: ConfigNode): boolean {
  for (const child of children.values()) if (hasFacts(child)) return true;
  return false;
}

function printAnew(
  node: ConfigNode,
  schema: SchemaNode,
  indent: string,
  prefix: string,
  inList: boolean,
  lines: Lines,
): void {
  if (schema === unknownStatement) return printUnknown(node, indent, prefix, lines);
  const marks = marksOf(node);
  const plain = marks === "" && node.comment === undefined;
  if (schema.kind === "container" && schema.inline && plain && node.children.size > 0) {
    printChildren(node.children.values(), schema, indent, `${prefix}${node.word} `, lines);
    return;
  }
  lines.before(node, indent);
  if (!isHolder(schema)) {
    lines.push(`${indent}${marks}${prefix}${leafText(node, schema)};${isSecret(schema) ? secretMark : ""}`);
    return;
  }
  const head = `${indent}${marks}${prefix}${headOf(node, schema, inList)}`;
  // On one line the marks of a container would be those of its first leaf.
  const line = schema.kind === "container" && !plain ? undefined : oneLine(node, schema);
  if (node.children.size === 0) lines.push(`${head};`);
  else if (line !== undefined) {
    for (const child of node.children.values()) lines.before(child, indent);
    lines.push(`${head} ${line};${holdsSecret(node, schema) ? secretMark : ""}`);
  } else {
    lines.push(`${head} {`);
    printChildren(node.children.values(), schema, indent + step, "", lines);
    lines.push(`${indent}}`);
  }
}

const secretMark = " ## SECRET-DATA";

function isSecret(schema: SchemaNode): boolean {
  return schema.kind === "leaf" && schema.type.secret === true;
}

/** A statement on one line is marked as a whole. */
function holdsSecret(node: ConfigNode, schema: Holder): boolean {
  for (const child of node.children.values()) {
    const childSchema = schemaOf(schema, child);
    if (isHolder(childSchema) ? holdsSecret(child, childSchema) : isSecret(childSchema)) return true;
  }
  return false;
}

/** A word that no schema knows, with what stands below it: on the same line as far as that says the same. */
function printUnknown(node: ConfigNode, indent: string, prefix: string, lines: Lines): void {
  const word = wordOfUnknown(node);
  const words = `${prefix}${indent === "" && prefix === "" ? quoteFirst(word) : quoteWord(word)}`;
  const list = listOfUnknown(node);
  if (list === undefined && !endsLine(node)) {
    for (const child of node.children.values()) printUnknown(child, indent, `${words} `, lines);
    return;
  }
  lines.before(node, indent);
  const head = `${indent}${marksOf(node)}${words}`;
  if (node.children.size === 0) lines.push(`${head};`);
  else if (list !== undefined) lines.push(`${head} [ ${list.map(quoteWord).join(" ")} ];`);
  else {
    lines.push(`${head} {`);
    printChildren(node.children.values(), unknownStatement, indent + step, "", lines);
    lines.push(`${indent}}`);
  }
}

const commandWords: ReadonlySet<string> = new Set([...verbs, ...levelVerbs]);

/** The first word of a line at the top: between quotes it is no command, no prompt of a device, and no tag of XML. */
function quoteFirst(word: string): string {
  const written = quoteWord(word);
  return written === word && (commandWords.has(word) || /@|^<|^root[>#%]$/.test(word)) ? `"${word}"` : written;
}

/**
 * What stands below a statement that prints on one line; undefined when it needs a block. `within`: it stands in a line
 * already, as `hostname` in `local-identity hostname fw.example.net;`.
 */
function oneLine(node: ConfigNode, schema: Holder, within = false): string | undefined {
  const single = schema.oneLine === "single" && node.children.size === 1;
  if (!within && !single && schema.oneLine !== "always") return undefined;
  const parts: string[] = [];
  for (const child of node.children.values()) {
    const childSchema = schemaOf(schema, child);
    if (marksOf(child) !== "" || child.comment !== undefined) return undefined;
    if (!isHolder(childSchema)) parts.push(leafText(child, childSchema));
    else {
      const last = parts.length === node.children.size - 1;
      const inner = last ? innerLine(child, childSchema, within || schema.oneLine === "always") : undefined;
      if (inner === undefined) return undefined;
      parts.push(inner);
    }
  }
  return parts.join(" ");
}

/** A container may end a line (`time 22:00 to 06:00`): what stood behind it would be taken for its own. */
function innerLine(node: ConfigNode, schema: Holder, within: boolean): string | undefined {
  const closed = schema.kind === "container" && schema.open !== true && node.children.size > 0;
  const line = closed ? oneLine(node, schema, within) : undefined;
  return line === undefined ? undefined : `${node.word} ${line}`;
}

/** A leaf, leaf-list or flag without indentation, marks and semicolon. */
export function leafText(node: ConfigNode, schema: SchemaNode): string {
  switch (schema.kind) {
    case "leaf":
      return schema.positional ? quoteValues(node.values) : `${node.word} ${quoteValues(node.values)}`;
    case "leaf-list":
      return `${node.word} ${quoteValues(node.values)}`;
    case "flag":
    case "container":
    case "list":
      return node.word;
  }
}
