// The help texts, made from what each command says of itself.

import type { Command } from "./command.ts";

/** About all commands. */
export function generalHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ words, summary }) => [words.join(" "), summary] as const);
  return `Merlon: zone policies in the language of Junos, offline.

usage: merlon COMMAND [OPTIONS] FILE …

${table([...rows, ["help COMMAND", "about one command"], ["--version", "which version this is"]])}

FILE is a configuration in curly braces, set lines, XML or JSON; - is standard input.
Results go to standard output, diagnostics to standard error.
Exit codes: 0 all is well, 1 something is wrong with what was given, 2 wrong command line.
`;
}

export function commandHelp(command: Command): string {
  const rows = Object.entries(command.options).map(
    ([name, { value, help }]) => [value === undefined ? `--${name}` : `--${name} ${value}`, help] as const,
  );
  const examples = command.examples.map((example) => `  ${example}`).join("\n");
  return `${command.summary}

usage: ${usageOf(command)}

${[...command.about, ""].join("\n")}
${table([...rows, ["--help", "this text"]])}

examples:
${examples}
`;
}

export function usageOf(command: Command): string {
  return `merlon ${command.words.join(" ")} ${command.arguments}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
