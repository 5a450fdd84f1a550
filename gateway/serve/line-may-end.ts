// Whether a line that is being typed may end where the cursor stands, so that Enter and a pipe are offered there.

import { completeLine } from "@merlon/junos/complete.ts";
import { splitLine } from "@merlon/junos/split-line.ts";
import type { Gateway } from "../gateway.ts";
import { isWhole } from "../ops/complete-operation.ts";
import { modeOf } from "./command-caller.ts";
import { editWords, firstWordsOf } from "./command-help.ts";
import type { CompletionCaller, Typed } from "./complete-command.ts";
import { parseCommit } from "./parse-commit.ts";

/** `typed` ends behind a blank, its words are written out. */
export function lineMayEnd(gateway: Gateway, typed: Typed, caller: CompletionCaller): boolean {
  const { words } = typed;
  return isShown(words, caller) || isWholeCommand(words, caller) || isWholeEdit(gateway, typed, caller);
}

/** True when the line so far is a whole one whose answer can be filtered. */
function isShown([first, ...rest]: readonly string[], caller: CompletionCaller): boolean {
  if (first !== "show" && first !== "run") return first !== undefined && isWhole([first, ...rest]);
  if (first === "run") return isWhole(rest);
  const mode = modeOf(caller);
  if (rest.length === 0) return mode !== "operational";
  return rest[0] === "configuration" || mode === "configuration" || isWhole([first, ...rest]);
}

/** True when a command without a path says enough. */
function isWholeCommand([first = "", ...rest]: readonly string[], caller: CompletionCaller): boolean {
  if (!Object.hasOwn(firstWordsOf(modeOf(caller)), first)) return false;
  switch (first) {
    case "commit":
      return parseCommit(rest).kind !== "wrong";
    case "rollback":
    case "configure":
    case "exit":
    case "quit":
      return rest.length <= 1;
    case "help":
    case "status":
    case "update":
    case "top":
    case "up":
      return rest.length === 0;
    default:
      return false;
  }
}

/** True when a line that edits says enough: the word that stands last could end it. */
function isWholeEdit(gateway: Gateway, { line, words }: Typed, { session, at }: CompletionCaller): boolean {
  const [first = ""] = words;
  const last = words.at(-1) ?? "";
  if (words.length < 2 || (!editWords.has(first) && first !== "edit")) return false;
  const tree = gateway.candidates.tree(session);
  const before = line.trimEnd();
  const level = at === undefined ? {} : { at };
  const named = completeLine(tree, before, level).candidates.find(({ word }) => word === last);
  if (named !== undefined) return named.final;
  // A name or a value of its own.
  const behind = completeLine(tree, before.slice(0, before.length - splitLine(before).partial.length), level);
  return behind.candidates.some(({ word, final }) => final && word.startsWith("<"));
}
