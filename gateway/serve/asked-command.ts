// What a login class is asked about a typed line before anything of it is carried out. An operational command is asked about
// when it is known which one it is (operate.ts), and what a line edits when it is known what it changes.

import type { CommandMode } from "./command-caller.ts";
import { editWords, levelHelp } from "./command-help.ts";

/** Undefined when nothing is asked yet. `words` are written out. */
export function askedCommand(mode: CommandMode, words: readonly string[]): string | undefined {
  const [first = "", second] = words;
  if (first === "run") return askedCommand("operational", words.slice(1));
  if (first === "show") {
    if (second === "configuration") return "show configuration";
    return mode === "configuration" || (mode === "either" && second === undefined) ? "configure" : undefined;
  }
  if (editWords.has(first)) return first;
  return Object.hasOwn(levelHelp, first) ? words.join(" ") : undefined;
}
