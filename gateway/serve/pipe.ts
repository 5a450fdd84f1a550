// What may stand behind `|`: filters over the text of an answer, line by line, as on the original. They work the same on
// answers that never end, and keep a bounded number of lines. Patterns cannot run away (model/linear-pattern.ts).

import { compilePattern } from "@merlon/model/linear-pattern.ts";
import { refused } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import { cutPipes, splitWords } from "@merlon/shell/line-parts.ts";
import { refreshSecondsMax } from "./refresh.ts";

const pipesMax = 8;
const lastCountDefault = 10;
const lastCountMax = 10_000;
/** Lines that are kept for `last`, together. */
const lastLengthMax = 16 * 1024 * 1024;
/** A longer line is cut in two. */
const lineLengthMax = 64 * 1024;
const trimColumnsMax = 1_000;

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
  omit: "With what others leave out; nothing is left out here",
} as const;

export type PipeName = "count" | "except" | "find" | "hold" | "last" | "match" | "no-more" | "refresh" | "trim";

/** What may follow a form of `| display`. */
export const displayOptionHelp: Readonly<Partial<Record<keyof typeof displayHelp, readonly [string, string]>>> = {
  set: ["relative", "Lines relative to the level that is shown"],
  inheritance: ["no-comments", "Without saying where each statement comes from"],
};

interface PipeHelp {
  readonly help: string;
  /** What is to follow it. */
  readonly placeholder?: string;
  readonly about?: string;
  /** It may also stand alone. */
  readonly alone?: true;
}

const patternHelp = { placeholder: "<pattern>", about: "Regular expression, without regard to case" };

/** What may stand behind the `|` of any answer. */
export const pipeHelp: Readonly<Record<PipeName, PipeHelp>> = {
  count: { help: "Show the number of lines" },
  except: { help: "Show only lines that do not match a pattern", ...patternHelp },
  find: { help: "Show everything from the first line that matches a pattern", ...patternHelp },
  hold: { help: "Hold the text at its end until a key is pressed" },
  last: {
    help: "Show the last lines",
    placeholder: "<number>",
    about: `Lines to show (${lastCountDefault})`,
    alone: true,
  },
  match: { help: "Show only lines that match a pattern", ...patternHelp },
  "no-more": { help: "Show everything at once" },
  refresh: {
    help: "Show it again and again",
    placeholder: "<number>",
    about: `Seconds from one to the next (1..${refreshSecondsMax})`,
  },
  trim: { help: "Leave out the first columns", placeholder: "<number>", about: "Columns to leave out" },
};

export function isPipe(word: string): word is PipeName {
  return Object.hasOwn(pipeHelp, word);
}

/** The command and the words of each pipe. */
export function splitPipes(line: string): { readonly command: string; readonly pipes: readonly (readonly string[])[] } {
  const [command, ...pipes] = cutPipes(line);
  return { command: command.text, pipes: pipes.slice(0, pipesMax).map(({ text }) => splitWords(text) ?? [text]) };
}

export function applyPipes(answer: CommandAnswer, pipes: readonly (readonly string[])[]): CommandAnswer {
  const filters: LineFilter[] = [];
  for (const pipe of pipes) {
    const filter = filterOf(pipe);
    if ("ok" in filter) return filter;
    if (filter.kind !== "nothing") filters.push(filter);
  }
  if (filters.length === 0) return answer;
  const chain = new FilterChain(filters);
  const { more } = answer;
  if (more === undefined) return { ...answer, text: chain.take(answer.text) + chain.end() };
  return { ...answer, text: chain.take(answer.text), more: filtered(chain, more) };
}

async function* filtered(chain: FilterChain, pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) {
    const text = chain.take(piece);
    if (text !== "") yield text;
  }
  const rest = chain.end();
  if (rest !== "") yield rest;
}

interface LineFilter {
  readonly kind: "lines";
  /** What is left of one line: none, or it itself. */
  readonly take: (line: string) => readonly string[];
  readonly end?: () => readonly string[];
}

function filterOf([name = "", argument, ...rest]: readonly string[]):
  | LineFilter
  | { readonly kind: "nothing" }
  | CommandAnswer {
  if (rest.length > 0 || !isPipe(name)) return wrongPipe(name);
  switch (name) {
    case "match":
    case "except":
    case "find":
      return argument === undefined || argument === "" ? wrongPipe(name) : patternFilter(name, argument);
    case "count":
      return argument === undefined ? countFilter() : wrongPipe(name);
    case "last": {
      const count = argument === undefined ? lastCountDefault : numberOf(argument, lastCountMax);
      return count === undefined ? refused(`last takes a number from 1 to ${lastCountMax}`) : lastFilter(count);
    }
    case "trim": {
      const columns = argument === undefined ? undefined : numberOf(argument, trimColumnsMax);
      if (columns === undefined) return refused(`trim takes a number from 1 to ${trimColumnsMax}`);
      return { kind: "lines", take: (line) => [line.slice(columns)] };
    }
    case "refresh":
      // What can be repeated never comes here (refresh.ts).
      return refused("| refresh may follow show, as the last pipe of its line");
    case "no-more":
    case "hold":
      return argument === undefined ? { kind: "nothing" } : wrongPipe(name);
  }
}

function numberOf(text: string, max: number): number | undefined {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= max ? number : undefined;
}

function patternFilter(name: "match" | "except" | "find", text: string): LineFilter | CommandAnswer {
  const pattern = compilePattern(text, { ignoreCase: true });
  if ("error" in pattern) return refused(`"| ${name}": ${pattern.error}`);
  if (name !== "find") {
    return { kind: "lines", take: (line) => (pattern.test(line) === (name === "match") ? [line] : []) };
  }
  let found = false;
  return {
    kind: "lines",
    take: (line) => {
      found ||= pattern.test(line);
      return found ? [line] : [];
    },
  };
}

function countFilter(): LineFilter {
  let count = 0;
  return {
    kind: "lines",
    take: () => {
      count++;
      return [];
    },
    end: () => [`Count: ${count} lines`],
  };
}

function lastFilter(count: number): LineFilter {
  const kept: string[] = [];
  let length = 0;
  return {
    kind: "lines",
    take: (line) => {
      kept.push(line);
      length += line.length;
      while (kept.length > count || length > lastLengthMax) length -= kept.shift()?.length ?? 0;
      return [];
    },
    end: () => kept,
  };
}

/** Text in any pieces → lines through the filters, one behind the other → text. */
class FilterChain {
  readonly #filters: readonly LineFilter[];
  #rest = "";

  constructor(filters: readonly LineFilter[]) {
    this.#filters = filters;
  }

  take(text: string): string {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    while (this.#rest.length > lineLengthMax) {
      lines.push(this.#rest.slice(0, lineLengthMax));
      this.#rest = this.#rest.slice(lineLengthMax);
    }
    return textOf(this.#through(lines, 0));
  }

  end(): string {
    let lines = this.#through(this.#rest === "" ? [] : [this.#rest], 0);
    for (const [index, filter] of this.#filters.entries()) {
      const last = filter.end?.() ?? [];
      lines = [...lines, ...this.#through(last, index + 1)];
    }
    return textOf(lines);
  }

  #through(lines: readonly string[], from: number): readonly string[] {
    let left = lines;
    for (const filter of this.#filters.slice(from)) left = left.flatMap((line) => filter.take(line));
    return left;
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function wrongPipe(name: string): CommandAnswer {
  const filters = Object.entries(pipeHelp).map(([word, { placeholder }]) =>
    placeholder === undefined ? word : `${word} ${placeholder}`,
  );
  return refused(
    `"| ${name}" is not understood here`,
    `expected: ${filters.join(", ")}; after show: compare, display ${Object.keys(displayHelp).join("|")}`,
  );
}
