// How long an address must wait before its next password is looked at: after some failures, each further one makes it wait
// longer, as `system login retry-options` say for a connection; here a new connection does not help, whatever it speaks.

import type { LoginRules } from "./accounts.ts";
import { loginSource } from "./login-source.ts";

interface Failures {
  readonly count: number;
  readonly lastMs: number;
  readonly untilMs: number;
}

const addressesMax = 10_000;
const forgottenAfterMs = 15 * 60_000;
/** The longest wait. */
const delayMsMax = 60_000;
/** While a password is looked at, no other from the same address is, when it has failed too often. */
const lookingMs = 1_000;

export class FailureDelays {
  readonly #monotonicMs: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  waitMs(address: string): number {
    const failures = this.#failures.get(loginSource(address));
    return failures === undefined ? 0 : Math.max(0, failures.untilMs - this.#monotonicMs());
  }

  /** A password is looked at now; those that have waited for the same moment wait on. */
  begin(address: string): void {
    const source = loginSource(address);
    const known = this.#failures.get(source);
    if (known !== undefined && known.untilMs > known.lastMs)
      this.#failures.set(source, { ...known, untilMs: this.#monotonicMs() + lookingMs });
  }

  failed(address: string, { promptAttempts, backoffMs }: Pick<LoginRules, "promptAttempts" | "backoffMs">): void {
    const nowMs = this.#monotonicMs();
    const source = loginSource(address);
    const known = this.#failures.get(source);
    const count = known === undefined || nowMs - known.lastMs > forgottenAfterMs ? 1 : known.count + 1;
    const delayMs = Math.min(delayMsMax, Math.max(0, count - promptAttempts) * backoffMs);
    // The one that was noted last stands last, and the one that is forgotten first stands first.
    this.#failures.delete(source);
    this.#failures.set(source, { count, lastMs: nowMs, untilMs: nowMs + delayMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > addressesMax && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(address: string): void {
    this.#failures.delete(loginSource(address));
  }

  /** Nobody waits any more. */
  clear(): void {
    this.#failures.clear();
  }
}
