// "Did you mean": the known word that a mistyped one was meant to be. Advice that is wrong costs an operator more than none,
// so a slip of the keyboard is told from another name: `web-3` is not a mistyped `web-1`, `wan` no `lan`, and `junos-dns`
// no `junos-msn`, because the part that differs decides and not the beginning that all names share.

import { shownWord } from "./shown-word.ts";

/** Names looked at for one hint; more would make a wrong configuration slow to refuse. */
const candidateCountMax = 20_000;

/** Longer words get no advice: no name is that long, and a comparison costs the product of both lengths. */
const wordLengthMax = 255;

/** A shorter word is the beginning or the end of too many. */
const partLengthMin = 3;

/** `did you mean "db-servers"?`, or undefined when nothing is near. At most 20,000 candidates are looked at. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? undefined : `did you mean ${shownWord(nearest)}?`;
}

/**
 * The candidate with the fewest slips (case does not count); of equals the one that begins most like the word, because
 * people seldom mistype the beginning. Where slips do not explain the word: what it is the beginning of (`management` for
 * `management-net`, `policy` for `policies`), else what it is the end of (`http` for `junos-http`), when that is one name.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > wordLengthMax) return undefined;
  const wanted = word.toLowerCase();
  const stem = wanted.replace(/(?:y|ies)$/, "");
  let near: { readonly name: string; readonly slips: number; readonly shared: number } | undefined;
  const begun: string[] = [];
  const inflected: string[] = [];
  const ended: string[] = [];
  let count = 0;
  for (const name of candidates) {
    if (++count > candidateCountMax) break;
    const lower = name.toLowerCase();
    const slips = slipsBetween(wanted, lower, near?.slips ?? Infinity);
    if (slips !== undefined) {
      const shared = sharedLength(wanted, lower);
      if (near === undefined || slips < near.slips || shared > near.shared) near = { name, slips, shared };
    }
    if (lower.startsWith(wanted)) begun.push(name);
    if (lower.startsWith(stem)) inflected.push(name);
    if (lower.endsWith(`-${wanted}`)) ended.push(name);
  }
  if (near !== undefined || stem.length < partLengthMin) return near?.name;
  return shortOfAll([begun, inflected, ended].find((names) => names.length > 0) ?? []);
}

/** The name that all begin with: `source-address` of itself and `source-address-excluded`. */
function shortOfAll(names: readonly string[]): string | undefined {
  const [short = ""] = names.toSorted((a, b) => a.length - b.length);
  return short !== "" && names.every((name) => name.startsWith(short)) ? short : undefined;
}

/** How many slips make the one of the other, when they are few for the part that differs, and at most `slipsMax`. */
function slipsBetween(word: string, name: string, slipsMax: number): number | undefined {
  const start = sharedStart(word, name);
  const [part, other] = [word.slice(start), name.slice(start)];
  const allowed = Math.min(slipsMax, Math.max(1, Math.min(3, Math.floor(part.length / 3))));
  if (Math.abs(part.length - other.length) > allowed) return undefined;
  if (part === other) return 0;
  const slips = editDistance(part, other, allowed + 1);
  // Any two short words are a letter away from each other: only a letter that lacks, is too many or has moved counts.
  const isShort =
    part.length <= 3 && (part.length < 2 || (part.length === other.length && !isPermutation(part, other)));
  return slips > allowed || isShort || digitsOf(part) !== digitsOf(other) ? undefined : slips;
}

/** The length of what both begin with, up to the last separator in it: `junos-` of `junos-http` and `junos-https`. */
function sharedStart(a: string, b: string): number {
  return a.slice(0, sharedLength(a, b)).replace(/[^-._/:]*$/, "").length;
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function isPermutation(a: string, b: string): boolean {
  return a.split("").toSorted().join("") === b.split("").toSorted().join("");
}

/** Numbers are chosen, not mistyped. */
function digitsOf(word: string): string {
  return word.replaceAll(/\D+/g, "");
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
