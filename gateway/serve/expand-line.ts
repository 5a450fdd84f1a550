// The shortened words of a typed line, written out where they are unique: `sh conf | disp set` becomes `show configuration
// | display set`. Operational commands shorten by themselves (ops/parse-operation.ts); a word that fits nothing stays, and
// the command that it belongs to says what is wrong with it.

import { expandPath } from "@merlon/junos/expand-path.ts";
import type { PathVerb } from "@merlon/junos/completion-place.ts";
import type { Candidate } from "@merlon/junos/complete.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { verbHelp } from "@merlon/junos/verbs.ts";
import type { Gateway } from "../gateway.ts";
import { findOperation } from "../ops/parse-operation.ts";
import { modeOf } from "./command-caller.ts";
import type { CommandCaller } from "./command-caller.ts";
import { firstWordsOf } from "./command-help.ts";
import { readLevelLine } from "./level-command.ts";
import { commitOptions } from "./parse-commit.ts";
import { configurationPipeHelp, displayHelp, pipeHelp } from "./pipe.ts";
import { cutPipes, placedWords } from "@merlon/shell/line-parts.ts";
import type { PlacedWord } from "@merlon/shell/line-parts.ts";

export interface ExpandedLine {
  readonly line: string;
  /** The words of the line as it was typed, pipes included. */
  readonly typed: readonly PlacedWord[];
  /** From a column of the written-out line to the one of the line as it was typed. */
  readonly columnOf: (column: number) => number;
  readonly ambiguous?: { readonly word: PlacedWord; readonly candidates: readonly Candidate[] };
}

type Caller = Pick<CommandCaller, "session" | "at">;

/** The words of one part of the line; an ambiguous one ends it. */
interface Expansion {
  readonly words: readonly string[];
  readonly ambiguous?: { readonly index: number; readonly candidates: readonly Candidate[] };
}

/** Undefined when a quote is not closed. */
export function expandLine(gateway: Gateway, line: string, caller: Caller): ExpandedLine | undefined {
  const [command, ...pipes] = cutPipes(line);
  const typed: PlacedWord[] = [];
  const written: string[] = [];
  let ambiguous: ExpandedLine["ambiguous"];
  for (const [number, part] of [command, ...pipes].entries()) {
    const words = placedWords(part.text)?.map((word) => ({
      ...word,
      start: word.start + part.start,
      end: word.end + part.start,
    }));
    if (words === undefined) return undefined;
    const texts = words.map(({ text }) => text);
    // A quoted word is meant as it stands.
    const expansion = number === 0 ? expandCommand(gateway, texts, caller) : expandPipe(texts);
    const wrong = expansion.ambiguous === undefined ? undefined : words[expansion.ambiguous.index];
    if (wrong !== undefined && expansion.ambiguous !== undefined && !wrong.quoted)
      ambiguous ??= { word: wrong, candidates: expansion.ambiguous.candidates };
    typed.push(...words);
    written.push(...words.map(({ text, quoted }, index) => (quoted ? text : (expansion.words[index] ?? text))));
  }
  return { ...replaceWords(line, typed, written), typed, ...(ambiguous !== undefined && { ambiguous }) };
}

function replaceWords(
  line: string,
  typed: readonly PlacedWord[],
  written: readonly string[],
): Pick<ExpandedLine, "line" | "columnOf"> {
  let text = "";
  let end = 0;
  const starts: { readonly typed: number; readonly written: number }[] = [];
  for (const [index, word] of typed.entries()) {
    text += line.slice(end, word.start);
    starts.push({ typed: word.start, written: text.length });
    text += word.quoted ? line.slice(word.start, word.end) : (written[index] ?? word.text);
    end = word.end;
  }
  return {
    line: text + line.slice(end),
    columnOf: (column) => {
      const before = starts.findLast((start) => start.written <= column);
      if (before === undefined) return column;
      return before.typed + (before === starts.at(-1) ? column - before.written : 0);
    },
  };
}

function expandCommand(gateway: Gateway, words: readonly string[], caller: Caller): Expansion {
  const [typed, ...rest] = words;
  if (typed === undefined) return { words };
  const first = pick(typed, firstWordsOf(modeOf(caller)));
  if ("candidates" in first) return { words, ambiguous: { index: 0, candidates: first.candidates } };
  return behind([first.word], expandRest(gateway, first.word, rest, caller));
}

function expandRest(gateway: Gateway, first: string, rest: readonly string[], caller: Caller): Expansion {
  const at = caller.at ?? [];
  const candidate = gateway.candidates.tree(caller.session);
  if (first === "wildcard" || first === "help") return { words: rest };
  if (Object.hasOwn(verbHelp, first) || first === "edit") return expandPath(candidate, rest, first as PathVerb, at);
  switch (first) {
    case "show":
      if (modeOf(caller) === "configuration" && rest[0] !== "configuration") {
        return expandPath(candidate, rest, "show", at);
      }
      return expandShow(gateway.running?.prepared.tree ?? emptyTree, rest);
    case "run": {
      const [inner, ...others] = rest;
      if (inner === undefined) return { words: rest };
      const word = pick(inner, firstWordsOf("operational"));
      if ("candidates" in word) return { words: rest, ambiguous: { index: 0, candidates: word.candidates } };
      const shown = expandShow(gateway.running?.prepared.tree ?? emptyTree, others);
      return behind([word.word], word.word === "show" ? shown : { words: others });
    }
    case "top":
    case "up":
      return expandThere(gateway, first, rest, caller);
    case "commit":
      return each(rest, (_, index) => (index > 0 && isValue(rest[index - 1] ?? "") ? {} : optionHelp));
    case "configure":
      return each(rest, () => ({ exclusive: "", private: "" }));
    case "exit":
    case "quit":
      return each(rest, () => ({ "configuration-mode": "" }));
    default:
      return { words: rest };
  }
}

/** What stands behind `top` and `up` is relative to the level that they lead to. */
function expandThere(gateway: Gateway, verb: string, rest: readonly string[], caller: Caller): Expansion {
  const line = [verb, ...rest].join(" ");
  const { level } = readLevelLine(line, placedWords(line) ?? [], caller.at ?? []);
  const own = verb === "up" && /^\d{1,3}$/.test(rest[0] ?? "") ? 1 : 0;
  return behind(rest.slice(0, own), expandCommand(gateway, rest.slice(own), { ...caller, at: level }));
}

const optionHelp = Object.fromEntries(Object.entries(commitOptions).map(([word, { help }]) => [word, help]));

function isValue(word: string): boolean {
  return Object.hasOwn(commitOptions, word) && commitOptions[word as keyof typeof commitOptions].followedBy.length > 0;
}

/** `show conf …` is not an operation, but is shortened beside them. */
function expandShow(running: ConfigNode, rest: readonly string[]): Expansion {
  const [second, ...path] = rest;
  if (second === undefined) return { words: rest };
  const isConfiguration = second.length >= 1 && "configuration".startsWith(second);
  if (!isConfiguration || findOperation(["show", second]).depth === 2) return { words: rest };
  return behind(["configuration"], expandPath(running, path, "show"));
}

function expandPipe(words: readonly string[]): Expansion {
  const [typed, ...rest] = words;
  if (typed === undefined) return { words };
  const helps = Object.fromEntries(Object.entries(pipeHelp).map(([word, { help }]) => [word, help]));
  const first = pick(typed, { ...helps, ...configurationPipeHelp, save: "Save the text in a file" });
  if ("candidates" in first) return { words, ambiguous: { index: 0, candidates: first.candidates } };
  const words2 =
    first.word === "display"
      ? { ...displayHelp, "no-comments": "", relative: "" }
      : first.word === "compare"
        ? { rollback: "" }
        : {};
  return behind(
    [first.word],
    each(rest, () => words2),
  );
}

/** Each word for itself, among the words that may stand at its place. */
function each(
  words: readonly string[],
  choicesAt: (word: string, index: number) => Readonly<Record<string, string>>,
): Expansion {
  const expanded: string[] = [];
  for (const [index, typed] of words.entries()) {
    const found = pick(typed, choicesAt(typed, index));
    if ("candidates" in found) {
      return { words: [...expanded, ...words.slice(index)], ambiguous: { index, candidates: found.candidates } };
    }
    expanded.push(found.word);
  }
  return { words: expanded };
}

function behind(words: readonly string[], rest: Expansion): Expansion {
  const { ambiguous } = rest;
  return {
    words: [...words, ...rest.words],
    ...(ambiguous !== undefined && { ambiguous: { ...ambiguous, index: ambiguous.index + words.length } }),
  };
}

/** The only choice that begins so; the word itself when none does. */
function pick(
  typed: string,
  choices: Readonly<Record<string, string>>,
): { readonly word: string } | { readonly candidates: readonly Candidate[] } {
  if (Object.hasOwn(choices, typed)) return { word: typed };
  const found = Object.entries(choices).filter(([word]) => word.startsWith(typed));
  const [only] = found;
  if (found.length <= 1) return { word: only?.[0] ?? typed };
  return { candidates: found.map(([word, help]) => ({ word, help, final: false })) };
}
