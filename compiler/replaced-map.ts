// A map in which a few values are others than in the map under it: to change one of a hundred thousand values costs as
// much as to change one of ten. The keys are those of the map under it, in its order.

export class ReplacedMap<K, V> implements ReadonlyMap<K, V> {
  readonly #under: ReadonlyMap<K, V>;
  readonly #values: ReadonlyMap<K, V>;

  private constructor(under: ReadonlyMap<K, V>, values: ReadonlyMap<K, V>) {
    this.#under = under;
    this.#values = values;
  }

  /** `values` of other keys than those of `under` are left out. Layers never lie on layers: the lower one goes on below. */
  static of<K, V>(under: ReadonlyMap<K, V>, values: ReadonlyMap<K, V>): ReplacedMap<K, V> {
    const known = new Map([...values].filter(([key]) => under.has(key)));
    if (!(under instanceof ReplacedMap)) return new ReplacedMap(under, known);
    const lower = under as ReplacedMap<K, V>;
    return new ReplacedMap(lower.#under, new Map([...lower.#values, ...known]));
  }

  get size(): number {
    return this.#under.size;
  }

  get(key: K): V | undefined {
    return this.#values.has(key) ? this.#values.get(key) : this.#under.get(key);
  }

  has(key: K): boolean {
    return this.#under.has(key);
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.#under) {
      yield [key, this.#values.has(key) ? (this.#values.get(key) as V) : value];
    }
  }

  keys(): MapIterator<K> {
    return this.#under.keys();
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}
