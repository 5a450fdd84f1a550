// A typed operational line becomes an operation and its input. Words may be shortened as long as they stay unique
// (`sh sec pol`); what remains of the line are parameters in any order. Input by name, as HTTP and NETCONF send it, is
// read by the same rules.

import { shownWord } from "@merlon/model/shown-word.ts";
import type { AnyOperation, Input, Parameter } from "./operation.ts";
import { typedOperations } from "./operations.ts";

export type ParsedOperation =
  | {
      readonly kind: "operation";
      readonly operation: AnyOperation;
      readonly input: Input;
      /** The parameters in the order in which they were given, with the words of their values. */
      readonly given: readonly GivenParameter[];
    }
  | UnknownOperation;

export interface GivenParameter {
  readonly parameter: Parameter;
  /** Absent for a word that stands alone. */
  readonly value?: string;
}

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
  // A shortened word that is also a parameter of the command so far is not unique: `show route te` may be `terse`.
  const here = open.find(({ words }) => words.length === depth);
  if (here?.parameters.some((parameter) => parameter.word.startsWith(word)) === true) return [];
  const shortened = open.filter(({ words }) => words[depth]?.startsWith(word) === true);
  return new Set(shortened.map(({ words }) => words[depth])).size === 1 ? shortened : [];
}

function unknownAt(open: readonly AnyOperation[], depth: number, word: string | undefined): ParsedOperation {
  const expected = [...new Set(open.flatMap(({ words }) => words[depth] ?? []))].toSorted();
  if (word === undefined) return { kind: "unknown", message: "the command is incomplete", expected };
  const meant = expected.filter((it) => it.startsWith(word));
  return meant.length > 1 ? ambiguous(word, meant) : unexpected(word, expected);
}

function unexpected(word: string, expected: readonly string[]): UnknownOperation {
  return { kind: "unknown", message: `${shownWord(word)} is not expected here`, expected, word };
}

function ambiguous(word: string, expected: readonly string[]): UnknownOperation {
  return { kind: "unknown", message: `${shownWord(word)} is ambiguous`, expected, word };
}

function readParameters(operation: AnyOperation, words: readonly string[]): ParsedOperation {
  const { parameters } = operation;
  const given: GivenParameter[] = [];
  const expected = parameters.map(({ word }) => word);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const named = parameterNamed(parameters, word);
    const parameter = named ?? nextPositional(parameters, given);
    if (parameter === undefined) {
      const meant = expected.filter((it) => it.startsWith(word));
      return meant.length > 1 ? ambiguous(word, meant) : unexpected(word, expected);
    }
    if (parameter.type === undefined) {
      given.push({ parameter });
      continue;
    }
    const value = named === undefined ? word : words[++i];
    if (value === undefined) {
      return { kind: "unknown", message: `${parameter.word} needs a value`, expected: [parameter.type.placeholder] };
    }
    given.push({ parameter, value });
  }
  return inputOf(operation, given);
}

function nextPositional(parameters: readonly Parameter[], given: readonly GivenParameter[]): Parameter | undefined {
  return parameters.find((it) => it.positional === true && !given.some(({ parameter }) => parameter === it));
}

/** Reads the values and looks at the whole: what is missing, what excludes what. The last value of a name counts. */
function inputOf(operation: AnyOperation, given: readonly GivenParameter[]): ParsedOperation {
  const input: Record<string, unknown> = {};
  const groups = new Map<string, string>();
  for (const { parameter, value } of given) {
    const { word, type, group } = parameter;
    const other = group === undefined ? undefined : groups.get(group);
    if (other !== undefined && other !== word) {
      return { kind: "unknown", message: `${word} and ${other} exclude each other`, expected: [], word };
    }
    if (group !== undefined) groups.set(group, word);
    const parsed = type === undefined ? { value: true } : type.parse(value ?? "");
    if ("error" in parsed)
      return { kind: "unknown", message: parsed.error, expected: [type?.placeholder ?? ""], word: value ?? "" };
    input[word] = parsed.value;
  }
  const missing = operation.parameters.find(({ word, required }) => required === true && !(word in input));
  if (missing !== undefined) {
    const expected = operation.parameters.map(({ word }) => word);
    return { kind: "unknown", message: `${missing.word} is missing`, expected };
  }
  return { kind: "operation", operation, input, given };
}

export function parameterNamed(parameters: readonly Parameter[], word: string): Parameter | undefined {
  const exact = parameters.find((parameter) => parameter.word === word);
  if (exact !== undefined) return exact;
  const shortened = parameters.filter((parameter) => parameter.word.startsWith(word));
  return shortened.length === 1 ? shortened[0] : undefined;
}

/**
 * Input given by name: the words of the parameters or the elements of the RPC; answers the first thing wrong. A word
 * that stands alone is `true`, or an empty text as an empty element has it.
 */
export function readInput(operation: AnyOperation, named: Readonly<Record<string, unknown>>): ParsedOperation {
  const given: GivenParameter[] = [];
  for (const [name, value] of Object.entries(named)) {
    const parameter = operation.parameters.find(({ word, element }) => word === name || element === name);
    if (parameter === undefined)
      return unexpected(
        name,
        operation.parameters.map(({ element, word }) => element ?? word),
      );
    if (parameter.type !== undefined) given.push({ parameter, value: String(value) });
    else if (value === true || value === "") given.push({ parameter });
    else return { kind: "unknown", message: `${name} takes no value`, expected: [], word: String(value) };
  }
  return inputOf(operation, given);
}
