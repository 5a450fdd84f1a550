// An operational command is one typed function that returns data; text, JSON and HTTP are renderings of it. Each stands
// in its own file of this folder and is listed in `operations.ts`.

import type { ValueType } from "@merlon/model/schema/value.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Caller } from "../caller.ts";
import type { Gateway } from "../gateway.ts";
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
}

/** An operation whose data type is known only to itself. */
export interface AnyOperation {
  /** The command with dashes, for HTTP: `show-security-policies-hit-count`. */
  readonly name: string;
  readonly words: readonly string[];
  readonly help: string;
  readonly parameters: readonly Parameter[];
  readonly forPrograms: boolean;
  readonly execute: (
    gateway: Gateway,
    input: Input,
    caller: Caller,
  ) => Promise<{ readonly data: unknown; readonly text: string }>;
}

export function operation<D>(definition: Operation<D>): AnyOperation {
  const { command, help, parameters } = definition;
  return {
    name: command.replaceAll(" ", "-"),
    words: command.split(" "),
    help,
    parameters,
    forPrograms: definition.forPrograms ?? false,
    execute: async (gateway, input, caller) => {
      try {
        const data = await definition.run(gateway, input, caller);
        return { data, text: definition.text(data) };
      } catch (error) {
        if (error instanceof WriteFailure) throw new OperationRefused(error.message);
        throw error;
      }
    },
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
