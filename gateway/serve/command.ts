// One line as typed at the shell: edits of the candidate, commit and rollback, operational commands, and what stands
// behind a pipe. Answers data and text; never throws for what an operator can type.

import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import type { Mistake, PromptState } from "@merlon/shell/shell-answer.ts";
import { maskSecrets } from "../access/mask-secrets.ts";
import { CandidateRefused } from "../candidate/candidate-refused.ts";
import type { Gateway } from "../gateway.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { DamagedFile } from "../store/checked-text.ts";
import { Unacceptable } from "../unacceptable.ts";
import { refused, said, withoutSpan } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import { askedCommand } from "./asked-command.ts";
import {
  configureCommand,
  editCommand,
  exitCommand,
  loadCommand,
  rollbackCommand,
  statusCommand,
  updateCommand,
} from "./candidate-command.ts";
import { modeOf } from "./command-caller.ts";
import type { CommandCaller, CommandMode } from "./command-caller.ts";
import { editWords, firstWordsOf } from "./command-help.ts";
import { commitCommand } from "./commit-command.ts";
import { expandLine } from "./expand-line.ts";
import type { ExpandedLine } from "./expand-line.ts";
import { helpCommand } from "./help-command.ts";
import { editLevel, readLevelLine, refusedThere } from "./level-command.ts";
import { operate } from "./operate.ts";
import { applyPipes, splitPipes } from "./pipe.ts";
import { readRefresh, refreshed } from "./refresh.ts";
import { replaceCommand } from "./replace-command.ts";
import { showConfiguration } from "./show-configuration.ts";
import { placedWords } from "@merlon/shell/line-parts.ts";

/** A line longer than this is refused; the longest real statements are far below. */
const lineLengthMax = 64 * 1024;
const candidatesShownMax = 100;

export async function runCommand(gateway: Gateway, line: string, caller: CommandCaller): Promise<CommandAnswer> {
  try {
    // A session that is asked something is not idle; one that has ended says so.
    if (caller.session !== undefined) gateway.candidates.find(caller.session.id);
    const answer = await carryOutTyped(gateway, line, caller);
    const notice = gateway.confirmationNotice;
    return {
      ...answer,
      ...(notice !== undefined && { notice: `# ${notice}` }),
      ...(caller.session === undefined ? {} : { prompt: promptOf(gateway, caller.session) }),
    };
  } catch (error) {
    if (error instanceof CandidateRefused || error instanceof KernelFailure) return refused(error.message);
    if (error instanceof Unacceptable || error instanceof DamagedFile) return refused(error.message);
    throw error;
  }
}

function promptOf({ hostName, alarms }: Gateway, { mode }: NonNullable<CommandCaller["session"]>): PromptState {
  const state = { hostName, alarmCount: alarms.list().length };
  return mode === undefined ? state : { ...state, mode };
}

async function carryOutTyped(gateway: Gateway, line: string, caller: CommandCaller): Promise<CommandAnswer> {
  if (line.length > lineLengthMax) return refused(`the line is longer than ${lineLengthMax} characters`);
  if (line.trim() === "") return said("");
  const expanded = expandLine(gateway, line, caller);
  gateway.logins.audit.command(caller.user, maskSecrets(expanded?.line ?? line));
  if (expanded === undefined) return refused("a quoted text is not closed");
  const { ambiguous } = expanded;
  if (ambiguous !== undefined) return ambiguousWord(ambiguous);
  const answer = await carryOutOnceOrMore(gateway, expanded.line, caller);
  if (answer.ok) return answer;
  const mistake = mistakeIn(expanded, answer);
  const { wrongWord: _word, wrongColumn: _column, ...rest } = answer;
  return mistake === undefined ? rest : { ...rest, mistake };
}

function ambiguousWord({ word, candidates }: NonNullable<ExpandedLine["ambiguous"]>): CommandAnswer {
  const width = Math.max(...candidates.map((candidate) => candidate.word.length)) + 2;
  const shown = candidates
    .slice(0, candidatesShownMax)
    .map((one) => `  ${one.word.padEnd(width)}${one.help}`.trimEnd());
  const text = [`'${word.text}' is ambiguous.`, "Possible completions:", ...shown, ""].join("\n");
  return { ...refused(text), mistake: { column: word.start, text } };
}

/** Where a refused line is wrong, in the words of the original, with ours below. */
function mistakeIn({ typed, line, columnOf }: ExpandedLine, answer: CommandAnswer): Mistake | undefined {
  const { wrongWord, wrongColumn, diagnostics, text } = answer;
  if (wrongWord !== undefined) {
    const { index, expects } = wrongWord;
    const column = typed[index]?.start ?? (typed.at(-1)?.end ?? columnOf(line.length)) + 1;
    return { column, text: `${expects}\n${text.replace(/^error: /, "")}` };
  }
  if (wrongColumn === undefined) return undefined;
  return {
    column: columnOf(wrongColumn),
    text: diagnostics.map((one) => `${formatDiagnostic(withoutSpan(one))}\n`).join(""),
  };
}

/** The answer to a line of the configuration language, with the column of the first error in the whole line. */
function placed(line: string, answer: CommandAnswer): CommandAnswer {
  const first = answer.diagnostics.find(({ severity, span }) => severity === "error" && span?.source === "<prompt>");
  if (first?.span === undefined || first.span.line !== 1) return answer;
  return { ...answer, wrongColumn: line.length - line.trimStart().length + first.span.column - 1 };
}

async function carryOutOnceOrMore(gateway: Gateway, line: string, caller: CommandCaller): Promise<CommandAnswer> {
  const refresh = readRefresh(line);
  if (refresh === undefined) return carryOut(gateway, line, caller);
  if ("wrong" in refresh) return refused(refresh.wrong);
  const { signal, ...once } = caller;
  const run = () => carryOut(gateway, refresh.line, once);
  return refreshed(run, { everySeconds: refresh.everySeconds, signal, nowMs: () => gateway.nowMs() });
}

async function carryOut(gateway: Gateway, line: string, caller: CommandCaller): Promise<CommandAnswer> {
  const { command, pipes } = splitPipes(line);
  const words = placedWords(command) ?? [];
  const [first, ...rest] = words.map(({ text }) => text);
  if (first === undefined) return said("");
  const mode = modeOf(caller);
  const asked = askedCommand(mode, [first, ...rest]);
  if (asked !== undefined && caller.access?.mayRun(asked) === false) return refused(`permission denied: ${asked}`);
  if (mode !== "either" && first !== "?" && !Object.hasOwn(firstWordsOf(mode), first))
    return unknownCommand(first, mode);
  if (mode === "configuration" && (first === "edit" || first === "top" || first === "up")) {
    if (first === "edit") return placed(command, editLevel(command.trim(), caller.at ?? []));
    const { level, command: inner } = readLevelLine(line, words, caller.at ?? []);
    if (inner === "") return { ...said(""), level };
    const before = words.findIndex(({ start }) => line.slice(start).startsWith(inner));
    const column = line.length - inner.length;
    return refusedThere(inner) ?? shifted(before, await carryOut(gateway, inner, { ...caller, at: level }), column);
  }
  if (editWords.has(first)) return placed(command, editCommand(gateway, command.trim(), caller));
  if (first === "show" && rest[0] === "configuration") {
    return shifted(2, await showConfiguration(gateway, { path: rest.slice(1), pipes, which: "running", caller }));
  }
  // In configuration mode what follows is a level; there "run show" is for the rest.
  if (first === "show" && (mode === "configuration" || (mode === "either" && rest.length === 0))) {
    return shifted(1, await showConfiguration(gateway, { path: rest, pipes, which: "candidate", caller }));
  }
  if (first === "run" && rest[0] === "show" && rest[1] === "configuration") {
    return shifted(3, await showConfiguration(gateway, { path: rest.slice(2), pipes, which: "running", caller }));
  }
  if (first === "run") return runOperation(gateway, { words: rest, offset: 1, pipes, caller });
  const answer = await modeCommand(gateway, first, rest, caller);
  if (answer === undefined) return runOperation(gateway, { words: [first, ...rest], offset: 0, pipes, caller });
  return answer.ok ? applyPipes(answer, pipes) : answer;
}

/** The answer to a line behind some words of another line. */
function shifted(wordCount: number, answer: CommandAnswer, columns = 0): CommandAnswer {
  const { wrongWord, wrongColumn } = answer;
  return {
    ...answer,
    ...(wrongWord !== undefined && { wrongWord: { ...wrongWord, index: wrongWord.index + wordCount } }),
    ...(wrongColumn !== undefined && { wrongColumn: wrongColumn + columns }),
  };
}

interface OperationLine {
  readonly words: readonly string[];
  /** Words of the line in front of them. */
  readonly offset: number;
  readonly pipes: readonly (readonly string[])[];
  readonly caller: CommandCaller;
}

async function runOperation(gateway: Gateway, { words, offset, pipes, caller }: OperationLine): Promise<CommandAnswer> {
  const others = offset > 0 ? [] : Object.keys(firstWordsOf(modeOf(caller)));
  const answer = await operate(gateway, { words, pipes, others, caller });
  return shifted(offset, answer);
}

/** Undefined when the word begins no such command. */
async function modeCommand(
  gateway: Gateway,
  first: string,
  rest: readonly string[],
  caller: CommandCaller,
): Promise<CommandAnswer | undefined> {
  switch (first) {
    case "commit":
      return commitCommand(gateway, rest, caller);
    case "rollback":
      return rollbackCommand(gateway, rest, caller);
    case "load":
      return loadCommand(gateway, rest, caller);
    case "replace":
      return replaceCommand(gateway, rest, caller);
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
      return helpCommand(rest, modeOf(caller));
    default:
      return undefined;
  }
}

function unknownCommand(first: string, mode: CommandMode): CommandAnswer {
  const here = Object.keys(firstWordsOf(mode));
  const hint = hintElsewhere(first, mode) ?? didYouMean(first, here) ?? `expected: ${here.toSorted().join(", ")}`;
  return {
    ...refused(`${shownWord(first)} is not expected here`, hint),
    wrongWord: { index: 0, expects: "unknown command." },
  };
}

function hintElsewhere(first: string, mode: CommandMode): string | undefined {
  if (mode !== "configuration") {
    if (!Object.hasOwn(firstWordsOf("configuration"), first)) return undefined;
    return `"configure" enters configuration mode, where ${first} is a command`;
  }
  if (first === "configure") return "this is the configuration mode; exit leaves it";
  return Object.hasOwn(firstWordsOf("operational"), first)
    ? `"run ${first} …" carries out an operational command`
    : undefined;
}
