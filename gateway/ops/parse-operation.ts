// A typed operational line becomes an operation and its input. Words may be shortened as long as they stay unique
// (`sh sec pol`); what remains of the line are parameters in any order.

import type { AnyOperation, Input, Parameter } from "./operation.ts";
import { typedOperations } from "./operations.ts";

export type ParsedOperation =
  | { readonly kind: "operation"; readonly operation: AnyOperation; readonly input: Input }
  /** The words are no operational command; `expected` are the words that could stand where it went wrong. */
  | { readonly kind: "unknown"; readonly message: string; readonly expected: readonly string[] };

export function parseOperation(line: readonly string[]): ParsedOperation {
  let open = typedOperations;
  let depth = 0;
  let complete: { readonly operation: AnyOperation; readonly depth: number } | undefined;
  for (const word of line) {
    const next = narrow(open, depth, word);
    if (next.length === 0) break;
    open = next;
    depth++;
    const done = open.find(({ words }) => words.length === depth);
    if (done !== undefined) complete = { operation: done, depth };
  }
  if (complete === undefined) return unknownAt(open, depth, line[depth]);
  return readParameters(complete.operation, line.slice(complete.depth));
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
  const message = word === undefined ? "the command is incomplete" : `"${word}" is not expected here`;
  return { kind: "unknown", message, expected };
}

function readParameters(operation: AnyOperation, words: readonly string[]): ParsedOperation {
  const input: Record<string, unknown> = {};
  const expected = operation.parameters.map(({ word }) => word);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const named = parameterNamed(operation.parameters, word);
    const parameter = named ?? operation.parameters.find((it) => it.positional === true && !(it.word in input));
    if (parameter === undefined) return { kind: "unknown", message: `"${word}" is not expected here`, expected };
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

function parameterNamed(parameters: readonly Parameter[], word: string): Parameter | undefined {
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
