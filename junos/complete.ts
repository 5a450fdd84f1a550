// What may stand next in a line of the configuration mode: keywords with help from the schema, names from the tree, and
// placeholders for values. A verb that works on what stands in the tree is offered only that. What may be said of a line
// without the tree (`commit`, `load`, `run`) is the gateway's part.

import { namesAt } from "./names.ts";
import { markersOf, placeBehind, uniqueWord } from "./completion-place.ts";
import type { Entry, PathVerb, Place } from "./completion-place.ts";
import { hasKeyword, indexOf, isHolder } from "./schema-index.ts";
import { splitLine } from "./split-line.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { unknownStatement, unknownWord } from "./unknown-statement.ts";
import { levelVerbHelp, verbHelp } from "./verbs.ts";
import type { LevelVerb, Verb } from "./verbs.ts";
import type { Key, Leaf, LeafList, SchemaNode } from "@merlon/model/schema/node.ts";

/** More candidates than this are of no use to a person. */
export const candidateCountMax = 1_000;

/** Statements looked at to find marked ones. Behind them a name is offered only if its entry is marked itself. */
const searchedCountMax = 100_000;

export interface Candidate {
  /** The word, or a placeholder such as `<zone-name>` where the operator chooses. */
  readonly word: string;
  readonly help: string;
  /** The line may end after this word. */
  readonly final: boolean;
  /** The statement is kept without effect. */
  readonly kept?: true;
  /** What stands behind the word: statements of its own, or any number of values. */
  readonly holds?: "statements" | "values";
}

const firstWords: Readonly<Record<Verb | LevelVerb | "show", string>> = {
  ...verbHelp,
  ...levelVerbHelp,
  show: "Show the configuration",
};

/** What can be said of a line that ends with the first word. */
const standAlone: ReadonlySet<string> = new Set<keyof typeof firstWords>(["top", "up", "exit", "show"]);

/** `tree`: the candidate. `at`: the level that the line is relative to, as set-style words. */
export function completeLine(
  tree: ConfigNode,
  line: string,
  options: { readonly at?: readonly string[] } = {},
): { readonly candidates: readonly Candidate[] } {
  const { words, partial } = splitLine(line);
  const [first, ...rest] = words;
  if (first === undefined) {
    const all = Object.entries(firstWords).map(([word, help]) => ({ word, help, final: standAlone.has(word) }));
    return { candidates: all.filter(({ word }) => word.startsWith(partial)) };
  }
  const verb = uniqueWord(Object.keys(firstWords), first) as keyof typeof firstWords | undefined;
  switch (verb) {
    case undefined:
    case "top":
    case "up":
    case "exit":
      return { candidates: [] };
    case "wildcard":
      return completeWildcard(tree, line, rest[0], partial, options);
    default: {
      const place = placeBehind(tree, [...(options.at ?? []), ...rest], verb);
      const hasStatement = rest.length > 0;
      return { candidates: [...candidatesAt(place, { verb, tree, partial, hasStatement, searched: { count: 0 } })] };
    }
  }
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

interface Question {
  readonly verb: PathVerb;
  readonly tree: ConfigNode;
  /** The beginning of the word at the cursor. */
  readonly partial: string;
  /** The line names a statement already, below its level. */
  readonly hasStatement: boolean;
  /** How many statements were looked at to find marked ones. */
  readonly searched: { count: number };
}

function* candidatesAt(place: Place, question: Question): Generator<Candidate> {
  let count = 0;
  const seen = new Set<string>();
  for (const candidate of allAt(place, question)) {
    if (seen.has(candidate.word)) continue;
    seen.add(candidate.word);
    yield candidate;
    if (++count >= candidateCountMax) return;
  }
}

function* allAt(place: Place, question: Question): Generator<Candidate> {
  switch (place.kind) {
    case "nothing":
      return;
    case "statement":
      return yield* statementsAt(place, question);
    case "key-word": {
      const word = place.list.keys[place.keys.length]?.word ?? "";
      if (word.startsWith(question.partial)) yield { word, help: "Second name of this statement", final: false };
      return;
    }
    case "key":
      return yield* place.first === undefined
        ? keysAt(place, question)
        : otherKeysAt({ ...place, first: place.first }, question);
    case "other-entry": {
      const { first } = place;
      if (first.list.keyword && first.word.startsWith(question.partial))
        yield { word: first.word, help: first.list.help, final: false };
      return yield* otherKeysAt({ ...first, keys: [], first }, question);
    }
    case "value":
      return yield* valuesAt(place, question);
  }
}

// --- what a verb works on --------------------------------------------------------------------------------------------

/** True for the verbs that work on what stands in the tree. */
function needsExisting(verb: PathVerb): boolean {
  return verb !== "set" && verb !== "edit";
}

/** True when a line with this verb may end with a statement that stands in the tree. */
function endsWith(verb: PathVerb, { inactive, protected: isProtected }: ConfigNode): boolean {
  switch (verb) {
    case "deactivate":
      return !inactive;
    case "activate":
      return inactive;
    case "protect":
      return !isProtected;
    case "unprotect":
      return isProtected;
    case "insert":
    case "rename":
    case "copy":
    case "annotate":
      return false;
    default:
      return true;
  }
}

/** Whether the verb has something to do at the statement, or below it; undefined when it was not looked at. */
function concerns(node: ConfigNode, { verb, searched }: Question): boolean | undefined {
  switch (verb) {
    case "activate":
    case "unprotect":
      return isOrHolds(node, (one) => endsWith(verb, one), searched);
    case "insert":
    case "rename":
    case "copy":
      return isOrHolds(node, ({ kind }) => kind === "list-entry", searched);
    default:
      return endsWith(verb, node) || node.children.size > 0 || verb === "annotate";
  }
}

function isOrHolds(
  node: ConfigNode,
  isWanted: (node: ConfigNode) => boolean,
  searched: Question["searched"],
): boolean | undefined {
  if (isWanted(node)) return true;
  if (++searched.count > searchedCountMax) return undefined;
  for (const child of node.children.values()) {
    const found = isOrHolds(child, isWanted, searched);
    if (found !== false) return found;
  }
  return false;
}

/** The words of the statements on a level that the verb concerns, and whether the line may end with them. */
function existingWords(node: ConfigNode | undefined, question: Question): ReadonlyMap<string, boolean> {
  const words = new Map<string, boolean>();
  for (const child of node?.children.values() ?? []) {
    if (words.get(child.word) === true || !child.word.startsWith(question.partial)) continue;
    const final = endsWith(question.verb, child);
    if (final || (!words.has(child.word) && concerns(child, question) !== false)) words.set(child.word, final);
  }
  return words;
}

// --- statements ------------------------------------------------------------------------------------------------------

function* statementsAt(
  { schema, node, entry }: Place & { readonly kind: "statement" },
  question: Question,
): Generator<Candidate> {
  const { verb, partial } = question;
  for (const word of entry === undefined ? [] : markersOf(verb, entry.list))
    if (word.startsWith(partial)) yield { word, help: "Another entry follows", final: false };
  if (verb === "annotate" && question.hasStatement) yield* annotationText(partial);
  const { byWord, positional, keywordless } = indexOf(schema);
  const existing = needsExisting(verb) ? existingWords(node, question) : undefined;
  for (const [word, child] of byWord) {
    if (!word.startsWith(partial) || !hasKeyword(child)) continue;
    if (existing !== undefined && !existing.has(word)) continue;
    if (verb === "edit" && !isHolder(child)) continue;
    const kept = child.kept === true ? { kept: true as const } : {};
    const final = existing?.get(word) ?? isFinal(child, verb);
    yield { word, help: child.help, final, ...kept, ...holdsOf(child) };
  }
  const parent = { schema, node };
  for (const { word, schema: list } of keywordless)
    if (list.kind === "list") yield* keysAt({ list, word, keys: [], parent }, question);
  if (existing !== undefined) yield* keysAt({ list: unknownStatement, word: unknownWord, keys: [], parent }, question);
  if (positional !== undefined && verb === "set") {
    const { words, placeholder } = positional.schema.type;
    if (words === undefined) yield { word: placeholder, help: positional.schema.help, final: true };
    else yield* wordsOf(words, partial);
  }
}

function* annotationText(partial: string): Generator<Candidate> {
  if ('"'.startsWith(partial))
    yield { word: "<text>", help: "The comment, between quotes; an empty one removes it", final: true };
}

function holdsOf(schema: SchemaNode): Pick<Candidate, "holds"> {
  if (isHolder(schema)) return { holds: "statements" };
  return schema.kind === "leaf-list" ? { holds: "values" } : {};
}

/** True when a `set` line may end with this keyword, or an `edit` line with this level. */
function isFinal(schema: SchemaNode, verb: PathVerb): boolean {
  return schema.kind === "flag" || (schema.kind === "container" && (schema.presence || verb === "edit"));
}

// --- names -----------------------------------------------------------------------------------------------------------

function* keysAt(naming: Entry, question: Question): Generator<Candidate> {
  const { list, keys } = naming;
  const { verb, tree, partial } = question;
  const key = list.keys[keys.length];
  if (key === undefined) return;
  const last = keys.length + 1 === list.keys.length;
  for (const { name, node } of entriesOf(naming, partial)) {
    if (needsExisting(verb) && concerns(node, question) !== true) continue;
    const final = last && endsWith(verb, node);
    yield { word: name, help: node.children.get("description")?.values[0] ?? list.help, final };
  }
  if (!needsExisting(verb)) yield* namedBy(key, tree, partial, last, list.help);
}

/** The second entry: for `insert` one that is there, for `rename` and `copy` one that is not. */
function* otherKeysAt(naming: Entry & { readonly first: Entry }, question: Question): Generator<Candidate> {
  const { list, keys, first } = naming;
  const { verb, tree, partial } = question;
  const key = list.keys[keys.length];
  if (key === undefined) return;
  const final = keys.length + 1 === list.keys.length;
  if (verb === "insert") {
    for (const { name, node } of entriesOf(naming, partial)) {
      if (final && childId(node.word, node.keys) === childId(first.word, first.keys)) continue;
      yield { word: name, help: node.children.get("description")?.values[0] ?? list.help, final };
    }
    return;
  }
  for (const candidate of namedBy(key, tree, partial, final, list.help)) {
    const taken = final && naming.parent.node?.children.has(childId(naming.word, [...keys, candidate.word])) === true;
    if (!taken) yield candidate;
  }
}

/** The entries whose first names are `keys`, by the name that comes next. */
function* entriesOf(
  { word, keys, parent }: Entry,
  partial: string,
): Generator<{ readonly name: string; readonly node: ConfigNode }> {
  for (const node of parent.node?.children.values() ?? []) {
    if (node.word !== word || keys.some((value, at) => node.keys[at] !== value)) continue;
    const name = node.keys[keys.length] ?? "";
    if (name.startsWith(partial)) yield { name, node };
  }
}

// --- values ----------------------------------------------------------------------------------------------------------

function* valuesAt(
  { schema, word, parent, inBrackets }: Place & { readonly kind: "value" },
  { verb, tree, partial }: Question,
): Generator<Candidate> {
  switch (verb) {
    case "delete":
      for (const value of parent.node?.children.get(word)?.values ?? [])
        if (value.startsWith(partial)) yield { word: value, help: schema.help, final: true };
      return;
    case "annotate":
      return yield* annotationText(partial);
    case "set":
      if (schema.kind === "leaf-list" && partial === "" && !inBrackets)
        yield { word: "[", help: "Begin of a list of values", final: false };
      if (inBrackets && partial === "") yield { word: "]", help: "End of the list", final: true };
      return yield* namedBy(schema, tree, partial, !inBrackets, schema.help);
    default:
      // Marks, and what is shown, belong to the statement as a whole.
      return;
  }
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
  const { refersTo, refersToOneOf = [], suggests = [] } = what;
  const lists = [...(refersTo === undefined ? [] : [refersTo]), ...refersToOneOf, ...suggests];
  for (const path of lists) {
    for (const { name, help: nameHelp } of namesAt(tree, path, partial)) yield { word: name, help: nameHelp, final };
  }
  yield* wordsOf(wellKnown ?? {}, partial, final);
}

function* wordsOf(words: Readonly<Record<string, string>>, partial: string, final = true): Generator<Candidate> {
  for (const [word, help] of Object.entries(words)) if (word.startsWith(partial)) yield { word, help, final };
}
