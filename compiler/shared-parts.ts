// Equal parts of many rules as one object, found by a key that says all about them. What an earlier configuration had is
// found, too; its parts are not copied for a change that needs no new one.

import { shareEqual } from "./share-equal.ts";

export class SharedParts<T> {
  readonly #before: ReadonlyMap<string, T>;
  readonly #isStill: boolean;
  readonly #own = new Map<string, T>();

  /** With `isStill` the earlier parts are what their keys say still; without, each is compared with what it is now. */
  constructor(before: ReadonlyMap<string, T> = new Map(), isStill = true) {
    this.#before = before;
    this.#isStill = isStill;
  }

  find(key: string): T | undefined {
    const own = this.#own.get(key);
    return own === undefined && this.#isStill ? this.#before.get(key) : own;
  }

  get(key: string, make: () => T): T {
    const known = this.find(key);
    if (known !== undefined) return known;
    const before = this.#isStill ? undefined : this.#before.get(key);
    const made = before === undefined ? make() : shareEqual(before, make());
    this.#own.set(key, made);
    return made;
  }

  /** For the next configuration. */
  all(): ReadonlyMap<string, T> {
    if (!this.#isStill) return this.#own;
    return this.#own.size === 0 ? this.#before : new Map([...this.#before, ...this.#own]);
  }
}
