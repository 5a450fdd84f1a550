// What a shell needs of the world: somebody who answers lines, a terminal, files, and the time. The gateway gives it to
// those who log in, a client of the local socket to those who sit at the machine.

import type { Candidate } from "@merlon/junos/complete.ts";
import type { ShellAnswer } from "./shell-answer.ts";

export interface TerminalSize {
  /**
   * `full` knows the sequences of xterm. `dumb` goes back by backspaces alone. `none` is no terminal: lines come in and text
   * goes out, without prompt, echo and pages.
   */
  readonly kind: "full" | "dumb" | "none";
  readonly columns: number;
  readonly rows: number;
}

export interface LineOptions {
  /** The level of a line of the configuration mode, as set-style words. */
  readonly at?: readonly string[];
  /** What `load … terminal` reads, or answers to questions, one a line. */
  readonly text?: string;
  /** Somebody can be asked. */
  readonly asks: boolean;
  readonly signal: AbortSignal;
}

/** Something that the operator is told in place of an answer: a file that is not there, a gateway that is gone. */
export class ShellRefusal extends Error {
  override readonly name = "ShellRefusal";
}

/** What becomes of a file that is there. */
export type WriteHow = "replace" | "append";

export interface ShellHost {
  readonly user: string;
  /** Before the first answer. */
  readonly hostName: string;
  /** Throws `ShellRefusal`. An answer that concludes ends soon after `signal` has aborted, whoever makes it. */
  readonly run: (line: string, options: LineOptions) => Promise<ShellAnswer>;
  /** What may stand next in a line that ends at the cursor. */
  readonly complete: (line: string, at: readonly string[] | undefined) => Promise<readonly Candidate[]>;
  /** Resolves when there is room for more; never rejects, a reader that is gone takes everything. */
  readonly write: (text: string) => Promise<void>;
  /** Throws `ShellRefusal`. */
  readonly readFile: (name: string) => Promise<string>;
  /** Throws `ShellRefusal`, and then nothing was written. */
  readonly writeFile: (name: string, text: AsyncIterable<string>, how: WriteHow) => Promise<void>;
  readonly nowMs: () => number;
  /** Undefined: never. */
  readonly setIdleTimeout: (minutes: number | undefined) => void;
}
