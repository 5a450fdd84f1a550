// How many requests an address may send: so many at once, and so many in a second in the long run.

interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

export const burstMax = 200;
export const perSecond = 50;
const addressesMax = 10_000;

export class RequestRate {
  readonly #monotonicMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Counts one more; false when it is one too many. */
  take(address: string): boolean {
    const nowMs = this.#monotonicMs();
    const { left, atMs } = this.#buckets.get(address) ?? { left: burstMax, atMs: nowMs };
    const now = Math.min(burstMax, left + ((nowMs - atMs) / 1000) * perSecond);
    const taken = now >= 1;
    // Who was heard of last stands last, and who is forgotten first stands first.
    this.#buckets.delete(address);
    this.#buckets.set(address, { left: taken ? now - 1 : now, atMs: nowMs });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > addressesMax && oldest !== undefined) this.#buckets.delete(oldest);
    return taken;
  }
}
