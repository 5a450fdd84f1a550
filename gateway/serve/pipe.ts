// What may stand behind `|`: filters over the text of an answer, as on the original.

import type { CommandResult } from "../api.ts";
import { refused } from "./answer.ts";
import { splitWords } from "./split-words.ts";

const pipesMax = 8;

/** The pipes that a configuration alone has, before those of any answer. */
export const configurationPipeHelp = {
  compare: "Show what differs from what is in force, or from an earlier commit",
  display: "Show it in another form",
} as const;

/** What may stand behind `| display`. */
export const displayHelp = {
  set: "The lines that would make it",
  json: "JSON",
  xml: "XML",
  inheritance: "With groups and ranges carried out",
} as const;

/** What may stand behind the `|` of any answer, with what is to follow it. */
export const pipeHelp = {
  match: { help: "Show only lines that hold a text", placeholder: "<text>" },
  except: { help: "Show only lines that do not hold a text", placeholder: "<text>" },
  count: { help: "Show the number of lines", placeholder: undefined },
  "no-more": { help: "Show everything at once", placeholder: undefined },
} as const;

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
  const filters = Object.entries(pipeHelp).map(([word, { placeholder }]) =>
    placeholder === undefined ? word : `${word} TEXT`,
  );
  return refused(
    `"| ${name}" is not understood here`,
    `expected: ${filters.join(", ")}; after show: compare, display ${Object.keys(displayHelp).join("|")}`,
  );
}
