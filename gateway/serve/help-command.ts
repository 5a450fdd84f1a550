// `help`: what can be typed, `help apropos TEXT`: statements or commands that have to do with it, `help reference …` and
// `help topic …`: what is known of one. All of it comes from the schema and from the operations themselves.

import { referenceOf, statementsAbout } from "@merlon/junos/statement-help.ts";
import type { StatementHelp, StatementReference } from "@merlon/junos/statement-help.ts";
import type { AnyOperation } from "../ops/operation.ts";
import { typedOperations } from "../ops/operations.ts";
import { findOperation } from "../ops/parse-operation.ts";
import { refused, said } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import type { CommandMode } from "./command-caller.ts";
import { commandHelp, helpText } from "./command-help.ts";

/** What may follow `help`. */
export const helpKinds: Readonly<Record<string, string>> = {
  apropos: "Find what has to do with a text",
  reference: "Tell what is known of a statement or command",
  topic: "As reference",
};

const foundMax = 200;
const textLengthMax = 200;

export function helpCommand(words: readonly string[], mode: CommandMode): CommandAnswer {
  const [typed, ...rest] = words;
  if (typed === undefined) return said(helpText);
  const kinds = Object.keys(helpKinds).filter((kind) => kind.startsWith(typed));
  const [kind] = kinds;
  if (kinds.length !== 1 || kind === undefined)
    return refused(`"${typed}" is no kind of help`, `expected: ${Object.keys(helpKinds).join(", ")}`);
  const text = rest.join(" ");
  if (text === "" || text.length > textLengthMax) return refused(`help ${kind} takes what it is to be about`);
  return kind === "apropos" ? apropos(text, mode) : reference(rest, mode);
}

function apropos(text: string, mode: CommandMode): CommandAnswer {
  const found = mode === "operational" ? commandsAbout(text) : statementLines(text);
  if (found.length === 0) return refused(`nothing has to do with "${text}"`);
  const more = found.length > foundMax ? "... there is more; ask with a longer text\n" : "";
  return said(`${found.slice(0, foundMax).join("")}${more}`);
}

function commandsAbout(text: string): readonly string[] {
  const wanted = text.toLowerCase();
  return typedOperations
    .filter(({ words, help }) => words.join(" ").toLowerCase().includes(wanted) || help.toLowerCase().includes(wanted))
    .map(({ words, help }) => `${words.join(" ")}\n    ${help}\n`);
}

function statementLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const { words, help, kept } of statementsAbout(text)) {
    lines.push(`set ${words.join(" ")}\n    ${help}${keptNote(kept)}\n`);
    if (lines.length > foundMax) break;
  }
  return lines;
}

function reference(words: readonly string[], mode: CommandMode): CommandAnswer {
  const command = commandReference(words);
  const statement = referenceOf(words[0] === "set" ? words.slice(1) : words);
  const texts = [command, statement === undefined ? undefined : statementText(statement)];
  const text = (mode === "operational" ? texts : texts.toReversed()).find((one) => one !== undefined);
  return text === undefined
    ? refused(`there is no statement and no command "${words.join(" ")}"`, "help apropos TEXT finds them")
    : said(text);
}

function statementText({ words, help, kept, ...rest }: StatementReference): string {
  const { value, manyValues, standard, notEnforced, below } = rest;
  const placeholder = value === undefined ? "" : ` ${value.placeholder}${manyValues ? " …" : ""}`;
  const effect =
    notEnforced === undefined ? (kept ? "none, it is kept as it is written" : "enforced") : `none: ${notEnforced}`;
  const choices = Object.entries(value?.words ?? {});
  return [
    `set ${words.join(" ")}${placeholder}\n\n`,
    `    ${help}\n`,
    `    Effect: ${effect}\n`,
    ...(standard === undefined ? [] : [`    Default: ${standard}\n`]),
    ...(choices.length === 0 ? [] : ["\nValues:\n", ...choices.map(([word, about]) => row(word, about))]),
    ...(below.length === 0 ? [] : ["\nStatements:\n", ...below.map((one) => row(one.words.join(" "), helpOf(one)))]),
  ].join("");
}

function commandReference(words: readonly string[]): string | undefined {
  const { complete, depth } = findOperation(words);
  if (complete !== undefined && complete.depth === words.length) return operationText(complete.operation);
  const [only = ""] = words;
  return words.length === 1 && depth === 0 && Object.hasOwn(commandHelp, only)
    ? `${only}\n\n    ${commandHelp[only] ?? ""}\n`
    : undefined;
}

function operationText({ words, help, parameters, rpcName }: AnyOperation): string {
  const rows = parameters.map(({ word, type, help: about, required }) => {
    const name = type === undefined ? word : `${word} ${type.placeholder}`;
    return row(name, `${about}${required === true ? " (must be given)" : ""}`);
  });
  return [
    `${words.join(" ")}\n\n    ${help}\n`,
    ...(rpcName === undefined ? [] : [`    NETCONF: <${rpcName}>\n`]),
    ...(rows.length === 0 ? [] : ["\nParameters:\n", ...rows]),
  ].join("");
}

function helpOf({ help, kept }: StatementHelp): string {
  return `${help}${keptNote(kept)}`;
}

function keptNote(kept: boolean): string {
  return kept ? " (kept without effect)" : "";
}

function row(word: string, help: string): string {
  return `  ${word.padEnd(32)} ${help}\n`;
}
