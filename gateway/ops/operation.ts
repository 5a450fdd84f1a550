// An operational command is one typed function that returns data; text, JSON and HTTP are renderings of it. Each stands
// in its own file of this folder and is listed in `operations.ts`.

import type { ValueType } from "@merlon/model/schema/value.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Caller } from "../caller.ts";
import type { Gateway } from "../gateway.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { WriteFailure } from "../store/durable-file.ts";

export interface Parameter {
  /** The word before the value: `from-zone`. */
  readonly word: string;
  readonly help: string;
  /** Absent for a word that stands alone, such as `summary`. */
  readonly type?: ValueType<unknown>;
  readonly required?: boolean;
  /** The value may stand without the word before it. */
  readonly positional?: boolean;
  /** Its element in the RPC, where that is not the word. */
  readonly element?: string;
  /** Of the parameters of one group only one may be given: `terse`, `detail`. */
  readonly group?: string;
  /** Where the configuration in force has names for it, as words of a path; those of its type without. */
  readonly names?: readonly (readonly string[])[];
  /** Words that it may be besides, with their help: `all`. */
  readonly also?: Readonly<Record<string, string>>;
  /** It names a file of the state directory: a log, or one that somebody has saved. */
  readonly files?: readonly ("log" | "file")[];
}

/** Values of the parameters by their words; a word that stands alone has `true`. */
export type Input = Readonly<Record<string, unknown>>;

export interface Operation<D> {
  /** As typed: `show security policies hit-count`. */
  readonly command: string;
  readonly help: string;
  readonly parameters: readonly Parameter[];
  /** Nothing that is typed: the shell has a line of its own for it. */
  readonly forPrograms?: boolean;
  readonly run: (gateway: Gateway, input: Input, caller: Caller) => Promise<D>;
  /** What a person reads; ends with a line end unless empty. */
  readonly text: (data: D) => string;
  readonly rpc?: OperationRpc<D>;
  /** What a person reads, piece by piece: for answers that may be long, or go on until somebody ends them. */
  readonly stream?: OperationStream;
  /** Each piece is a whole picture, in place of the one before. */
  readonly draws?: true;
  /** When somebody ends the stream, it says at once what it has come to. */
  readonly concludes?: true;
  /** Throws `OperationRefused` before anything of the stream is shown. */
  readonly check?: (gateway: Gateway, input: Input) => Promise<void>;
}

/** Pieces of text; ends when the answer is complete or `signal` says that nobody reads any more. */
export type OperationStream = (
  gateway: Gateway,
  input: Input,
  caller: Caller,
  signal: AbortSignal,
) => AsyncIterable<string>;

/** The same operation as a NETCONF RPC. Its arguments are the parameters: `<from-zone>trust</from-zone>`, `<summary/>`. */
export interface OperationRpc<D> {
  /** `get-flow-session-information`. */
  readonly name: string;
  readonly reply: (data: D) => XmlElement;
}

/** An operation whose data type is known only to itself. */
export interface AnyOperation {
  /** The command with dashes, for HTTP: `show-security-policies-hit-count`. */
  readonly name: string;
  readonly words: readonly string[];
  readonly help: string;
  readonly parameters: readonly Parameter[];
  readonly forPrograms: boolean;
  readonly rpcName?: string;
  readonly stream?: OperationStream;
  readonly draws: boolean;
  readonly concludes: boolean;
  readonly check?: (gateway: Gateway, input: Input) => Promise<void>;
  readonly execute: (gateway: Gateway, input: Input, caller: Caller) => Promise<OperationAnswer>;
}

/** The same answer in its forms, each made when it is asked for. */
export interface OperationAnswer {
  readonly data: unknown;
  readonly text: string;
  /** Absent where the operation is no RPC. */
  readonly reply?: () => XmlElement;
}

export function operation<D>(definition: Operation<D>): AnyOperation {
  const { command, help, parameters, rpc } = definition;
  return {
    name: command.replaceAll(" ", "-"),
    words: command.split(" "),
    help,
    parameters,
    forPrograms: definition.forPrograms ?? false,
    ...(rpc !== undefined && { rpcName: rpc.name }),
    draws: definition.draws ?? false,
    concludes: definition.concludes ?? false,
    ...(definition.stream !== undefined && { stream: withRefusals(definition.stream) }),
    ...(definition.check !== undefined && { check: definition.check }),
    execute: async (gateway, input, caller) => {
      try {
        const data = await definition.run(gateway, input, caller);
        return { data, text: definition.text(data), ...(rpc !== undefined && { reply: () => rpc.reply(data) }) };
      } catch (error) {
        if (error instanceof WriteFailure) throw new OperationRefused(error.message);
        throw error;
      }
    },
  };
}

/** What ends an answer that has begun is the last line of it. */
function withRefusals(stream: OperationStream): OperationStream {
  return async function* (...given) {
    try {
      yield* stream(...given);
    } catch (error) {
      const isAnswer = error instanceof OperationRefused || error instanceof KernelFailure;
      if (!isAnswer) throw error;
      yield `error: ${error.message}\n`;
    }
  };
}

/** The operation cannot answer as asked: the sentence is for the operator. */
export class OperationRefused extends Error {
  override readonly name = "OperationRefused";
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.diagnostics = diagnostics;
  }
}
