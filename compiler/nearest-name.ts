// "Did you mean": the known name that is closest to a mistyped one.

/** Names looked at for one hint; more would make a wrong configuration slow to refuse. */
const candidatesMax = 20_000;

/**
 * The candidate with the fewest edits, at most a third of the word's length; of equals the one that begins most like the
 * word, because people seldom mistype the beginning. A single letter is near to nothing.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = word.length < 2 ? 0 : Math.max(1, Math.floor(word.length / 3));
  let bestPrefix = -1;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > candidatesMax) break;
    if (Math.abs(candidate.length - word.length) > bestDistance) continue;
    const name = candidate.toLowerCase();
    const distance = editDistance(wanted, name);
    const prefix = commonPrefix(wanted, name);
    if (distance < bestDistance || (distance === bestDistance && prefix > bestPrefix)) {
      [best, bestDistance, bestPrefix] = [candidate, distance, prefix];
    }
  }
  return best;
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** `did you mean db-servers?`, or undefined when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    [beforePrevious, previous] = [previous, row];
  }
  return previous[b.length] ?? 0;
}
