// An operational command is one typed function that returns data; text, JSON and HTTP are renderings of it. Each stands
// in its own file of this folder and is listed in `operations.ts`.

import type { ValueType } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";

export interface Parameter {
  /** The word before the value: `from-zone`. */
  readonly word: string;
  readonly help: string;
  /** Absent for a word that stands alone, such as `summary`. */
  readonly type?: ValueType<unknown>;
  readonly required?: boolean;
}

/** Values of the parameters by their words; a word that stands alone has `true`. */
export type Input = Readonly<Record<string, unknown>>;

export interface Operation<D> {
  /** As typed, with dashes: `show-security-policies`. */
  readonly name: string;
  readonly help: string;
  readonly parameters: readonly Parameter[];
  readonly run: (gateway: Gateway, input: Input) => Promise<D>;
  /** What a person reads; ends with a line end unless empty. */
  readonly text: (data: D) => string;
}

/** An operation whose data type is known only to itself. */
export interface AnyOperation {
  readonly name: string;
  readonly help: string;
  readonly parameters: readonly Parameter[];
  readonly execute: (gateway: Gateway, input: Input) => Promise<{ readonly data: unknown; readonly text: string }>;
}

export function operation<D>(definition: Operation<D>): AnyOperation {
  const { name, help, parameters } = definition;
  return {
    name,
    help,
    parameters,
    execute: async (gateway, input) => {
      const data = await definition.run(gateway, input);
      return { data, text: definition.text(data) };
    },
  };
}

/** The operation cannot answer as asked: the sentence is for the operator. */
export class OperationRefused extends Error {
  override readonly name = "OperationRefused";
}
