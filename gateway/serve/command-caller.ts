// What comes with a typed line: who asks, and what does not fit into the line itself.

import type { Caller } from "../caller.ts";

export interface CommandCaller extends Caller {
  /** The text that `load … terminal` reads. */
  readonly text?: string;
  /** The level that edits and `show` are relative to, as set-style words; when given the line is of configuration mode. */
  readonly at?: readonly string[];
  /** In place of the minutes of `commit confirmed`. */
  readonly confirmTimeoutMs?: number;
}
