// Statements that no schema knows. They are kept by choice (`--keep-unknown`), or because they stand in a hierarchy that is
// open. Which of their words is a name and which a value nobody can tell, so every word is a level of its own: `area 0 {
// interface a; }`, `area 0 interface a;` and a set line with these words give one and the same tree. How the words stood on
// their lines is noted beside the tree (`layout`), for printing alone.

import { key, list } from "@merlon/model/schema/node.ts";
import { text } from "@merlon/model/schema/value.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import type { AnyList } from "./schema-index.ts";
import { quoteWord } from "./quote.ts";
import { splitLine } from "./split-line.ts";
import type { ConfigNode } from "./tree.ts";

/** The word of such an entry in a tree, and the name of its element in XML and JSON. */
export const unknownWord = "unknown-statement";

/**
 * No word of such a statement stands deeper, counted in words from the top: each of them may need a block of its own, and
 * blocks are nested 64 deep at most.
 */
export const unknownDepthMax = 60;

const anyText = text(65_536);
const anyWord: ValueType<string> = {
  ...anyText,
  // The empty word stands between quotes, as the value of some statement.
  parse: (word) => (word === "" ? { value: word } : anyText.parse(word)),
};

/** One word of a statement; what may follow it stands below it. */
export const unknownStatement: AnyList = list(
  "Statement that is kept as it was written",
  [key("words", anyWord)],
  {},
  { kept: true, keyword: false },
);

/** The words of one line, and the node of the last one. */
export interface UnknownLine {
  readonly words: readonly string[];
  readonly node: ConfigNode;
}

/** The lines that a word begins: each goes down to where nothing follows, or where a block is needed. */
export function linesOfUnknown(node: ConfigNode): readonly UnknownLine[] {
  const word = wordOfUnknown(node);
  if (endsLine(node)) return [{ words: [word], node }];
  return [...node.children.values()].flatMap((child) =>
    linesOfUnknown(child).map((line) => ({ ...line, words: [word, ...line.words] })),
  );
}

/** Nothing follows the word on its line: what stands below it, if anything, is in a block. */
export function endsLine(node: ConfigNode): boolean {
  if (node.children.size === 0 || node.layout === "block" || node.inactive || node.protected) return true;
  if (node.comment !== undefined) return true;
  for (const child of node.children.values()) if (child.word !== unknownWord) return true;
  return false;
}

/** The words below, when they were written as `[ a b ]` and can be again. */
export function listOfUnknown(node: ConfigNode): readonly string[] | undefined {
  if (node.layout !== "list" || node.children.size === 0) return undefined;
  const values: string[] = [];
  for (const child of node.children.values()) {
    const { word, children, inactive, comment } = child;
    if (word !== unknownWord || children.size > 0 || inactive || child.protected || comment !== undefined)
      return undefined;
    values.push(wordOfUnknown(child));
  }
  return values;
}

export function wordOfUnknown(node: ConfigNode): string {
  return node.keys[0] ?? "";
}

/** The words of a line as XML and JSON hold them, in one text. */
export function joinWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

export function splitWords(joined: string): readonly string[] {
  return splitLine(`${joined} `).words;
}
