// Gives every audit record to everybody who keeps or forwards them, in order and at once. What a listener does with it must
// not wait: files and collectors have queues of their own.

import type { AuditName, AuditRecord } from "./audit-record.ts";

/** A longer value is cut: a line of a log stays one that can be read. */
const valueLengthMax = 8_192;

type Listener = (record: AuditRecord) => void;

export class AuditLog {
  readonly #nowMs: () => number;
  readonly #listeners = new Set<Listener>();
  readonly #counts = new Map<AuditName, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  listen(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** How many such records there were since this process began. */
  countOf(name: AuditName): number {
    return this.#counts.get(name) ?? 0;
  }

  loginFailed(user: string, address: string): void {
    this.#write("SSHD_LOGIN_FAILED", { username: user, "source-address": address },
      `Login failed for user '${user}' from host '${address}'`); // prettier-ignore
  }

  attemptsReached(user: string, limit: number): void {
    this.#write("SSHD_LOGIN_ATTEMPTS_THRESHOLD", { limit: String(limit), username: user },
      `Threshold for unsuccessful authentication attempts (${limit}) reached by user '${user}'`); // prettier-ignore
  }

  locked(user: string): void {
    this.#write("LIBJNX_LOGIN_ACCOUNT_LOCKED", { username: user },
      `Account for user '${user}' has been locked out from logins`); // prettier-ignore
  }

  connectionsRefused(address: string, reason: string, count: number): void {
    this.#write("SSHD_CONNECTION_REFUSED", { "source-address": address, reason, count: String(count) },
      `${count} connections were refused, the last from host '${address}': ${reason}`); // prettier-ignore
  }

  authenticated(user: string, className: string): void {
    this.#write("UI_AUTH_EVENT", { username: user, "authentication-level": className },
      `Authenticated user '${user}' assigned to class '${className}'`); // prettier-ignore
  }

  /** `connection`: `source port destination port`, as the original; `mode`: `cli`, `netconf`. */
  loggedIn(user: string, { className, id, connection, mode }: LoginFacts): void {
    this.#write("UI_LOGIN_EVENT",
      { username: user, "class-name": className, "local-peer": "", pid: id, "ssh-connection": connection, "client-mode": mode },
      `User '${user}' login, class '${className}' [${id}], ssh-connection '${connection}', client-mode '${mode}'`); // prettier-ignore
  }

  loggedOut(user: string): void {
    this.#write("UI_LOGOUT_EVENT", { username: user }, `User '${user}' logout`);
  }

  /** `command` is masked already. */
  command(user: string, command: string): void {
    this.#write("UI_CMDLINE_READ_LINE", { username: user, command }, `User '${user}', command '${command}'`);
  }

  commitAsked(user: string, command: string, comment: string | undefined): void {
    const why = comment ?? "none";
    this.#write("UI_COMMIT", { username: user, command, message: why },
      `User '${user}' requested '${command}' operation (comment: ${why})`); // prettier-ignore
  }

  committed(user: string, revision: number): void {
    this.#write("UI_COMMIT_COMPLETED", { username: user, revision: String(revision) },
      `commit complete: revision ${revision} by user '${user}' is in force`); // prettier-ignore
  }

  #write(name: AuditName, fields: Readonly<Record<string, string>>, message: string): void {
    this.#counts.set(name, this.countOf(name) + 1);
    const cut = (text: string): string => (text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}…` : text);
    const record: AuditRecord = {
      atMs: this.#nowMs(),
      name,
      fields: Object.entries(fields).map(([field, value]) => [field, cut(value)] as const),
      message: cut(message),
    };
    for (const listener of this.#listeners) listener(record);
  }
}

export interface LoginFacts {
  readonly className: string;
  readonly id: string;
  readonly connection: string;
  readonly mode: string;
}
