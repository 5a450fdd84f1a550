// How long an address must wait before its next password is looked at: after some failures, each further one makes it wait
// longer, as `system login retry-options` say for a connection; here an attempt needs no connection of its own.

import { isIPv6 } from "node:net";
import type { LoginRules } from "../../access/accounts.ts";

interface Failures {
  readonly count: number;
  readonly lastMs: number;
  readonly untilMs: number;
}

const addressesMax = 10_000;
const forgottenAfterMs = 15 * 60_000;
/** The longest wait. */
const delayMsMax = 60_000;

export class FailureDelays {
  readonly #monotonicMs: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  waitMs(address: string): number {
    const failures = this.#failures.get(sourceOf(address));
    return failures === undefined ? 0 : Math.max(0, failures.untilMs - this.#monotonicMs());
  }

  failed(address: string, { promptAttempts, backoffMs }: Pick<LoginRules, "promptAttempts" | "backoffMs">): void {
    const nowMs = this.#monotonicMs();
    const source = sourceOf(address);
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
    this.#failures.delete(sourceOf(address));
  }
}

/** Whoever has an IPv6 address has the /64 around it. */
function sourceOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const behind = tail === undefined || tail === "" ? 0 : tail.split(":").length;
  const filled = tail === undefined ? groups : [...groups, ...Array.from({ length: 8 - groups.length - behind }, () => "0"), ...tail.split(":")]; // prettier-ignore
  return filled.slice(0, 4).join(":");
}
