// A map from two numbers to a third, in three pieces of memory: a large lookup has millions of cells, and a map of
// objects takes ten times the room.

/** Keys are below 2^32 - 1. What was never set is 0. Iterates in the order in which keys were first set. */
export class PairMap {
  #places = new Int32Array(64).fill(-1);
  #entries = new Uint32Array(64 * 3);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  get(a: number, b: number): number {
    const entry = this.#places[this.#placeOf(a, b)] ?? -1;
    return entry < 0 ? 0 : (this.#entries[entry * 3 + 2] ?? 0);
  }

  has(a: number, b: number): boolean {
    return (this.#places[this.#placeOf(a, b)] ?? -1) >= 0;
  }

  set(a: number, b: number, value: number): void {
    this.setAt(this.entryOf(a, b), value);
  }

  /** Where the value of a key stands, for as long as the map lives; a new key has 0. */
  entryOf(a: number, b: number): number {
    const place = this.#placeOf(a, b);
    const known = this.#places[place] ?? -1;
    if (known >= 0) return known;
    const entry = this.#count++;
    if (this.#count * 3 > this.#entries.length) this.#growEntries();
    this.#entries[entry * 3] = a;
    this.#entries[entry * 3 + 1] = b;
    this.#places[place] = entry;
    // Never more than two thirds of the places are taken.
    if (this.#count * 3 > this.#places.length * 2) this.#growPlaces();
    return entry;
  }

  at(entry: number): number {
    return this.#entries[entry * 3 + 2] ?? 0;
  }

  setAt(entry: number, value: number): void {
    this.#entries[entry * 3 + 2] = value;
  }

  forEach(visit: (a: number, b: number, value: number) => void): void {
    for (let at = 0; at < this.#count * 3; at += 3) {
      visit(this.#entries[at] ?? 0, this.#entries[at + 1] ?? 0, this.#entries[at + 2] ?? 0);
    }
  }

  #placeOf(a: number, b: number): number {
    const mask = this.#places.length - 1;
    let hash = Math.imul(a, 0x9e37_79b1) ^ Math.imul(b, 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2_ae35);
    for (let place = (hash ^ (hash >>> 13)) & mask; ; place = (place + 1) & mask) {
      const entry = this.#places[place] ?? -1;
      if (entry < 0) return place;
      if (this.#entries[entry * 3] === a && this.#entries[entry * 3 + 1] === b) return place;
    }
  }

  #growEntries(): void {
    const grown = new Uint32Array(this.#entries.length * 2);
    grown.set(this.#entries);
    this.#entries = grown;
  }

  #growPlaces(): void {
    this.#places = new Int32Array(this.#places.length * 2).fill(-1);
    for (let entry = 0; entry < this.#count; entry++) {
      this.#places[this.#placeOf(this.#entries[entry * 3] ?? 0, this.#entries[entry * 3 + 1] ?? 0)] = entry;
    }
  }
}
