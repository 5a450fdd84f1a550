// What a command of `merlon` is: its words, its options, its help, and one function that does it. The function gets the
// world as an argument, so that a test can be the world.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";

export interface Command {
  /** The words after `merlon` that name it. */
  readonly words: readonly string[];
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the words: `FILE [OPTIONS]`. */
  readonly arguments: string;
  /** More about it, in lines. */
  readonly about: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly string[];
  readonly positionalCountMin: number;
  readonly positionalCountMax: number;
  /** The exit code: 0, or 1 when something is wrong with what was given. */
  readonly run: (call: Call, world: World) => Promise<number>;
}

export interface Option {
  /** How its value is called in the help; an option without it is a switch. */
  readonly value?: string;
  readonly help: string;
}

/** The command line, checked against the options of the command. */
export interface Call {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
}

/** What a command may do to the world. */
export interface World {
  /** The text of a file, or of standard input for `-`. Throws a `Refusal` when it cannot be had. */
  readonly read: (name: string) => Promise<string>;
  /** The same line by line, without limit on their number. */
  readonly readLines: (name: string) => AsyncIterable<string>;
  readonly nowMs: () => number;
  /** Writes to standard output; false when nobody reads it any more, and then the command should end. */
  readonly write: (text: string) => Promise<boolean>;
  /** Diagnostics to standard error. */
  readonly report: (diagnostics: readonly Diagnostic[], options: { readonly json: boolean }) => void;
  /** Runs the program of another folder in place of this one, with the same terminal; its exit code. */
  readonly runMain: (main: "gateway/main.mjs" | "lab/main.ts", words: readonly string[]) => Promise<number>;
  /** Anything else to standard error. */
  readonly complain: (text: string) => void;
}

/** A sentence for the user about something that is no mistake in the configuration: a file that is not there. Exit code 1. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The command line is wrong. Exit code 2. */
export class WrongUsage extends Error {
  override readonly name = "WrongUsage";
}

/** Options that mean the same everywhere. */
export const jsonOption: Option = { help: "results and diagnostics as JSON, one object per line" };
export const keepUnknownOption: Option = {
  help: "keep statements that are not known, with a warning, instead of refusing them",
};
