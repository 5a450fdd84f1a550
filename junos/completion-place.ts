// Where the cursor of a command line stands: behind a statement, in front of a name, a value, or the second entry of
// `insert`, `rename` and `copy`. Words may be abbreviated where only one keyword fits; nothing here changes the tree.

import { hasKeyword, indexOf, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { unknownStatement, unknownWord } from "./unknown-statement.ts";
import type { LevelVerb, Verb } from "./verbs.ts";
import type { Leaf, LeafList } from "@merlon/model/schema/node.ts";

/** The verbs whose words lead through the configuration. */
export type PathVerb = Exclude<Verb, "wildcard"> | Extract<LevelVerb, "edit"> | "show";

/** A level of the schema, with what stands there in the tree. */
export interface Level {
  readonly schema: Holder;
  readonly node: ConfigNode | undefined;
}

/** A complete entry of a list. */
export interface Entry {
  readonly list: AnyList;
  readonly word: string;
  readonly keys: readonly string[];
  readonly parent: Level;
}

/** An entry whose name is not complete yet. `first` is the entry that it is to stand beside, or to replace. */
interface Naming extends Entry {
  readonly first?: Entry;
}

export type Place =
  | ({ readonly kind: "statement"; readonly entry?: Entry } & Level)
  | ({ readonly kind: "key" } & Naming)
  /** In front of the word between two keys: `to-zone`. */
  | ({ readonly kind: "key-word" } & Naming)
  /** Behind `before`, `after` or `to`. */
  | { readonly kind: "other-entry"; readonly first: Entry }
  | {
      readonly kind: "value";
      readonly schema: Leaf<unknown> | LeafList<unknown>;
      readonly word: string;
      readonly parent: Level;
      readonly inBrackets: boolean;
    }
  | { readonly kind: "nothing" };

/** The place behind the words, which begin at the top of the tree. */
export function placeBehind(tree: ConfigNode, words: readonly string[], verb: PathVerb): Place {
  let place: Place = { kind: "statement", schema: rootSchema, node: tree };
  for (const word of words) place = stepPlace(place, word, verb);
  return place;
}

/** The words that may follow an entry to name another one of its list. */
export function markersOf(verb: PathVerb, list: AnyList): readonly string[] {
  if (verb === "insert") return list.ordered ? ["before", "after"] : [];
  return verb === "rename" || verb === "copy" ? ["to"] : [];
}

/** The word itself, or the only one that begins with it. */
export function uniqueWord(words: Iterable<string>, typed: string): string | undefined {
  const found: string[] = [];
  for (const word of words) {
    if (word === typed) return word;
    if (word.startsWith(typed)) found.push(word);
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The place behind one more word. */
export function stepPlace(place: Place, word: string, verb: PathVerb): Place {
  switch (place.kind) {
    case "nothing":
      return place;
    case "statement":
      return place.entry !== undefined && markersOf(verb, place.entry.list).includes(word)
        ? { kind: "other-entry", first: place.entry }
        : behindWord(place, word);
    case "other-entry": {
      // The word of the list may be said again: `insert … policy a before policy b`.
      const { first } = place;
      const isWord = first.list.keyword && word === first.word;
      return behindKeys({ ...first, keys: isWord ? [] : [word], first });
    }
    case "key-word":
      return word === place.list.keys[place.keys.length]?.word ? { ...place, kind: "key" } : { kind: "nothing" };
    case "key":
      return behindKeys({ ...place, keys: [...place.keys, word] });
    case "value":
      if (word === "[") return { ...place, inBrackets: true };
      if (place.inBrackets && word !== "]") return place;
      return { kind: "statement", ...place.parent };
  }
}

function behindWord({ schema, node }: Level, typed: string): Place {
  const { byWord, positional, keywordless } = indexOf(schema);
  const parent = { schema, node };
  const word = uniqueWord(byWord.keys(), typed);
  const child = word === undefined ? undefined : byWord.get(word);
  if (word === undefined || child === undefined || !hasKeyword(child)) {
    const unknown = { list: unknownStatement, word: unknownWord, keys: [typed], parent };
    if (node?.children.has(childId(unknownWord, [typed])) === true) return behindKeys(unknown);
    const nameless = keywordless.find((one) => one.schema.kind === "list");
    if (nameless?.schema.kind === "list") {
      return behindKeys({ list: nameless.schema, word: nameless.word, keys: [typed], parent });
    }
    return positional === undefined ? { kind: "nothing" } : { kind: "statement", schema, node };
  }
  switch (child.kind) {
    case "container":
      return { kind: "statement", schema: child, node: node?.children.get(word) };
    case "list":
      return behindKeys({ list: child, word, keys: [], parent });
    case "leaf":
    case "leaf-list":
      return { kind: "value", schema: child, word, parent, inBrackets: false };
    case "flag":
      return { kind: "statement", schema, node };
  }
}

/** What follows the keys of a list: the word before the next key, the next key, or the statements of the entry. */
function behindKeys(naming: Naming): Place {
  const { list, word, keys, parent, first } = naming;
  const key = list.keys[keys.length];
  if (key?.writtenAfter !== undefined && !key.writtenAfter.includes(keys.at(-1) ?? ""))
    return behindKeys({ ...naming, keys: [...keys, ""] });
  if (key !== undefined) return { ...naming, kind: key.word === undefined ? "key" : "key-word" };
  if (first !== undefined) return { kind: "nothing" };
  const node = parent.node?.children.get(childId(word, keys));
  return { kind: "statement", schema: list, node, entry: { list, word, keys, parent } };
}
