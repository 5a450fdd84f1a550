// Who has failed to log in too often and is locked out for a time. Only users that exist are noted, so that names that are
// guessed take no memory.

import type { LoginRules } from "./accounts.ts";

interface Failures {
  count: number;
  lastMs: number;
  lockedUntilMs: number;
}

/** More than an SRX of any size has users; who comes after them is noted when others are forgotten. */
const notedMax = 10_000;
/** Failures that are older do not count any more. */
const forgottenAfterMs = 15 * 60_000;

export class Lockouts {
  readonly #monotonicMs: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  isLocked(user: string): boolean {
    return (this.#failures.get(user)?.lockedUntilMs ?? 0) > this.#monotonicMs();
  }

  /** Notes a failure of a user that exists; true when it locks him out. */
  failed(user: string, { triesMax, lockoutMs }: Pick<LoginRules, "triesMax" | "lockoutMs">): boolean {
    const nowMs = this.#monotonicMs();
    const known = this.#failures.get(user);
    const failures =
      known === undefined || nowMs - known.lastMs > forgottenAfterMs
        ? { count: 0, lastMs: nowMs, lockedUntilMs: 0 }
        : known;
    failures.count += 1;
    failures.lastMs = nowMs;
    const locks = lockoutMs !== undefined && failures.count >= triesMax;
    if (locks) {
      failures.lockedUntilMs = nowMs + lockoutMs;
      failures.count = 0;
    }
    // The one that was noted last stands last, and the one that is forgotten first stands first.
    this.#failures.delete(user);
    this.#failures.set(user, failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > notedMax && oldest !== undefined) this.#failures.delete(oldest);
    return locks;
  }

  succeeded(user: string): void {
    this.#failures.delete(user);
  }

  /** Users that are locked out now, with how much longer. */
  locked(): readonly { readonly user: string; readonly leftMs: number }[] {
    const nowMs = this.#monotonicMs();
    return [...this.#failures]
      .map(([user, { lockedUntilMs }]) => ({ user, leftMs: lockedUntilMs - nowMs }))
      .filter(({ leftMs }) => leftMs > 0);
  }

  /** Lets a user in again, or all. */
  clear(user?: string): void {
    if (user === undefined) this.#failures.clear();
    else this.#failures.delete(user);
  }
}
