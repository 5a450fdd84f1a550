// What may stand next in an operational line: the words of commands, parameters that are not given yet, and their values.
// The parser decides whether a line may end, so that completion never promises what the parser refuses.

import type { Candidate } from "@merlon/junos/complete.ts";
import { namesAt } from "@merlon/junos/names.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { interfaceUnit, policyName, zoneName } from "@merlon/model/schema/value.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import type { ShownFile } from "../store/shown-files.ts";
import type { AnyOperation, Parameter } from "./operation.ts";
import { interfacePattern } from "./show-interfaces.ts";
import { findOperation, parameterNamed, parseOperation } from "./parse-operation.ts";

/** Where the configuration in force has names for values of a type. */
const namesOfType: ReadonlyMap<ValueType<unknown>, readonly (readonly string[])[]> = new Map<
  ValueType<unknown>,
  readonly (readonly string[])[]
>([
  [zoneName, [["security", "zones", "security-zone"]]],
  [
    policyName,
    [
      ["security", "policies", "from-zone", "policy"],
      ["security", "policies", "global", "policy"],
    ],
  ],
  [interfacePattern, [["interfaces", "interface"]]],
  [interfaceUnit, [["security", "zones", "security-zone", "interfaces"]]],
]);

const fileHelp = { log: "Log", file: "Saved file" } as const;

/** More than anybody reads; a configuration may have a hundred thousand policies. */
const candidatesMax = 1_000;

/** What a line can name, and what of its last word is typed. */
interface Question extends NamedThings {
  readonly partial: string;
}

export interface NamedThings {
  /** The configuration in force. */
  readonly tree: ConfigNode;
  readonly files?: readonly Pick<ShownFile, "name" | "kind">[];
}

/** `words` are finished; `partial` is the beginning of the next one. */
export function completeOperation(words: readonly string[], partial: string, named: NamedThings): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const candidate of candidatesBehind(words, { ...named, partial })) {
    if (candidate.word.startsWith(partial) && !found.has(candidate.word)) found.set(candidate.word, candidate);
    if (found.size >= candidatesMax) break;
  }
  return [...found.values()];
}

/** True when the line may end here. */
export function isWhole(words: readonly string[]): boolean {
  return parseOperation(words).kind === "operation";
}

/** Whether files are among what may stand behind the words, so that somebody must look which there are. */
export function mayNameFile(words: readonly string[]): boolean {
  return findOperation(words).complete?.operation.parameters.some(({ files }) => files !== undefined) ?? false;
}

function* candidatesBehind(words: readonly string[], question: Question): Generator<Candidate> {
  const { open, depth, complete } = findOperation(words);
  if (depth === words.length) {
    const longer = open.filter((operation) => operation.words.length > depth);
    for (const word of new Set(longer.map((operation) => operation.words[depth] ?? "")))
      yield { word, help: helpOf(longer, depth, word), final: isWhole([...words, word]) };
  }
  if (complete !== undefined) yield* parametersBehind(complete.operation, words, complete.depth, question);
}

const sharedHelp: Readonly<Record<string, string>> = {
  chassis: "About the hardware",
  configuration: "About configurations",
  flow: "About sessions",
  ipv6: "About IPv6",
  nat: "About address translation",
  screen: "About screens",
  security: "About zones, policies and sessions",
  system: "About the gateway itself",
};

/** Of a word that several commands share: what they are about. */
function helpOf(open: readonly AnyOperation[], depth: number, word: string): string {
  const same = open.filter((operation) => operation.words[depth] === word);
  const [only] = same;
  if (same.length === 1 && only !== undefined) return only.help;
  const here = same.find((operation) => operation.words.length === depth + 1);
  return here?.help ?? sharedHelp[word] ?? `${same.length} commands`;
}

function* parametersBehind(
  operation: AnyOperation,
  words: readonly string[],
  from: number,
  question: Question,
): Generator<Candidate> {
  const given = new Set<Parameter>();
  let waiting: Parameter | undefined;
  for (const word of words.slice(from)) {
    if (waiting !== undefined) {
      waiting = undefined;
      continue;
    }
    const named = parameterNamed(operation.parameters, word);
    const parameter = named ?? operation.parameters.find((it) => it.positional === true && !given.has(it));
    // The parser will refuse the line.
    if (parameter === undefined) return;
    given.add(parameter);
    if (named?.type !== undefined) waiting = named;
  }
  if (waiting !== undefined) return yield* valuesOf(waiting, operation, given, question);
  for (const parameter of operation.parameters) {
    if (given.has(parameter) || isExcluded(parameter, given)) continue;
    if (parameter.positional === true) yield* valuesOf(parameter, operation, given, question);
    const { word, help, type } = parameter;
    // The value may stand for itself; the word before it is for those who begin to type it.
    if (parameter.positional === true && type !== undefined && question.partial === "") continue;
    yield { word, help, final: type === undefined && isWhole([...words, word]) };
  }
}

/** Another one of its group stands in the line. */
function isExcluded({ group }: Parameter, given: ReadonlySet<Parameter>): boolean {
  return group !== undefined && [...given].some((other) => other.group === group);
}

function* valuesOf(
  parameter: Parameter,
  { parameters }: AnyOperation,
  given: ReadonlySet<Parameter>,
  { tree, files = [] }: Question,
): Generator<Candidate> {
  const { type, help, names, also } = parameter;
  if (type === undefined) return;
  const final = parameters.every((it) => it.required !== true || it === parameter || given.has(it));
  const { words, wellKnown, placeholder } = type;
  if (words === undefined) yield { word: placeholder, help, final };
  for (const path of names ?? namesOfType.get(type) ?? [])
    for (const { name, help: about } of namesAt(tree, path)) yield { word: name, help: about, final };
  for (const { name, kind } of files)
    if (parameter.files?.includes(kind) === true) yield { word: name, help: fileHelp[kind], final };
  for (const [word, about] of Object.entries({ ...words, ...wellKnown, ...also })) yield { word, help: about, final };
}
