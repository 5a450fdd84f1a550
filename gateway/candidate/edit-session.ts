// A client that stays: the one who types at a shell or speaks NETCONF. It may be in configuration mode, on the shared
// candidate or on one of its own.

export type EditMode = "shared" | "private" | "exclusive";

export interface Session {
  /** Names the session in requests; never used twice. */
  readonly id: string;
  readonly user: string;
  readonly via: string;
  readonly sinceMs: number;
  readonly lastUsedMs: number;
  /** Undefined outside configuration mode. */
  readonly mode: EditMode | undefined;
  readonly configuringSinceMs: number | undefined;
}

/** Two lines, as `status` lists them. */
export function describeSession(session: Session, nowMs: number): string {
  const { id, user, via, sinceMs, lastUsedMs, mode } = session;
  const since = `${new Date(session.configuringSinceMs ?? sinceMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const level = mode === "shared" || mode === undefined ? "[edit]" : `${mode} [edit]`;
  return `  ${user} via ${via} (session ${id}) on since ${since}, idle ${duration(nowMs - lastUsedMs)}\n      ${level}\n`;
}

/** `01:02:03`, hours without limit. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
