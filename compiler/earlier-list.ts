// What belonged to the items of an earlier list, asked for in the order of a later one. Items that kept their order are
// found without a search, and most lists of a hundred thousand items differ from their earlier version in one.

export class EarlierList<K, V> {
  readonly #keys: readonly K[];
  readonly #values: readonly V[];
  #next = 0;
  #places: ReadonlyMap<K, number> | undefined;

  constructor(keys: readonly K[], values: readonly V[]) {
    this.#keys = keys;
    this.#values = values;
  }

  valueOf(key: K): V | undefined {
    const place = this.#placeOf(key);
    if (place === undefined) return undefined;
    this.#next = place + 1;
    return this.#values[place];
  }

  /** The value at the place that comes next: that of the item which the one asked for last replaced, if it replaced one. */
  get nextValue(): V | undefined {
    return this.#values[this.#next];
  }

  #placeOf(key: K): number | undefined {
    for (const place of [this.#next, this.#next + 1]) if (this.#keys[place] === key) return place;
    this.#places ??= new Map(this.#keys.map((one, place) => [one, place]));
    return this.#places.get(key);
  }
}
