// What of a line is the shell's own and not the gateway's: `| save`, `| append`, `| tee`, `| hold`, `| no-more`, `load`,
// `save`, and leaving.

import { cutPipes, splitWords } from "./line-parts.ts";
import type { WriteHow } from "./shell-host.ts";

/** The pipes that write a file. */
export const filePipes = {
  append: { how: "append", shows: false, help: "Append the text to a file" },
  save: { how: "replace", shows: false, help: "Save the text in a file" },
  tee: { how: "replace", shows: true, help: "Show the text, and save it in a file" },
} as const satisfies Record<string, Omit<SaveTarget, "file"> & { readonly help: string }>;

export interface SaveTarget {
  readonly file: string;
  readonly how: WriteHow;
  /** On the terminal too. */
  readonly shows: boolean;
}

export type ShellLine =
  /** Sent to the gateway. */
  | {
      readonly kind: "command";
      readonly line: string;
      readonly words: readonly string[];
      readonly saveAs?: SaveTarget;
      readonly holds: boolean;
      readonly pages: boolean;
    }
  /** `load … terminal` or `load … FILE`. */
  | { readonly kind: "load"; readonly line: string; readonly file?: string }
  | { readonly kind: "save"; readonly file: string }
  | { readonly kind: "exit"; readonly line: string; readonly wholeMode: boolean }
  | { readonly kind: "wrong"; readonly message: string };

export function readShellLine(line: string, isConfiguring: boolean): ShellLine {
  const [command, ...pipes] = cutPipes(line);
  const words = splitWords(command.text);
  if (words === undefined) return { kind: "command", line, words: [], holds: false, pages: true };
  const [first = "", second, ...rest] = words;
  if (pipes.length === 0 && isShortened(first, "exit", 2) && words.length <= 2)
    return { kind: "exit", line, wholeMode: second !== undefined };
  if (pipes.length === 0 && isShortened(first, "quit", 1) && words.length === 1)
    return { kind: "exit", line, wholeMode: false };
  if (isConfiguring && isShortened(first, "load", 2)) return readLoad(line, second, rest);
  if (isConfiguring && isShortened(first, "save", 2)) {
    return second === undefined || rest.length > 0
      ? { kind: "wrong", message: "save takes the name of a file" }
      : { kind: "save", file: second };
  }
  const pipeWords = pipes.map(({ text }) => splitWords(text) ?? []);
  const save = pipeWords.findIndex(([word = ""]) => filePipeOf(word) !== undefined);
  const common = {
    kind: "command" as const,
    words,
    holds: pipeWords.some(([word = ""]) => isShortened(word, "hold", 1)),
    pages: !pipeWords.some(([word = ""]) => isShortened(word, "no-more", 1)),
  };
  if (save === -1) return { ...common, line };
  const [typed = "", file, ...others] = pipeWords[save] ?? [];
  const pipe = filePipeOf(typed) ?? "save";
  if (save !== pipes.length - 1) return { kind: "wrong", message: `nothing may follow | ${pipe}` };
  if (file === undefined || others.length > 0) return { kind: "wrong", message: `| ${pipe} takes the name of a file` };
  const { how, shows } = filePipes[pipe];
  return { ...common, line: line.slice(0, (pipes[save]?.start ?? 1) - 1), saveAs: { file, how, shows } };
}

function filePipeOf(typed: string): keyof typeof filePipes | undefined {
  return (["append", "save", "tee"] as const).find((pipe) => isShortened(typed, pipe, pipe === "tee" ? 2 : 1));
}

/** `load merge terminal relative`: where the text comes from is the third word. */
function readLoad(line: string, action: string | undefined, rest: readonly string[]): ShellLine {
  const [from] = rest;
  const isComplete = action !== undefined && action.length >= 2 && "factory-default".startsWith(action);
  if (action === undefined || from === undefined || isComplete)
    return { kind: "command", line, words: ["load"], holds: false, pages: true };
  return isShortened(from, "terminal", 1) ? { kind: "load", line } : { kind: "load", line, file: from };
}

function isShortened(typed: string, word: string, lengthMin: number): boolean {
  return typed.length >= lengthMin && word.startsWith(typed);
}
