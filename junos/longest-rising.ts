// The longest rising run of a list of numbers, of which any may be left out in between: what can stay in its place when a
// list is brought into a new order, so that as little as possible is moved.

/** The positions of the numbers of one longest run, rising. For n different numbers it takes n log n steps. */
export function longestRising(numbers: readonly number[]): number[] {
  /** For each length, the position that ends a run of it with the smallest number. */
  const ends: number[] = [];
  const previous: number[] = [];
  for (const [at, number] of numbers.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous[at] = low === 0 ? -1 : (ends[low - 1] ?? -1);
    ends[low] = at;
  }
  const run: number[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) run.push(at);
  return run.toReversed();
}
