// Locks and the end of sessions (RFC 6241, 7.5 to 7.9), and the original's names for the same. The lock of the candidate
// is `configure exclusive`; it goes, with what was edited under it, when it is given back or its session ends.

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { textOf } from "@merlon/netconf/parse-xml.ts";
import { CandidateRefused } from "../../candidate/candidate-refused.ts";
import { datastoreIn } from "./configuration-source.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse } from "./rpc-refused.ts";

export function lock(session: NetconfSession, request: ParsedElement): string {
  return datastoreIn(request, "target") === "candidate" ? lockCandidate(session) : lockRunning(session);
}

export function unlock(session: NetconfSession, request: ParsedElement): string {
  return datastoreIn(request, "target") === "candidate" ? unlockCandidate(session) : unlockRunning(session);
}

export function lockConfiguration(session: NetconfSession): string {
  return lockCandidate(session);
}

export function unlockConfiguration(session: NetconfSession): string {
  return unlockCandidate(session);
}

function lockCandidate(session: NetconfSession): string {
  const { candidates } = session.gateway;
  const holder = candidates.editors().find(({ mode }) => mode === "exclusive");
  return locked(session, holder, () => session.configure("exclusive"));
}

function lockRunning(session: NetconfSession): string {
  const { candidates } = session.gateway;
  const holder = candidates.holderOfRunning;
  const waiting = session.book.toConfirm;
  if (holder === undefined && waiting !== undefined && waiting.sessionId !== session.id)
    throw refuse("lock-denied", "a commit waits to be confirmed by another session", { sessionId: waiting.sessionId });
  return locked(session, holder, () => candidates.holdRunning(session.openCandidate()));
}

/** `holder`: who has the lock now. A second lock of the same session is refused as well. */
function locked(session: NetconfSession, holder: { readonly id: string } | undefined, take: () => void): string {
  try {
    if (holder !== undefined && holder.id === session.candidateSession?.id)
      throw new CandidateRefused("this session holds the lock already");
    take();
    return "<ok/>\n";
  } catch (error) {
    if (!(error instanceof CandidateRefused)) throw error;
    throw refuse("lock-denied", error.message.trimEnd(), { sessionId: session.book.numberOf(holder) });
  }
}

function unlockCandidate(session: NetconfSession): string {
  if (session.editing?.mode !== "exclusive") throw notHeld("candidate");
  session.gateway.candidates.leave(session.editing);
  return "<ok/>\n";
}

function unlockRunning(session: NetconfSession): string {
  const { candidates } = session.gateway;
  const holder = candidates.holderOfRunning;
  if (holder === undefined || holder.id !== session.candidateSession?.id) throw notHeld("running");
  candidates.freeRunning(holder);
  return "<ok/>\n";
}

function notHeld(target: string): Error {
  return refuse("operation-failed", `this session holds no lock of the ${target} configuration`, {
    badElement: target,
  });
}

/** The reply is sent before the session ends (conversation.ts). */
export function closeSession(_: NetconfSession, { name }: ParsedElement): string {
  return name === "close-session" ? "<ok/>\n" : "<end-session/>\n";
}

export function killSession(session: NetconfSession, request: ParsedElement): string {
  const word = textOf(request, "session-id");
  if (word === undefined) throw refuse("missing-element", "<session-id> is missing", { badElement: "session-id" });
  const other = /^[1-9]\d{0,9}$/.test(word) ? session.book.find(Number(word)) : undefined;
  if (other === undefined || other === session) {
    const message =
      other === session ? "a session ends itself by close-session" : `there is no session ${word.slice(0, 16)}`;
    throw refuse("invalid-value", message, { badElement: "session-id" });
  }
  other.end();
  return "<ok/>\n";
}
