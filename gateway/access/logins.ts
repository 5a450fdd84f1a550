// Who is logged in, since when and from where; who has failed too often; and the audit log that hears of all of it. One for
// all ways into the gateway: SSH, NETCONF, and whatever comes.

import { AuditLog } from "../log/audit-log.ts";
import type { Clocks } from "../commit/countdown.ts";
import { FailureDelays } from "./failure-delays.ts";
import { Lockouts } from "./lockouts.ts";

export interface LoginRequest {
  readonly user: string;
  readonly className: string;
  /** `cli`, `netconf`. */
  readonly mode: string;
  /** The address that he comes from. */
  readonly from: string;
  /** `source port destination port`. */
  readonly connection: string;
  /** Ends the session, with a sentence for its user. */
  readonly end: (reason: string) => void;
}

export interface Login extends Omit<LoginRequest, "connection" | "end"> {
  readonly id: string;
  readonly sinceMs: number;
  readonly idleMs: number;
}

interface OpenLogin extends LoginRequest {
  readonly id: string;
  readonly sinceMs: number;
  usedMonotonicMs: number;
}

/** A login that is going on. */
export interface LoginHandle {
  readonly id: string;
  /** Something came from its client. */
  readonly used: () => void;
  readonly idleMs: () => number;
  /** He is gone. */
  readonly close: () => void;
}

export class Logins {
  readonly audit: AuditLog;
  readonly lockouts: Lockouts;
  readonly delays: FailureDelays;
  readonly #clocks: Clocks;
  readonly #open = new Map<string, OpenLogin>();
  #count = 0;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.audit = new AuditLog(clocks.nowMs);
    this.lockouts = new Lockouts(clocks.monotonicMs);
    this.delays = new FailureDelays(clocks.monotonicMs);
  }

  open(request: LoginRequest): LoginHandle {
    const id = String(++this.#count);
    const { nowMs, monotonicMs } = this.#clocks;
    const login: OpenLogin = { ...request, id, sinceMs: nowMs(), usedMonotonicMs: monotonicMs() };
    this.#open.set(id, login);
    this.audit.loggedIn(request.user, { ...request, id });
    return {
      id,
      used: () => {
        login.usedMonotonicMs = monotonicMs();
      },
      idleMs: () => monotonicMs() - login.usedMonotonicMs,
      close: () => {
        if (this.#open.delete(id)) this.audit.loggedOut(login.user);
      },
    };
  }

  /** Who came first stands first. */
  list(): readonly Login[] {
    const nowMs = this.#clocks.monotonicMs();
    return [...this.#open.values()].map(({ id, user, className, mode, from, sinceMs, usedMonotonicMs }) => {
      return { id, user, className, mode, from, sinceMs, idleMs: nowMs - usedMonotonicMs };
    });
  }

  /** Ends every session that fits; answers how many. */
  end(which: (login: Login) => boolean, reason: string): number {
    const ending = this.list().filter(which);
    for (const { id } of ending) this.#open.get(id)?.end(reason);
    return ending.length;
  }
}
