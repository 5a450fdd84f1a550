// The shortened words of a command line, written out: `set sec zo security-zone web` means `set security zones …`. Names
// and values are left as they stand, and so is a word that fits nothing: whoever reads the line says so.

import { markersOf, placeBehind, stepPlace } from "./completion-place.ts";
import type { PathVerb, Place } from "./completion-place.ts";
import { hasKeyword, indexOf } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";
import type { Candidate } from "./complete.ts";

export interface ExpandedPath {
  readonly words: readonly string[];
  /** The first word that may mean several; the words behind it stand as they were typed. */
  readonly ambiguous?: { readonly index: number; readonly candidates: readonly Candidate[] };
}

/** `at`: the level of the line, as set-style words. `tree` tells unknown statements that were kept from mistyped ones. */
export function expandPath(
  tree: ConfigNode,
  words: readonly string[],
  verb: PathVerb,
  at: readonly string[] = [],
): ExpandedPath {
  let place = placeBehind(tree, at, verb);
  const expanded: string[] = [];
  for (const [index, typed] of words.entries()) {
    const found = candidatesFor(place, typed, verb);
    if (found.length > 1) {
      return { words: [...expanded, ...words.slice(index)], ambiguous: { index, candidates: found } };
    }
    const word = found[0]?.word ?? typed;
    expanded.push(word);
    place = stepPlace(place, word, verb);
  }
  return { words: expanded };
}

/** The index of the first word that leads nowhere; the number of words when all of them lead somewhere. */
export function firstWrongWord(
  tree: ConfigNode,
  words: readonly string[],
  verb: PathVerb,
  at: readonly string[] = [],
): number {
  let place = placeBehind(tree, at, verb);
  for (const [index, word] of words.entries()) {
    place = stepPlace(place, word, verb);
    if (place.kind === "nothing") return index;
  }
  return words.length;
}

/** The keywords that the word may mean: itself alone when it is one, none where a name or a value stands. */
function candidatesFor(place: Place, typed: string, verb: PathVerb): readonly Candidate[] {
  if (place.kind === "key-word") return one(place.list.keys[place.keys.length]?.word, typed);
  if (place.kind !== "statement") return [];
  const { byWord, positional, keywordless } = indexOf(place.schema);
  const markers = place.entry === undefined ? [] : markersOf(verb, place.entry.list);
  const exact = byWord.get(typed);
  if (markers.includes(typed) || (exact !== undefined && hasKeyword(exact))) return one(typed, typed);
  // Where any word may stand, a short one is a name and not the beginning of a keyword.
  if (positional !== undefined || keywordless.length > 0) return [];
  const found: Candidate[] = markers.filter((word) => word.startsWith(typed)).map((word) => ({ word, help: "Another entry follows", final: false })); // prettier-ignore
  for (const [word, schema] of byWord)
    if (word.startsWith(typed) && hasKeyword(schema)) found.push({ word, help: schema.help, final: false });
  return found;
}

function one(word: string | undefined, typed: string): readonly Candidate[] {
  return word?.startsWith(typed) === true ? [{ word, help: "", final: false }] : [];
}
