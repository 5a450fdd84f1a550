// An operational command as typed: found, carried out, and shown as text, piece by piece where it may be long, or in the
// form that `| display` asks for.

import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { Gateway } from "../gateway.ts";
import { OperationRefused } from "../ops/operation.ts";
import type { AnyOperation } from "../ops/operation.ts";
import { findOperation, parameterNamed, parseOperation } from "../ops/parse-operation.ts";
import type { UnknownOperation } from "../ops/parse-operation.ts";
import { refused, said } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";
import { displayAnswer, displayRequest, readDisplay } from "./display.ts";
import { applyPipes } from "./pipe.ts";

/** Commands that go on until somebody ends them. */
const liveWords: ReadonlySet<string> = new Set(["monitor", "ping", "traceroute"]);

export interface OperateRequest {
  readonly words: readonly string[];
  readonly pipes: readonly (readonly string[])[];
  /** What else the line might have begun with, for the hint at a mistyped word. */
  readonly others: readonly string[];
  readonly caller: CommandCaller;
}

export async function operate(
  gateway: Gateway,
  { words, pipes, others, caller }: OperateRequest,
): Promise<CommandAnswer> {
  const parsed = parseOperation(words);
  if (parsed.kind === "unknown") return unknownOperation(words, parsed, others);
  const asked = askedOf(parsed.operation, words);
  if (asked.some((line) => caller.access?.mayRun(line) === false)) return refused(`permission denied: ${asked[0]}`);
  const display = readDisplay(pipes[0]);
  if (typeof display === "object") return refused(display.wrong);
  if (display === "xml rpc") return applyPipes(said(displayRequest(parsed)), pipes.slice(1));
  const { operation, input } = parsed;
  try {
    if (operation.stream !== undefined && caller.signal !== undefined && display === undefined) {
      await operation.check?.(gateway, input);
      const more = operation.stream(gateway, input, caller, caller.signal);
      const live = liveWords.has(operation.words[0] ?? "") ? { live: true } : {};
      const draws = operation.draws ? { draws: true } : {};
      const concludes = operation.concludes ? { concludes: true } : {};
      return applyPipes({ ok: true, text: "", diagnostics: [], more, ...live, ...draws, ...concludes }, pipes);
    }
    const answer = await operation.execute(gateway, input, caller);
    const text = display === undefined ? answer.text : displayAnswer(display, answer);
    const rest = display === undefined ? pipes : pipes.slice(1);
    return applyPipes({ ok: true, text, diagnostics: [], data: answer.data }, rest);
  } catch (error) {
    if (error instanceof OperationRefused) return refused(error.message);
    throw error;
  }
}

/** The command in whole words, its parameters as they were typed and, which may be another line, written out. */
function askedOf({ words: command, parameters }: AnyOperation, typed: readonly string[]): readonly string[] {
  const rest = typed.slice(command.length);
  const written = rest.map((word) => parameterNamed(parameters, word)?.word ?? word);
  return [...new Set([written, rest].map((words) => [...command, ...words].join(" ")))];
}

function unknownOperation(
  words: readonly string[],
  parsed: UnknownOperation,
  others: readonly string[],
): CommandAnswer {
  const { word } = parsed;
  const { depth, complete } = findOperation(words);
  const from = complete?.depth ?? depth;
  const at = word === undefined ? words.length : words.indexOf(word, from);
  // Which is no operation, and stands among them all the same.
  const own = from === 1 && words[0] === "show" ? ["configuration"] : [];
  const expected = own.length === 0 ? parsed.expected : [...parsed.expected, ...own].toSorted();
  const hint = hintFor({ ...parsed, expected }, word !== undefined && word === words[0] ? others : []);
  return {
    ...refused(parsed.message, hint),
    wrongWord: { index: at === -1 ? from : at, expects: expectedKind(parsed, depth) },
  };
}

function expectedKind({ word }: UnknownOperation, depth: number): string {
  return word !== undefined && depth === 0 ? "unknown command." : "syntax error, expecting <command>.";
}

/** What was meant, and what could stand there. */
function hintFor({ word, expected }: UnknownOperation, others: readonly string[]): string {
  const meant = word === undefined ? undefined : didYouMean(word, [...expected, ...others]);
  const lines = meant === undefined ? [] : [meant];
  if (expected.length > 0) lines.push(`expected: ${expected.join(", ")}`);
  return lines.join("\n");
}
