// Rows of three numbers in one piece of memory: the nodes of a lookup, of which there may be millions.

export class Triples {
  #words: Uint32Array;
  #count = 0;

  constructor(expected = 64) {
    this.#words = new Uint32Array(Math.max(1, expected) * 3);
  }

  get count(): number {
    return this.#count;
  }

  push(a: number, b: number, c: number): void {
    let at = this.#count * 3;
    if (at === this.#words.length) {
      const grown = new Uint32Array(at * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[at++] = a;
    this.#words[at++] = b;
    this.#words[at] = c;
    this.#count++;
  }

  forEach(visit: (a: number, b: number, c: number) => void): void {
    for (let at = 0; at < this.#count * 3; at += 3) {
      visit(this.#words[at] ?? 0, this.#words[at + 1] ?? 0, this.#words[at + 2] ?? 0);
    }
  }
}
