// Statements that no schema knows. They are kept by choice (`--keep-unknown`), or because they stand in a hierarchy that is
// open: each one is an entry of a list without keyword, whose only key is the whole statement as it was written.

import { key, list } from "@merlon/model/schema/node.ts";
import { text } from "@merlon/model/schema/value.ts";
import type { AnyList } from "./schema-index.ts";
import { quoteWord } from "./quote.ts";
import { splitLine } from "./split-line.ts";

/** The word of such an entry in a tree, and the name of its element in XML and JSON. */
export const unknownWord = "unknown-statement";

const lengthMax = 65_536;

export const unknownStatement: AnyList = list(
  "Statement that is kept as it was written",
  [key("words", text(lengthMax))],
  {},
  { kept: true, keyword: false },
);

/** The key of an unknown statement. */
export function unknownKey(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

export function wordsOfUnknown(keys: readonly string[]): string[] {
  return [...splitLine(`${keys[0] ?? ""} `).words];
}
