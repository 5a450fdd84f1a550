// What may stand next in a line of the configuration mode: keywords with help from the schema, names from the tree, and
// placeholders for values. Words before the cursor may be abbreviated where only one keyword fits.

import type { Verb } from "./parse.ts";
import { namesAt } from "./names.ts";
import { hasKeyword, indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { splitLine } from "./split-line.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import type { Key, Leaf, LeafList, SchemaNode } from "@merlon/model/schema/node.ts";

/** More candidates than this are of no use to a person. */
export const candidateCountMax = 1_000;

export interface Candidate {
  /** The word, or a placeholder such as `<zone-name>` where the operator chooses. */
  readonly word: string;
  readonly help: string;
  /** The line may end after this word. */
  readonly final: boolean;
  /** The statement is kept without effect. */
  readonly kept?: true;
}

const verbHelp: Readonly<Record<Verb | "edit" | "show", string>> = {
  set: "Add a statement or change its value",
  delete: "Delete a statement",
  deactivate: "Keep a statement without effect",
  activate: "Give a deactivated statement its effect back",
  protect: "Guard a statement against changes",
  unprotect: "Allow changes of a protected statement",
  insert: "Move an entry before or after another",
  rename: "Give an entry another name",
  copy: "Copy an entry under another name",
  annotate: "Write a comment above a statement",
  wildcard: "Delete, set or mark many statements with one line",
  edit: "Go to a level of the configuration",
  show: "Show the configuration",
};
type AnyVerb = keyof typeof verbHelp;

/** What the next word is. `node` is the place in the tree, when it stands there. */
type Place =
  | {
      readonly kind: "statement";
      readonly schema: Holder;
      readonly node: ConfigNode | undefined;
      readonly entry?: Entry;
    }
  | {
      readonly kind: "key";
      readonly list: AnyList;
      readonly word: string;
      readonly keys: readonly string[];
      readonly parent: Parent;
    }
  | {
      readonly kind: "key-word";
      readonly list: AnyList;
      readonly word: string;
      readonly keys: readonly string[];
      readonly parent: Parent;
    }
  | {
      readonly kind: "value";
      readonly schema: Leaf<unknown> | LeafList<unknown>;
      readonly word: string;
      readonly parent: Parent;
      readonly inBrackets: boolean;
    }
  | { readonly kind: "nothing" };

interface Parent {
  readonly schema: Holder;
  readonly node: ConfigNode | undefined;
}

/** A complete entry that the line may end with, or go on with `before`, `after` or `to`. */
interface Entry {
  readonly list: AnyList;
  readonly word: string;
  readonly parent: Parent;
}

export function completeLine(
  tree: ConfigNode,
  line: string,
  options: { readonly at?: readonly string[] } = {},
): { readonly candidates: readonly Candidate[] } {
  const { words, partial } = splitLine(line);
  const [first, ...rest] = words;
  if (first === undefined) {
    const all = Object.entries(verbHelp).map(([word, help]) => ({ word, help, final: word === "show" }));
    return { candidates: all.filter(({ word }) => word.startsWith(partial)) };
  }
  const verb = uniqueWord(Object.keys(verbHelp), first) as AnyVerb | undefined;
  if (verb === undefined) return { candidates: [] };
  if (verb === "wildcard") return completeWildcard(tree, line, rest[0], partial, options);
  let place: Place = { kind: "statement", schema: rootSchema, node: tree };
  for (const word of [...(options.at ?? []), ...rest]) place = advance(place, word, verb);
  return { candidates: [...candidatesAt(place, verb, tree, partial)] };
}

/** `wildcard delete` and `wildcard range set` go on as the command that they carry out many times. */
function completeWildcard(
  tree: ConfigNode,
  line: string,
  kind: string | undefined,
  partial: string,
  options: { readonly at?: readonly string[] },
): { readonly candidates: readonly Candidate[] } {
  if (kind === "delete" || kind === "range") {
    const [, inner = ""] = /^\s*\S+\s+(?:range\s+)?(.*)$/s.exec(line) ?? [];
    return completeLine(tree, inner, options);
  }
  const kinds = { delete: "Delete what a pattern means", range: "A command for each name with a number in brackets" };
  return { candidates: kind === undefined ? [...wordsOf(kinds, partial, false)] : [] };
}

/** The word itself, or the only one that begins with it. */
function uniqueWord(words: Iterable<string>, typed: string): string | undefined {
  const found: string[] = [];
  for (const word of words) {
    if (word === typed) return word;
    if (word.startsWith(typed)) found.push(word);
  }
  return found.length === 1 ? found[0] : undefined;
}

function advance(place: Place, word: string, verb: AnyVerb): Place {
  switch (place.kind) {
    case "nothing":
      return place;
    case "statement":
      return place.entry !== undefined && markersOf(verb).includes(word)
        ? nextKey(place.entry.list, place.entry.word, [], place.entry.parent)
        : statement(place.schema, place.node, word);
    case "key-word":
      return word === place.list.keys[place.keys.length]?.word ? { ...place, kind: "key" } : { kind: "nothing" };
    case "key":
      return nextKey(place.list, place.word, [...place.keys, word], place.parent);
    case "value":
      if (word === "[") return { ...place, inBrackets: true };
      if (place.inBrackets && word !== "]") return place;
      return { kind: "statement", ...place.parent };
  }
}

function statement(schema: Holder, node: ConfigNode | undefined, typed: string): Place {
  const { byWord, positional, keywordless } = indexOf(schema);
  const word = uniqueWord(byWord.keys(), typed);
  const child = word === undefined ? undefined : byWord.get(word);
  if (word === undefined || child === undefined) {
    const nameless = keywordless.find((one) => one.schema.kind === "list");
    if (nameless?.schema.kind === "list") return nextKey(nameless.schema, nameless.word, [typed], { schema, node });
    return positional === undefined ? { kind: "nothing" } : { kind: "statement", schema, node };
  }
  const parent = { schema, node };
  switch (child.kind) {
    case "container":
      return { kind: "statement", schema: child, node: node?.children.get(word) };
    case "list":
      return nextKey(child, word, [], parent);
    case "leaf":
    case "leaf-list":
      return { kind: "value", schema: child, word, parent, inBrackets: false };
    case "flag":
      return { kind: "statement", schema, node };
  }
}

/** What follows `keys` of a list: the word before the next key, the next key, or the statements of the entry. */
function nextKey(list: AnyList, word: string, keys: readonly string[], parent: Parent): Place {
  const key = list.keys[keys.length];
  if (key !== undefined) return { kind: key.word === undefined ? "key" : "key-word", list, word, keys, parent };
  const node = parent.node?.children.get(childId(word, keys));
  return { kind: "statement", schema: list, node, entry: { list, word, parent } };
}

function markersOf(verb: AnyVerb): readonly string[] {
  if (verb === "insert") return ["before", "after"];
  return verb === "rename" || verb === "copy" ? ["to"] : [];
}

/** True for the verbs that work on what stands in the tree. */
function needsExisting(verb: AnyVerb): boolean {
  return verb !== "set" && verb !== "edit";
}

function* candidatesAt(place: Place, verb: AnyVerb, tree: ConfigNode, partial: string): Generator<Candidate> {
  let count = 0;
  const seen = new Set<string>();
  for (const candidate of allAt(place, verb, tree, partial)) {
    if (seen.has(candidate.word)) continue;
    seen.add(candidate.word);
    yield candidate;
    if (++count >= candidateCountMax) return;
  }
}

function* allAt(place: Place, verb: AnyVerb, tree: ConfigNode, partial: string): Generator<Candidate> {
  switch (place.kind) {
    case "nothing":
      return;
    case "statement":
      return yield* statementsAt(place, verb, tree, partial);
    case "key-word": {
      const word = place.list.keys[place.keys.length]?.word ?? "";
      if (word.startsWith(partial)) yield { word, help: "Second name of this statement", final: false };
      return;
    }
    case "key":
      return yield* keysAt(place, verb, tree, partial);
    case "value":
      return yield* valuesAt(place, verb, tree, partial);
  }
}

function* statementsAt(
  { schema, node, entry }: Place & { readonly kind: "statement" },
  verb: AnyVerb,
  tree: ConfigNode,
  partial: string,
): Generator<Candidate> {
  if (entry !== undefined) {
    for (const word of markersOf(verb))
      if (word.startsWith(partial)) yield { word, help: "Another entry follows", final: false };
  }
  if (verb === "annotate" && '"'.startsWith(partial)) {
    yield { word: "<text>", help: "The comment, between quotes; an empty one removes it", final: true };
  }
  const { byWord, positional, keywordless } = indexOf(schema);
  const existing = needsExisting(verb)
    ? new Set([...(node?.children.values() ?? [])].map(({ word }) => word))
    : undefined;
  for (const [word, child] of byWord) {
    if (!word.startsWith(partial) || !hasKeyword(child)) continue;
    if (existing !== undefined && !existing.has(word)) continue;
    if (verb === "edit" && !isHolder(child)) continue;
    const kept = child.kept === true ? { kept: true as const } : {};
    yield { word, help: child.help, final: existing !== undefined || isFinal(child, verb), ...kept };
  }
  for (const { word, schema: list } of keywordless) {
    if (list.kind !== "list") continue;
    yield* keysAt({ kind: "key", list, word, keys: [], parent: { schema, node } }, verb, tree, partial);
  }
  if (positional !== undefined && verb === "set") {
    const { words, placeholder } = positional.schema.type;
    if (words === undefined) yield { word: placeholder, help: positional.schema.help, final: true };
    else yield* wordsOf(words, partial);
  }
}

/** True when a `set` line may end with this keyword, or an `edit` line with this level. */
function isFinal(schema: SchemaNode, verb: AnyVerb): boolean {
  return schema.kind === "flag" || (schema.kind === "container" && (schema.presence || verb === "edit"));
}

function* keysAt(
  { list, word, keys, parent }: Place & { readonly kind: "key" },
  verb: AnyVerb,
  tree: ConfigNode,
  partial: string,
): Generator<Candidate> {
  const key = list.keys[keys.length];
  if (key === undefined) return;
  const final = keys.length + 1 === list.keys.length;
  for (const child of parent.node?.children.values() ?? []) {
    if (child.word !== word || keys.some((value, at) => child.keys[at] !== value)) continue;
    const name = child.keys[keys.length] ?? "";
    if (name.startsWith(partial))
      yield { word: name, help: child.children.get("description")?.values[0] ?? list.help, final };
  }
  if (!needsExisting(verb)) yield* namedBy(key, tree, partial, final, list.help);
}

function* valuesAt(
  { schema, word, parent, inBrackets }: Place & { readonly kind: "value" },
  verb: AnyVerb,
  tree: ConfigNode,
  partial: string,
): Generator<Candidate> {
  if (needsExisting(verb)) {
    for (const value of parent.node?.children.get(word)?.values ?? []) {
      if (value.startsWith(partial)) yield { word: value, help: schema.help, final: true };
    }
    return;
  }
  if (schema.kind === "leaf-list" && partial === "" && !inBrackets)
    yield { word: "[", help: "Begin of a list of values", final: false };
  if (inBrackets && partial === "") yield { word: "]", help: "End of the list", final: true };
  yield* namedBy(schema, tree, partial, !inBrackets, schema.help);
}

/** What the type of a key or value allows: its words, names of the tree, and the placeholder. */
function* namedBy(
  what: Key<string, unknown> | Leaf<unknown> | LeafList<unknown>,
  tree: ConfigNode,
  partial: string,
  final: boolean,
  help: string,
): Generator<Candidate> {
  const { words, wellKnown, placeholder } = what.type;
  if (words !== undefined) return yield* wordsOf(words, partial, final);
  if (partial === "") yield { word: placeholder, help, final };
  const lists = [...(what.refersTo === undefined ? [] : [what.refersTo]), ...(what.suggests ?? [])];
  for (const path of lists) {
    for (const { name, help: nameHelp } of namesAt(tree, path))
      if (name.startsWith(partial)) yield { word: name, help: nameHelp, final };
  }
  yield* wordsOf(wellKnown ?? {}, partial, final);
}

function* wordsOf(words: Readonly<Record<string, string>>, partial: string, final = true): Generator<Candidate> {
  for (const [word, help] of Object.entries(words)) if (word.startsWith(partial)) yield { word, help, final };
}
