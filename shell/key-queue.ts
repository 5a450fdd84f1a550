// Keys that wait to be taken, in the order in which they came. It is bounded: who feeds it is told when to pause.

import type { Key } from "./key.ts";

const keysMax = 10_000;
/** Keys that were taken are forgotten together: a large paste would else be moved for each of its keys. */
const takenMax = 1_000;

export class KeyQueue {
  #keys: Key[] = [];
  /** How many of them were taken. */
  #taken = 0;
  readonly #onRoom: () => void;
  #taker: ((key: Key | undefined) => void) | undefined;
  #hasEnded = false;

  /** `onRoom`: keys may come again after `isFull`. */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  push(keys: readonly Key[]): void {
    for (const key of keys) {
      const taker = this.#taker;
      this.#taker = undefined;
      if (taker === undefined) this.#keys.push(key);
      else taker(key);
    }
  }

  /** Keys that come before those that wait. */
  putBack(keys: readonly Key[]): void {
    if (this.#taker !== undefined) return this.push(keys);
    const [only, another] = keys;
    if (only !== undefined && another === undefined && this.#taken > 0) {
      this.#keys[--this.#taken] = only;
      return;
    }
    this.#keys = [...keys, ...this.#keys.slice(this.#taken)];
    this.#taken = 0;
  }

  /** Nothing more will come; what is there is still taken. */
  end(): void {
    this.#hasEnded = true;
    this.release();
  }

  /** Undefined when nothing will come any more. One asks at a time. */
  next(): Promise<Key | undefined> {
    const key = this.#keys[this.#taken];
    if (key !== undefined) {
      const wasFull = this.isFull;
      this.#taken++;
      if (wasFull && !this.isFull) this.#onRoom();
      if (this.#taken >= Math.max(takenMax, this.#keys.length / 2)) {
        this.#keys = this.#keys.slice(this.#taken);
        this.#taken = 0;
      }
      return Promise.resolve(key);
    }
    if (this.#hasEnded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#taker = resolve;
    });
  }

  /** Whoever waits for a key is told that none comes. */
  release(): void {
    this.#taker?.(undefined);
    this.#taker = undefined;
  }

  get #count(): number {
    return this.#keys.length - this.#taken;
  }

  /** Something was typed, or pasted, behind the key that was taken last. */
  get isWaiting(): boolean {
    return this.#count > 0;
  }

  /** Somebody waits for the next key. */
  get isAwaited(): boolean {
    return this.#taker !== undefined;
  }

  get isFull(): boolean {
    return this.#count >= keysMax;
  }

  /** Forgets what was typed ahead. */
  clear(): void {
    const wasFull = this.isFull;
    this.#keys = [];
    this.#taken = 0;
    if (wasFull) this.#onRoom();
  }
}
