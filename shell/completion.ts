// What Tab, the space bar and `?` do with candidates: the longest beginning that they share goes into the line; when that
// adds nothing, they are listed with their help, as on the original.

import type { Candidate } from "@merlon/junos/complete.ts";
import { textWidth } from "./cell-width.ts";

const listedMax = 1_000;
const wordWidthMin = 20;

/** The unfinished word at the end of a text; empty after a space. */
export function wordAt(before: string): string {
  return /[^ ]*$/.exec(before)?.[0] ?? "";
}

/** Placeholders such as `<zone-name>`, and a pipe, say what may be typed; they are shown, never typed for the user. */
export function isTypable({ word }: Candidate): boolean {
  return !/^(?:<.*>|\|)$/.test(word);
}

/** The longest beginning of all words that continue `typed`, and whether it is one whole word. */
export function commonBeginning(
  candidates: readonly Candidate[],
  typed: string,
): { readonly word: string; readonly whole: boolean } {
  const words = candidates.filter((one) => isTypable(one) && one.word.startsWith(typed)).map(({ word }) => word);
  const [first, ...rest] = words;
  if (first === undefined) return { word: typed, whole: false };
  let length = first.length;
  for (const word of rest) while (!word.startsWith(first.slice(0, length))) length--;
  // With a placeholder beside it, a single word is not the only way on.
  return { word: first.slice(0, length), whole: words.length === 1 && candidates.length === 1 };
}

/** What the space bar makes of the word before it. */
export type SpaceStep =
  | { readonly kind: "type" }
  | { readonly kind: "complete"; readonly word: string }
  | { readonly kind: "ambiguous"; readonly candidates: readonly Candidate[] };

/** `candidates`: all that may stand where the word stands. Names are completed by Tab alone, because a new one may be meant. */
export function spaceStep(candidates: readonly Candidate[], typed: string): SpaceStep {
  if (typed === "" || candidates.some(({ word }) => word.startsWith("<"))) return { kind: "type" };
  const found = candidates.filter((one) => isTypable(one) && one.word.startsWith(typed));
  const [first] = found;
  if (first === undefined || found.some(({ word }) => word === typed)) return { kind: "type" };
  return found.length === 1 ? { kind: "complete", word: first.word } : { kind: "ambiguous", candidates: found };
}

/** Names with numbers stand as a person counts: `ge-0/0/2` before `ge-0/0/10`. */
const { compare } = new Intl.Collator("en", { numeric: true });

/**
 * `Possible completions:` and a line for each: what may be typed freely first, then the words by the alphabet, marked as on
 * the original: `>` has statements of its own, `+` takes several values.
 */
export function completionList(candidates: readonly Candidate[]): string {
  const pipe = candidates.find(({ word }) => word === "|");
  const words = candidates.filter((one) => one !== pipe).toSorted(byFreedomAndAlphabet);
  const rows = words.map((one) => row(one.word, helpOf(one), one.holds === undefined ? " " : marks[one.holds]));
  const hidden = rows.length - listedMax;
  return [
    "Possible completions:",
    ...(pipe === undefined ? [] : [row("<[Enter]>", "Execute this command")]),
    ...rows.slice(0, listedMax),
    ...(hidden > 0 ? [`  ... ${hidden} more`] : []),
    ...(pipe === undefined ? [] : [row("|", "Pipe through a command")]),
    "",
  ].join("\n");
}

const marks = { statements: ">", values: "+" } as const;

function byFreedomAndAlphabet(one: Candidate, other: Candidate): number {
  const [first, second] = [one, other].map(({ word }) => (word.startsWith("<") ? 0 : 1));
  return (first ?? 0) - (second ?? 0) || compare(one.word, other.word);
}

function helpOf({ help, kept }: Candidate): string {
  return kept === true ? `${help} (kept without effect)` : help;
}

function row(word: string, help: string, mark = " "): string {
  const filled = word + " ".repeat(Math.max(0, wordWidthMin - textWidth(word)));
  return `${mark} ${filled} ${help}`.trimEnd();
}
