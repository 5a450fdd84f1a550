// Words of the command line → the command and what it was called with. Pure: what was asked for, or what is wrong with it.

import { parseArgs } from "node:util";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { Call, Command } from "./command.ts";

export type CommandLine =
  | { readonly kind: "run"; readonly command: Command; readonly call: Call }
  /** Without command: about all of them. */
  | { readonly kind: "help"; readonly command?: Command }
  | { readonly kind: "version" }
  | { readonly kind: "wrong"; readonly message: string; readonly command?: Command };

export function parseCommandLine(words: readonly string[], commands: readonly Command[]): CommandLine {
  const [first, ...others] = words;
  if (first === undefined) return { kind: "wrong", message: "a command is missing" };
  if (first === "--help" || first === "-h") return { kind: "help" };
  if (first === "--version" || first === "-V") return { kind: "version" };
  if (first === "help") return helpFor(others, commands);
  const command = commands.find((candidate) => startsWith(words, candidate.words));
  if (command === undefined) return { kind: "wrong", message: unknownCommand(words, commands) };
  return parseCall(command, words.slice(command.words.length));
}

function helpFor(words: readonly string[], commands: readonly Command[]): CommandLine {
  if (words.length === 0) return { kind: "help" };
  const command = commands.find((candidate) => startsWith(words, candidate.words));
  // `help config` is about several commands, which the help of all shows.
  if (command === undefined && words.length === 1 && commands.some((candidate) => candidate.words[0] === words[0]))
    return { kind: "help" };
  return command === undefined
    ? { kind: "wrong", message: unknownCommand(words, commands) }
    : { kind: "help", command };
}

function startsWith(words: readonly string[], head: readonly string[]): boolean {
  return head.every((word, at) => words[at] === word);
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): string {
  const group = commands.filter((command) => command.words[0] === words[0]);
  if (group.length > 0) {
    const known = group.map((command) => command.words[1] ?? "");
    const [, second] = words;
    if (second === undefined || second.startsWith("-")) return `"${words[0]}" needs one of ${known.join(", ")}`;
    return `there is no command "${words[0]} ${second}"${hint(second, known)}`;
  }
  const known = [...new Set(commands.map((command) => command.words[0] ?? "")), "help"];
  return `there is no command "${words[0]}"${hint(words[0] ?? "", known)}`;
}

function hint(wrong: string, known: readonly string[]): string {
  const near = didYouMean(wrong, known);
  return near === undefined ? `; there are ${known.join(", ")}` : `; ${near}`;
}

function parseCall(command: Command, words: readonly string[]): CommandLine {
  const options = Object.entries(command.options).map(
    ([name, { value }]) => [name, { type: value === undefined ? ("boolean" as const) : ("string" as const) }] as const,
  );
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...words],
      allowPositionals: true,
      tokens: true,
      options: { ...Object.fromEntries(options), help: { type: "boolean", short: "h" } },
    });
    if (values["help"] === true) return { kind: "help", command };
    const seen = new Set<string>();
    for (const token of tokens) {
      if (token.kind !== "option") continue;
      if (seen.has(token.name)) return { kind: "wrong", command, message: `--${token.name} is given twice` };
      seen.add(token.name);
    }
    if (positionals.length < command.positionalCountMin)
      return { kind: "wrong", command, message: `something is missing: the command takes ${command.arguments}` };
    const extra = positionals[command.positionalCountMax];
    if (extra !== undefined)
      return { kind: "wrong", command, message: `"${extra}" is too much: the command takes ${command.arguments}` };
    return { kind: "run", command, call: callOf(values, positionals) };
  } catch (error) {
    return { kind: "wrong", command, message: optionError(error as Error, command) };
  }
}

function callOf(values: Readonly<Record<string, unknown>>, positionals: readonly string[]): Call {
  const entries = Object.entries(values);
  return {
    positionals,
    values: Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
    switches: new Set(entries.filter(([, value]) => value === true).map(([name]) => name)),
  };
}

/** The sentence of `parseArgs` without its advice about quoting, or a better one. */
function optionError(error: Error, command: Command): string {
  const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
  if (unknown === undefined) return error.message.split(/[.\n]/)[0] ?? "";
  const near = didYouMean(unknown.replace(/^-+/, ""), Object.keys(command.options));
  return `there is no option ${unknown}${near === undefined ? "" : `; ${near.replace('"', '"--')}`}`;
}
