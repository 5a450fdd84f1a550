// Many short lists in two pieces of memory: the places of all things that have the same key, in their order.

export interface SortedByKey {
  /** Where the list of each key begins in `places`; that of the next key is its end. */
  readonly starts: Uint32Array;
  readonly places: Uint32Array;
}

/** `keys` of all things, each less than `keyCount`. */
export function sortedByKey(keys: readonly number[], keyCount: number): SortedByKey {
  const starts = new Uint32Array(keyCount + 1);
  for (let at = 0; at < keys.length; at++) {
    const key = (keys[at] ?? 0) + 1;
    starts[key] = (starts[key] ?? 0) + 1;
  }
  for (let key = 1; key <= keyCount; key++) starts[key] = (starts[key] ?? 0) + (starts[key - 1] ?? 0);
  const next = starts.slice();
  const places = new Uint32Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? 0;
    const place = next[key] ?? 0;
    places[place] = at;
    next[key] = place + 1;
  }
  return { starts, places };
}
