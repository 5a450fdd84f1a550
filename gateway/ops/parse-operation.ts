// A typed operational line becomes an operation and its input. Words may be shortened as long as they stay unique
// (`sh sec pol`); what remains of the line are parameters in any order.

import { shownWord } from "@merlon/model/shown-word.ts";
import type { AnyOperation, Input, Parameter } from "./operation.ts";
import { typedOperations } from "./operations.ts";

export type ParsedOperation =
  | { readonly kind: "operation"; readonly operation: AnyOperation; readonly input: Input }
  | UnknownOperation;

/** The words are no operational command. */
export interface UnknownOperation {
  readonly kind: "unknown";
  readonly message: string;
  /** The words that could stand where it went wrong, and the one that stands there. */
  readonly expected: readonly string[];
  readonly word?: string;
}

export function parseOperation(line: readonly string[]): ParsedOperation {
  const { open, depth, complete } = findOperation(line);
  if (complete === undefined) return unknownAt(open, depth, line[depth]);
  return readParameters(complete.operation, line.slice(complete.depth));
}

export interface FoundOperation {
  /** The operations that the first `depth` words may become. */
  readonly open: readonly AnyOperation[];
  readonly depth: number;
  /** The longest operation that the line names whole; its parameters begin at `depth` there. */
  readonly complete?: { readonly operation: AnyOperation; readonly depth: number };
}

export function findOperation(line: readonly string[]): FoundOperation {
  let found: FoundOperation = { open: typedOperations, depth: 0 };
  for (const word of line) {
    const open = narrow(found.open, found.depth, word);
    if (open.length === 0) break;
    const depth = found.depth + 1;
    const operation = open.find(({ words }) => words.length === depth);
    found = { ...found, open, depth, ...(operation === undefined ? {} : { complete: { operation, depth } }) };
  }
  return found;
}

/** Operations whose word at `depth` is `word`, or begins with it when none is exactly it and it is unique. */
function narrow(open: readonly AnyOperation[], depth: number, word: string): readonly AnyOperation[] {
  const exact = open.filter(({ words }) => words[depth] === word);
  if (exact.length > 0) return exact;
  const shortened = open.filter(({ words }) => words[depth]?.startsWith(word) === true);
  return new Set(shortened.map(({ words }) => words[depth])).size === 1 ? shortened : [];
}

function unknownAt(open: readonly AnyOperation[], depth: number, word: string | undefined): ParsedOperation {
  const expected = [...new Set(open.flatMap(({ words }) => words[depth] ?? []))].toSorted();
  return word === undefined
    ? { kind: "unknown", message: "the command is incomplete", expected }
    : unexpected(word, expected);
}

function unexpected(word: string, expected: readonly string[]): UnknownOperation {
  return { kind: "unknown", message: `${shownWord(word)} is not expected here`, expected, word };
}

function readParameters(operation: AnyOperation, words: readonly string[]): ParsedOperation {
  const input: Record<string, unknown> = {};
  const expected = operation.parameters.map(({ word }) => word);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const named = parameterNamed(operation.parameters, word);
    const parameter = named ?? operation.parameters.find((it) => it.positional === true && !(it.word in input));
    if (parameter === undefined) return unexpected(word, expected);
    if (parameter.type === undefined) {
      input[parameter.word] = true;
      continue;
    }
    const value = named === undefined ? word : words[++i];
    if (value === undefined) {
      return { kind: "unknown", message: `${parameter.word} needs a value`, expected: [parameter.type.placeholder] };
    }
    const parsed = parameter.type.parse(value);
    if ("error" in parsed) return { kind: "unknown", message: parsed.error, expected: [parameter.type.placeholder] };
    input[parameter.word] = parsed.value;
  }
  const missing = operation.parameters.find(({ word, required }) => required === true && !(word in input));
  if (missing !== undefined) return { kind: "unknown", message: `${missing.word} is missing`, expected };
  return { kind: "operation", operation, input };
}

export function parameterNamed(parameters: readonly Parameter[], word: string): Parameter | undefined {
  const exact = parameters.find((parameter) => parameter.word === word);
  if (exact !== undefined) return exact;
  const shortened = parameters.filter((parameter) => parameter.word.startsWith(word));
  return shortened.length === 1 ? shortened[0] : undefined;
}

/** Input given as words by word (HTTP); throws nothing, answers the first thing wrong. */
export function readInput(operation: AnyOperation, given: Readonly<Record<string, unknown>>): ParsedOperation {
  const words = Object.entries(given).flatMap(([word, value]) => (value === true ? [word] : [word, String(value)]));
  return readParameters(operation, words);
}
