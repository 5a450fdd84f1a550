// What comes with a typed line: who asks, and what does not fit into the line itself.

import type { Caller } from "../caller.ts";

export interface CommandCaller extends Caller {
  /** The text that `load … terminal` reads, or the answers to the questions of an earlier answer, one a line. */
  readonly text?: string;
  /** The level that edits and `show` are relative to, as set-style words; when given the line is of configuration mode. */
  readonly at?: readonly string[];
  /** In place of the minutes of `commit confirmed`. */
  readonly confirmTimeoutMs?: number;
  /** The client reads an answer piece by piece, until this says that nobody reads any more. */
  readonly signal?: AbortSignal;
  /** Somebody sits there who can be asked; without him what must be confirmed is done at once. */
  readonly asks?: boolean;
}

/** What a line may be: a client without session and level has one prompt for everything. */
export type CommandMode = "operational" | "configuration" | "either";

export function modeOf({ session, at, via }: Partial<Pick<CommandCaller, "session" | "at" | "via">>): CommandMode {
  // The commands of NETCONF are operational, whatever the session has opened.
  if (via === "netconf") return "operational";
  if (session === undefined) return at === undefined ? "either" : "configuration";
  return session.mode === undefined ? "operational" : "configuration";
}
