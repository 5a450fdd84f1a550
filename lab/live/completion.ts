// What Tab does with the gateway's candidates: the longest beginning that they share goes into the line; when that adds
// nothing, they are listed with their help.

import type { CompleteResult } from "@merlon/gateway/api.ts";
import { fitText } from "./span.ts";
import type { OutputLine } from "./state.ts";

export type Candidates = CompleteResult["candidates"];

const listedMax = 200;
const wordWidthMax = 36;

/** The unfinished word at the end of a text; empty after a space. */
export function wordAt(before: string): string {
  return /[^ ]*$/.exec(before)?.[0] ?? "";
}

/** Placeholders such as `<zone-name>`, and a pipe, say what may be typed; they are shown, never typed for the user. */
function isTypable(word: string): boolean {
  return !/^(?:<.*>|\|)$/.test(word);
}

/** The longest beginning of all words that continue `typed`, and whether it is one whole word. */
export function commonBeginning(
  candidates: Candidates,
  typed: string,
): { readonly word: string; readonly whole: boolean } {
  const words = candidates.map(({ word }) => word).filter((word) => isTypable(word) && word.startsWith(typed));
  const [first, ...rest] = words;
  if (first === undefined) return { word: typed, whole: false };
  let length = first.length;
  for (const word of rest) while (!word.startsWith(first.slice(0, length))) length--;
  // With a placeholder beside it, a single word is not the only way on.
  return { word: first.slice(0, length), whole: words.length === 1 && candidates.length === 1 };
}

export function candidateLines(candidates: Candidates): readonly OutputLine[] {
  if (candidates.length === 0) return [{ kind: "error", text: "nothing is known that may stand here" }];
  const width = Math.min(wordWidthMax, Math.max(...candidates.map(({ word }) => word.length)) + 2);
  const lines = candidates
    .slice(0, listedMax)
    .map(({ word, help }): OutputLine => ({ kind: "text", text: `${fitText(word, width)} ${help}` }));
  const more = candidates.length - listedMax;
  return more > 0 ? [...lines, { kind: "text", text: `and ${more} more` }] : lines;
}
