// What the schema says of statements, for `help`: those whose words or help hold a text, and one of them in full.

import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { hasKeyword, indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { unknownWord } from "./unknown-statement.ts";

export interface StatementHelp {
  /** With placeholders for names: `security zones security-zone <zone-name>`. */
  readonly words: readonly string[];
  readonly help: string;
  /** The statement is kept without effect. */
  readonly kept: boolean;
}

export interface StatementReference extends StatementHelp {
  /** What may stand behind a leaf, and each word of it with its help where they are few. */
  readonly value?: { readonly placeholder: string; readonly words: Readonly<Record<string, string>> };
  readonly manyValues: boolean;
  readonly standard?: string;
  /** Why it has no effect, where there is a reason of its own. */
  readonly notEnforced?: string;
  /** The statements right below. */
  readonly below: readonly StatementHelp[];
}

/** They stand on every level and are told of once, or hold what nobody knows. */
const everywhere: ReadonlySet<string> = new Set(["apply-groups", "apply-groups-except", "apply-macro", unknownWord]);
/** Groups hold everything once more. */
const again: ReadonlySet<string> = new Set(["groups", "logical-systems", "tenants"]);
const depthMax = 40;

/** Statements with the text in their last words or in their help, without regard to case, in the order of the schema. */
export function* statementsAbout(text: string): Generator<StatementHelp> {
  yield* below(rootSchema, [], text.toLowerCase());
}

function* below(schema: Holder, path: readonly string[], text: string): Generator<StatementHelp> {
  if (path.length > depthMax) return;
  for (const [word, child] of indexOf(schema).byWord) {
    if (everywhere.has(word) || (path.length === 0 && again.has(word))) continue;
    const own = ownWords(word, child);
    const one = { words: [...path, ...own], help: child.help, kept: child.kept === true };
    if (own.join(" ").toLowerCase().includes(text) || child.help.toLowerCase().includes(text)) yield one;
    if (isHolder(child)) yield* below(child, one.words, text);
  }
}

/** The statement that the words name, with or without names of entries; undefined when there is none. */
export function referenceOf(words: readonly string[]): StatementReference | undefined {
  let schema: SchemaNode = rootSchema;
  let path: readonly string[] = [];
  for (let at = 0; at < words.length;) {
    if (!isHolder(schema)) return undefined;
    const { byWord, keywordless, positional } = indexOf(schema);
    const word = words[at] ?? "";
    const nameless = keywordless.find((one) => one.schema.kind === "list");
    const found: SchemaNode | undefined = byWord.get(word);
    const isKeyword = found !== undefined && hasKeyword(found);
    const child: SchemaNode | undefined = isKeyword ? found : (nameless?.schema ?? positional?.schema);
    if (child === undefined || everywhere.has(word)) return undefined;
    // The words of a list without keyword are its names.
    if (isKeyword || child.kind !== "list") at++;
    path = [...path, ...ownWords(word, child)];
    if (child.kind === "list") at += namesBehind(child, words.slice(at));
    schema = child;
  }
  return path.length === 0 ? undefined : described(path, schema);
}

/** How many words are names of the entry, and the words between them. */
function namesBehind({ keys }: AnyList, words: readonly string[]): number {
  let count = 0;
  for (const key of keys) {
    if (key.word !== undefined && words[count] === key.word) count++;
    if (count < words.length) count++;
  }
  return count;
}

function described(words: readonly string[], schema: SchemaNode): StatementReference {
  const isLeaf = schema.kind === "leaf" || schema.kind === "leaf-list";
  const standard = schema.kind === "leaf" ? schema.defaultValue : undefined;
  return {
    words,
    help: schema.help,
    kept: schema.kept === true,
    manyValues: schema.kind === "leaf-list",
    ...(isLeaf && { value: { placeholder: schema.type.placeholder, words: schema.type.words ?? {} } }),
    ...((typeof standard === "string" || typeof standard === "number") && { standard: String(standard) }),
    ...(schema.notEnforced !== undefined && { notEnforced: schema.notEnforced }),
    below: isHolder(schema) ? [...belowOf(schema)] : [],
  };
}

function* belowOf(schema: Holder): Generator<StatementHelp> {
  for (const [word, child] of indexOf(schema).byWord)
    if (!everywhere.has(word)) yield { words: ownWords(word, child), help: child.help, kept: child.kept === true };
}

function ownWords(word: string, schema: SchemaNode): readonly string[] {
  if (!hasKeyword(schema) && schema.kind === "leaf") return [schema.type.placeholder];
  if (schema.kind !== "list") return [word];
  const keys = schema.keys.flatMap(({ word: before, type }) => [
    ...(before === undefined ? [] : [before]),
    type.placeholder,
  ]);
  return schema.keyword ? [word, ...keys] : keys;
}
