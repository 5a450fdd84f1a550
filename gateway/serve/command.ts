// One line as typed at the shell: edits of the candidate, commit and rollback, operational commands, and what stands
// behind a pipe. Answers data and text; never throws for what an operator can type.

import type { CommandResult } from "../api.ts";
import { CandidateRefused } from "../candidate/candidate-refused.ts";
import type { Gateway } from "../gateway.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { OperationRefused } from "../ops/operation.ts";
import { parseOperation } from "../ops/parse-operation.ts";
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
import { commitCommand } from "./commit-command.ts";
import { applyPipes, splitPipes } from "./pipe.ts";
import { showConfiguration } from "./show-configuration.ts";
import { splitWords } from "./split-words.ts";

/** A line longer than this is refused; the longest real statements are far below. */
const lineLengthMax = 64 * 1024;

export const editWords: ReadonlySet<string> = new Set([
  "set",
  "delete",
  "deactivate",
  "activate",
  "protect",
  "unprotect",
  "insert",
  "rename",
  "copy",
  "annotate",
  "wildcard",
]);

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
      const result = await operate(gateway, first === "run" ? rest : words, caller);
      return result.ok ? applyPipes(result, pipes) : result;
    }
  }
}

async function operate(gateway: Gateway, words: readonly string[], caller: CommandCaller): Promise<CommandResult> {
  const parsed = parseOperation(words);
  if (parsed.kind === "unknown") {
    const expected = parsed.expected.length === 0 ? "" : `expected: ${parsed.expected.join(", ")}`;
    return refused(parsed.message, expected);
  }
  try {
    const { data, text } = await parsed.operation.execute(gateway, parsed.input, caller);
    return { ok: true, text, diagnostics: [], data };
  } catch (error) {
    if (error instanceof OperationRefused) return refused(error.message);
    throw error;
  }
}

const helpText = `Configure
  set STATEMENT            add or change a statement of the candidate configuration
  delete STATEMENT         remove one (also: deactivate, activate, insert, rename, copy, annotate, wildcard delete)
  load ACTION terminal     read a text into the candidate: merge, override, replace, set; load factory-default
  show | compare           what the candidate would change; show | compare rollback N
  commit [check]           put the candidate into force (or only check it); commit comment "why"
  commit confirmed [N]     the same, but it is rolled back after N minutes (10) unless you commit again
  commit at TIME           put it into force later: hh:mm, "yyyy-mm-dd hh:mm" (UTC) or reboot; clear system commit
  rollback N|rescue        make the candidate what it was N commits ago; commit puts it into force
  configure [private | exclusive], update, status, exit: editing beside others, in a session
Look
  show configuration       the configuration in force (| display set|json|xml|inheritance, | compare rollback N)
  show security policies [hit-count] | match-policies | zones | flow session
  show interfaces, show route, show version
  show system commit | alarms | capabilities | rollback N [compare M] | configuration rescue
  request system configuration rescue save | delete
Pipes: | compare, | display FORM, | match TEXT, | except TEXT, | count
`;
