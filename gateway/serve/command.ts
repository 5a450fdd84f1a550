// One line as typed at the shell: edits of the candidate, commit and rollback, operational commands, and what stands
// behind a pipe. Answers data and text; never throws for what an operator can type.

import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { CommandResult } from "../api.ts";
import { CandidateRefused } from "../candidate/candidate-refused.ts";
import type { Gateway } from "../gateway.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { OperationRefused } from "../ops/operation.ts";
import { parseOperation } from "../ops/parse-operation.ts";
import type { UnknownOperation } from "../ops/parse-operation.ts";
import { DamagedFile } from "../store/checked-text.ts";
import { Unacceptable } from "../unacceptable.ts";
import { refused, said } from "./answer.ts";
import {
  configureCommand,
  editCommand,
  exitCommand,
  loadCommand,
  rollbackCommand,
  statusCommand,
  updateCommand,
} from "./candidate-command.ts";
import type { CommandCaller } from "./command-caller.ts";
import { commandHelp, editWords, helpText } from "./command-help.ts";
import { commitCommand } from "./commit-command.ts";
import { applyPipes, splitPipes } from "./pipe.ts";
import { showConfiguration } from "./show-configuration.ts";
import { splitWords } from "./split-words.ts";

/** A line longer than this is refused; the longest real statements are far below. */
const lineLengthMax = 64 * 1024;

export async function runCommand(gateway: Gateway, line: string, caller: CommandCaller): Promise<CommandResult> {
  try {
    // A session that is asked something is not idle; one that has ended says so.
    if (caller.session !== undefined) gateway.candidates.find(caller.session.id);
    const result = await carryOut(gateway, line, caller);
    const notice = gateway.confirmationNotice;
    return notice === undefined ? result : { ...result, notice: `# ${notice}` };
  } catch (error) {
    if (error instanceof CandidateRefused || error instanceof KernelFailure) return refused(error.message);
    if (error instanceof Unacceptable || error instanceof DamagedFile) return refused(error.message);
    throw error;
  }
}

async function carryOut(gateway: Gateway, line: string, caller: CommandCaller): Promise<CommandResult> {
  if (line.length > lineLengthMax) return refused(`the line is longer than ${lineLengthMax} characters`);
  const { command, pipes } = splitPipes(line);
  const words = splitWords(command);
  if (words === undefined) return refused("a quoted text is not closed");
  const [first, ...rest] = words;
  if (first === undefined) return said("");
  if (editWords.has(first)) return editCommand(gateway, command.trim(), caller);
  if (first === "show" && rest[0] === "configuration") {
    return showConfiguration(gateway, { path: rest.slice(1), pipes, which: "running", caller });
  }
  // In configuration mode what follows is a level; there "run show" is for the rest.
  if (first === "show" && (rest.length === 0 || caller.at !== undefined || caller.session?.mode !== undefined)) {
    return showConfiguration(gateway, { path: rest, pipes, which: "candidate", caller });
  }
  if (first === "run" && rest[0] === "show" && rest[1] === "configuration") {
    return showConfiguration(gateway, { path: rest.slice(2), pipes, which: "running", caller });
  }
  switch (first) {
    case "commit":
      return commitCommand(gateway, rest, caller);
    case "rollback":
      return rollbackCommand(gateway, rest, caller);
    case "load":
      return loadCommand(gateway, rest, caller);
    case "update":
      return updateCommand(gateway, caller);
    case "status":
      return statusCommand(gateway);
    case "configure":
      return configureCommand(gateway, rest, caller);
    case "exit":
    case "quit":
      return exitCommand(gateway, rest, caller);
    case "help":
    case "?":
      return said(helpText);
    default: {
      const result =
        first === "run"
          ? await operate(gateway, rest, [], caller)
          : await operate(gateway, words, Object.keys(commandHelp), caller);
      return result.ok ? applyPipes(result, pipes) : result;
    }
  }
}

/** `others`: what else the line might have begun with, for the hint at a mistyped word. */
async function operate(
  gateway: Gateway,
  words: readonly string[],
  others: readonly string[],
  caller: CommandCaller,
): Promise<CommandResult> {
  const parsed = parseOperation(words);
  if (parsed.kind === "unknown")
    return refused(parsed.message, hintFor(parsed, parsed.word === words[0] ? others : []));
  try {
    const { data, text } = await parsed.operation.execute(gateway, parsed.input, caller);
    return { ok: true, text, diagnostics: [], data };
  } catch (error) {
    if (error instanceof OperationRefused) return refused(error.message);
    throw error;
  }
}

/** What was meant, and what could stand there. */
function hintFor({ word, expected }: UnknownOperation, others: readonly string[]): string {
  const meant = word === undefined ? undefined : didYouMean(word, [...expected, ...others]);
  const lines = meant === undefined ? [] : [meant];
  if (expected.length > 0) lines.push(`expected: ${expected.join(", ")}`);
  return lines.join("\n");
}
