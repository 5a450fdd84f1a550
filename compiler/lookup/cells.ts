// The cells of a lookup, in one piece of memory, word for word as the rows of the kernel's set: there may be millions, and
// nobody copies them.

/** Words of a cell: source class, destination class, one that nobody reads, and the node. */
const cellWords = 4;

export class Cells {
  /** Made whole; only the last rows may be missing. */
  readonly #words: Uint32Array;
  #count = 0;

  constructor(most = 0) {
    this.#words = new Uint32Array(most * cellWords);
  }

  get count(): number {
    return this.#count;
  }

  get words(): Uint32Array {
    return this.#words.subarray(0, this.#count * cellWords);
  }

  /** There must be room. */
  push(source: number, destination: number, node: number): void {
    const at = this.#count * cellWords;
    if (at >= this.#words.length) throw new Error(`there is no room for more than ${this.#count} cells`);
    this.#words[at] = source;
    this.#words[at + 1] = destination;
    this.#words[at + 3] = node;
    this.#count++;
  }

  forEach(visit: (source: number, destination: number, node: number) => void): void {
    for (let at = 0; at < this.#count * cellWords; at += cellWords) {
      visit(this.#words[at] ?? 0, this.#words[at + 1] ?? 0, this.#words[at + 3] ?? 0);
    }
  }
}
