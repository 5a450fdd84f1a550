// Intervals as the kernel gives them: the first key of each and the key behind its last, one by one and in an order of its
// own. They are kept as bytes in one piece of memory, because a table may have a million of them, and paired at the end.

import { decrement } from "./key-layout.ts";

export class IntervalEnds<T> {
  readonly #lengthBytes: number;
  #view: DataView;
  #count = 0;
  readonly #closes: boolean[] = [];
  readonly #data: T[] = [];

  constructor(lengthBytes: number) {
    this.#lengthBytes = lengthBytes;
    this.#view = new DataView(new ArrayBuffer(lengthBytes * 64));
  }

  /** The key is copied from `at` on. */
  add(view: DataView, at: number, closes: boolean, data: T): void {
    const size = this.#lengthBytes;
    const to = this.#count * size;
    if (to + size > this.#view.byteLength) this.#grow();
    for (let byte = 0; byte < size; byte++) this.#view.setUint8(to + byte, view.getUint8(at + byte));
    this.#closes.push(closes);
    this.#data.push(data);
    this.#count++;
  }

  /**
   * Calls `visit` for every interval in the order of keys, with where its first and its last key stand; the memory of
   * the last key is used again for the next.
   */
  forEach(visit: (firstView: DataView, first: number, lastView: DataView, last: number, data: T) => void): void {
    const size = this.#lengthBytes;
    const lastView = new DataView(new ArrayBuffer(size));
    const order = Array.from({ length: this.#count }, (_, index) => index);
    order.sort((a, b) => this.#compare(a, b));
    for (const [place, index] of order.entries()) {
      if (this.#closes[index] === true) continue;
      const next = order[place + 1];
      for (let byte = 0; byte < size; byte++) {
        lastView.setUint8(byte, next === undefined ? 0xff : this.#view.getUint8(next * size + byte));
      }
      // To the key before the next end or beginning; the last one reaches to the largest key there is.
      if (next !== undefined) decrement(lastView, 0, size);
      visit(this.#view, index * size, lastView, 0, this.#data[index] as T);
    }
  }

  /** Where one interval ends and another begins at the same key, the end comes first. */
  #compare(a: number, b: number): number {
    const size = this.#lengthBytes;
    for (let byte = 0; byte < size; byte++) {
      const difference = this.#view.getUint8(a * size + byte) - this.#view.getUint8(b * size + byte);
      if (difference !== 0) return difference;
    }
    return Number(this.#closes[b]) - Number(this.#closes[a]);
  }

  #grow(): void {
    const grown = new Uint8Array(this.#view.byteLength * 2);
    grown.set(new Uint8Array(this.#view.buffer));
    this.#view = new DataView(grown.buffer);
  }
}
