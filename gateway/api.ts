// The gateway's interface for programs: what a client may ask over the Unix socket in the state directory, and over the
// listeners of `system services rest`. HTTP/1.1 with JSON; serve/http/openapi.json describes all of it. What the shell and the
// demo use:
//   POST /v1/command   CommandRequest   → CommandResult      one line, as typed at the shell; with the header
//                      accept: application/x-ndjson → AnswerPart, one JSON object a line: the result, then what follows
//   POST /v1/operation/<name>  any      → OperationResult    one operational command, as data
//   POST /v1/complete  CompleteRequest  → CompleteResult     what may stand next in a line
//   POST /v1/interrupt  InterruptRequest → { ended }         ends what runs in a session; hanging up ends one answer unheard
//   POST /v1/session    SessionRequest  → SessionOpened, then SessionEnded; it lasts until the client hangs up
//   GET  /v1/events                     → GatewayEvent, one JSON object a line, until the client hangs up

import type { Candidate } from "@merlon/junos/complete.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { ShellAnswer } from "@merlon/shell/shell-answer.ts";
import type { FlowRecord } from "./log/flow-record.ts";

/**
 * A line as typed in configuration mode (`set …`, `delete …`, `show`, `show | compare`, `commit`, `commit check`,
 * `rollback 1`, `run show …`) or an operational one (`show security policies`, `show interfaces`).
 */
export interface CommandRequest {
  readonly line: string;
  /** Who is asking, for the commit log; the socket's owner when absent. A session knows its user. */
  readonly user?: string;
  /** The session whose candidate the line works on; the shared candidate when absent. */
  readonly session?: string;
  /** The level that edits and `show` are relative to, as set-style words; when given the line is of configuration mode. */
  readonly at?: readonly string[];
  /** What `load … terminal` reads. */
  readonly text?: string;
  /** In place of the minutes of `commit confirmed`. */
  readonly confirmTimeoutMs?: number;
  /** Somebody sits there who can be asked (`questions`). */
  readonly asks?: boolean;
}

/** What a shell shows of an answer, and what programs read. */
export interface CommandResult extends Omit<ShellAnswer, "more"> {
  readonly diagnostics: readonly Diagnostic[];
  /** The operation's data, where the line was an operational command. */
  readonly data?: unknown;
}

/** A long or endless answer: the result first, then pieces of text, then how it ended. Hanging up ends it. */
export type AnswerPart =
  /** `continues`: more follows; else the end comes next. */
  | { readonly result: CommandResult; readonly continues: boolean }
  | { readonly more: string }
  | { readonly end: true }
  | { readonly failed: string };

/** A client that stays. Its private candidate and its lock vanish when it hangs up or asks nothing for `idleLimitMs`. */
export interface SessionRequest {
  readonly user?: string;
  readonly idleLimitMs?: number;
}

export interface SessionOpened {
  readonly session: string;
}

export interface SessionEnded {
  readonly ended: "closed" | "idle";
}

/** What is wrong is answered as a problem (RFC 9457). */
export interface OperationResult {
  readonly ok: true;
  readonly data: unknown;
}

export interface InterruptRequest {
  readonly session: string;
}

export interface CompleteRequest {
  /** The line up to the cursor. */
  readonly line: string;
  /** The session whose candidate is asked for names; the shared candidate when absent. */
  readonly session?: string;
  /** The level of the line; when given the line is of configuration mode. */
  readonly at?: readonly string[];
}

export interface CompleteResult {
  readonly candidates: readonly Candidate[];
}

export type GatewayEvent =
  | { readonly kind: "flow"; readonly record: FlowRecord }
  | {
      readonly kind: "committed";
      readonly atMs: number;
      readonly revision: number;
      readonly user: string;
      readonly comment?: string;
      /** It is rolled back after this time unless somebody confirms. */
      readonly confirmTimeoutMs?: number;
    }
  /** Log records that were lost on the way: an exact count, or null when the kernel does not say. */
  | { readonly kind: "lost"; readonly source: "sessions" | "packets" | "subscriber"; readonly count: number | null }
  | { readonly kind: "alarm"; readonly atMs: number; readonly code: string; readonly message: string }
  /** The alarm of this code is over; the message is the one that it had. */
  | { readonly kind: "alarm-cleared"; readonly atMs: number; readonly code: string; readonly message: string };

/** The one line that the gateway prints on standard output when its policy is in force. */
export interface ReadyLine {
  readonly event: "enforcing";
  readonly pid: number;
  readonly revision: number;
  /** From the start of the process to the policy in the kernel, read back and found equal. */
  readonly startToEnforcingMs: number;
  /** So much of it the process was ready to run and others had the processors (schedstat, Documentation/scheduler/sched-stats.rst). */
  readonly waitedForProcessorMs: number;
  readonly socket: string;
}
