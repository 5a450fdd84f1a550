// `<commit>` and `<cancel-commit>` as RFC 6241 has them (8.3 and 8.4): a confirmed commit belongs to its session and goes
// away with it, unless it got a word by which any session may confirm it. (What the original's own form commits is
// confirmed by anybody: commit-configuration.ts.)

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { childOf, textOf } from "@merlon/netconf/parse-xml.ts";
import { confirmMinutesMax } from "../parse-commit.ts";
import type { CommitOutcome } from "../../commit/commit-request.ts";
import { printErrors, rpcErrorsOf } from "./diagnostic-errors.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse, RpcRefused } from "./rpc-refused.ts";

const confirmSecondsDefault = 600;
const persistLengthMax = 256;

export async function commit(session: NetconfSession, request: ParsedElement): Promise<string> {
  const { gateway, book } = session;
  const confirmed = childOf(request, "confirmed") !== undefined;
  const seconds = confirmed ? confirmSeconds(request) : undefined;
  const persist = textOf(request, "persist");
  if (persist !== undefined && (!confirmed || persist === "" || persist.length > persistLengthMax))
    throw refuse("invalid-value", `persist goes with confirmed, and has 1 to ${persistLengthMax} characters`, {
      badElement: "persist",
    });
  demandRight(session, textOf(request, "persist-id"));
  const timeout = seconds === undefined ? {} : { confirmTimeoutMs: seconds * 1000 };
  const outcome = await gateway.commit({ ...session.caller, ...timeout });
  const answer = committed(outcome);
  if (outcome.ok && confirmed && gateway.running?.unconfirmed !== undefined)
    book.toConfirm = { revision: outcome.revision, sessionId: session.id, ...(persist !== undefined && { persist }) };
  // A session that ended meanwhile cannot confirm any more.
  if (session.signal.aborted) await endConfirmation(session);
  return answer;
}

export async function cancelCommit(session: NetconfSession, request: ParsedElement): Promise<string> {
  const { gateway } = session;
  if (gateway.running?.unconfirmed === undefined)
    throw refuse("operation-failed", "no commit waits to be confirmed", { badElement: "cancel-commit" });
  demandRight(session, textOf(request, "persist-id"));
  await gateway.rollBackUnconfirmed(true);
  return "<ok/>\n";
}

/** At the end of a session: its confirmed commit without a word goes away. */
export async function endConfirmation({ id, book, gateway }: NetconfSession): Promise<void> {
  const waiting = book.toConfirm;
  if (waiting?.sessionId !== id || waiting.persist !== undefined) return;
  book.toConfirm = undefined;
  await gateway.rollBackUnconfirmed(true);
}

export function committed(outcome: CommitOutcome): string {
  const errors = rpcErrorsOf(outcome.diagnostics);
  if (outcome.ok) return `${printErrors(errors)}<ok/>\n`;
  const failure =
    outcome.failure === undefined ? [] : refuse("operation-failed", outcome.failure.message.trimEnd()).errors;
  throw new RpcRefused([...failure, ...errors]);
}

/** Throws `RpcRefused` when the commit that waits is another session's, or has another word. */
function demandRight({ id, book }: NetconfSession, persistId: string | undefined): void {
  const waiting = book.toConfirm;
  if (persistId !== undefined && persistId !== waiting?.persist)
    throw refuse("invalid-value", "no commit waits to be confirmed by this persist-id", { badElement: "persist-id" });
  if (waiting === undefined || persistId !== undefined) return;
  if (waiting.persist !== undefined)
    throw refuse("in-use", "a commit waits to be confirmed by its persist-id", { badElement: "persist-id" });
  if (waiting.sessionId !== id)
    throw refuse("in-use", `a commit waits to be confirmed by session ${waiting.sessionId}`, {
      sessionId: waiting.sessionId,
    });
}

function confirmSeconds(request: ParsedElement): number {
  const word = textOf(request, "confirm-timeout") ?? String(confirmSecondsDefault);
  const seconds = /^\d{1,8}$/.test(word) ? Number(word) : 0;
  if (seconds >= 1 && seconds <= confirmMinutesMax * 60) return seconds;
  const message = `confirm-timeout takes 1 to ${confirmMinutesMax * 60} seconds`;
  throw refuse("invalid-value", message, { badElement: "confirm-timeout" });
}
