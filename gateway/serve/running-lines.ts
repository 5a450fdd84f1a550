// Lines that are being answered piece by piece in sessions of the local socket and of HTTP, so that a client can end one and
// still hear what it has come to: who hangs up hears nothing more.

import type { Gateway } from "../gateway.ts";

const running = new WeakMap<Gateway, Map<string, Set<AbortController>>>();

export interface RunningLine extends Disposable {
  /** Aborts when the client ends what runs in its session, or is gone. */
  readonly signal: AbortSignal;
}

export function runningLine(gateway: Gateway, session: string | undefined, gone: AbortSignal): RunningLine {
  if (session === undefined) return { signal: gone, [Symbol.dispose]: () => undefined };
  const sessions = running.get(gateway) ?? new Map<string, Set<AbortController>>();
  running.set(gateway, sessions);
  const lines = sessions.get(session) ?? new Set<AbortController>();
  sessions.set(session, lines);
  const line = new AbortController();
  lines.add(line);
  return {
    signal: AbortSignal.any([gone, line.signal]),
    [Symbol.dispose]: () => {
      lines.delete(line);
      if (lines.size === 0) sessions.delete(session);
    },
  };
}

/** Ends what runs in the session; answers how many lines. */
export function interruptLines(gateway: Gateway, session: string): number {
  const lines = [...(running.get(gateway)?.get(session) ?? [])];
  for (const line of lines) line.abort();
  return lines.length;
}
