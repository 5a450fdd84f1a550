// "Did you mean …": the known word that is nearest to a mistyped one. Only few changes count, so that a word of another
// system gets no misleading advice.

const candidateCountMax = 10_000;

/** The nearest of `words`, or undefined when none is near. At most 10,000 words are looked at. */
export function nearestWord(wrong: string, words: Iterable<string>): string | undefined {
  const distanceMax = Math.max(1, Math.min(3, Math.floor(wrong.length / 3)));
  let best: string | undefined;
  let bestDistance = distanceMax + 1;
  let count = 0;
  for (const word of words) {
    if (++count > candidateCountMax) break;
    if (Math.abs(word.length - wrong.length) >= bestDistance) continue;
    const distance = editDistance(wrong, word, bestDistance);
    // A distance of the whole word says nothing: any two short words are that near.
    if (distance < bestDistance && distance < Math.max(word.length, 2)) [best, bestDistance] = [word, distance];
  }
  return best;
}

/** `did you mean "policy"?`, or undefined. */
export function didYouMean(wrong: string, words: Iterable<string>): string | undefined {
  const word = nearestWord(wrong, words);
  return word === undefined ? undefined : `did you mean "${word}"?`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); `limit` or more is `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let value = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) value = Math.min(value, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(value);
      least = Math.min(least, value);
    }
    if (least >= limit) return limit;
    [beforePrevious, previous] = [previous, current];
  }
  return Math.min(previous[b.length] ?? limit, limit);
}
