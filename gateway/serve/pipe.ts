// What may stand behind `|`: filters over the text of an answer, as on the original.

import type { CommandResult } from "../api.ts";
import { splitWords } from "./split-words.ts";

const pipesMax = 8;

/** The command and the words of each pipe. A `|` inside quotes is text. */
export function splitPipes(line: string): { readonly command: string; readonly pipes: readonly (readonly string[])[] } {
  const parts: string[] = [];
  let part = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (character === "\\" && quoted) part += character + line.charAt(++i);
    else if (character === "|" && !quoted) {
      parts.push(part);
      part = "";
    } else {
      if (character === '"') quoted = !quoted;
      part += character;
    }
  }
  parts.push(part);
  const [command = "", ...pipes] = parts;
  return { command, pipes: pipes.slice(0, pipesMax).map((pipe) => splitWords(pipe) ?? [pipe]) };
}

export function applyPipes(result: CommandResult, pipes: readonly (readonly string[])[]): CommandResult {
  let lines = result.text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [name = "", argument, ...rest] of pipes) {
    if (rest.length > 0) return wrongPipe(name);
    switch (name) {
      case "match":
      case "except": {
        const pattern = argument === undefined ? undefined : patternOf(argument);
        if (pattern === undefined) return wrongPipe(name);
        lines = lines.filter((line) => pattern(line) === (name === "match"));
        break;
      }
      case "count":
        lines = [`Count: ${lines.length} lines`];
        break;
      case "no-more":
        break;
      default:
        return wrongPipe(name);
    }
  }
  return { ...result, text: lines.map((line) => `${line}\n`).join("") };
}

/** Plain text without regard to case: patterns from operators never become regular expressions of unbounded cost. */
function patternOf(text: string): ((line: string) => boolean) | undefined {
  const wanted = text.toLowerCase();
  return wanted === "" ? undefined : (line) => line.toLowerCase().includes(wanted);
}

function wrongPipe(name: string): CommandResult {
  return {
    ok: false,
    text: `error: "| ${name}" is not understood here\nexpected: match TEXT, except TEXT, count, no-more; after show: compare, display set|json|xml|inheritance\n`,
    diagnostics: [],
  };
}
