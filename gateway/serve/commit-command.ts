// `commit` with all that may stand behind it, in the sentences of the original.

import type { CommandResult } from "../api.ts";
import type { CommitOutcome, CommitRequest } from "../commit/commit-request.ts";
import { formatUtc, parseCommitTime } from "../commit/commit-time.ts";
import { durationText } from "../commit/countdown.ts";
import type { Gateway } from "../gateway.ts";
import { refused, judged } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";
import { commitUsage, parseCommit } from "./parse-commit.ts";
import type { CommitLine } from "./parse-commit.ts";

const nothingToSynchronize = "note: this gateway has one routing engine; there is nothing to synchronize\n";

export async function commitCommand(
  gateway: Gateway,
  words: readonly string[],
  caller: CommandCaller,
): Promise<CommandResult> {
  const line = parseCommit(words);
  if (line.kind === "wrong") return refused(line.message, commitUsage);
  const { session, user, via } = caller;
  const request: CommitRequest = {
    user,
    via,
    ...(session === undefined ? {} : { session }),
    ...(line.comment === undefined ? {} : { comment: line.comment }),
  };
  const note = line.synchronize ? nothingToSynchronize : "";
  if (line.check) {
    const outcome = await gateway.check(session);
    return outcome.ok
      ? judged(true, `${note}configuration check succeeds\n${confirmation(outcome)}`, outcome.diagnostics)
      : failure(outcome, "configuration check failed");
  }
  if (line.at !== undefined) return schedule(gateway, request, line, note);
  const timeoutMs =
    line.confirmedMinutes === undefined ? undefined : (caller.confirmTimeoutMs ?? line.confirmedMinutes * 60_000);
  const outcome = await gateway.commit(timeoutMs === undefined ? request : { ...request, confirmTimeoutMs: timeoutMs });
  if (!outcome.ok) return failure(outcome, "commit failed; the configuration in force is unchanged");
  const complete = outcome.changed ? "commit complete\n" : "commit complete (nothing had changed)\n";
  const pending =
    timeoutMs === undefined || gateway.running?.unconfirmed === undefined
      ? confirmation(outcome)
      : `commit confirmed will be automatically rolled back in ${durationText(timeoutMs)} unless confirmed\n`;
  const quit = line.andQuit ? leave(gateway, caller) : "";
  return judged(true, `${note}${pending}${complete}${quit}`, outcome.diagnostics);
}

async function schedule(
  gateway: Gateway,
  request: CommitRequest,
  line: CommitLine,
  note: string,
): Promise<CommandResult> {
  const when = parseCommitTime(line.at ?? "", gateway.nowMs());
  if (typeof when === "string") return refused(when);
  const outcome = await gateway.schedule(request, when);
  if (!outcome.ok) return failure(outcome, "commit failed; nothing was scheduled");
  const time = when.kind === "reboot" ? "at next reboot" : `at ${formatUtc(when.atMs)}`;
  const quit = line.andQuit ? leave(gateway, request) : "";
  const text = `${note}configuration check succeeds\ncommit at will be executed ${time}\n${quit}`;
  return judged(true, text, outcome.diagnostics);
}

function confirmation({ confirmed }: Extract<CommitOutcome, { ok: true }>): string {
  return confirmed ? "the configuration in force is confirmed and stays\n" : "";
}

function leave(gateway: Gateway, { session }: Pick<CommandCaller, "session">): string {
  if (session === undefined) return "";
  gateway.candidates.leave(session);
  return "Exiting configuration mode\n";
}

function failure(outcome: Extract<CommitOutcome, { ok: false }>, what: string): CommandResult {
  const reason = outcome.failure === undefined ? "" : `error: ${outcome.failure.message.trimEnd()}\n`;
  return judged(false, `${reason}error: ${what}\n`, outcome.diagnostics);
}
