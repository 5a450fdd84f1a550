// Patterns for names, as in shells: `*` any characters, `?` one, `[a-c]` one of a class, `[!a-c]` one of all others.
// Groups write them between angle brackets (`<ge-*>`). The matcher keeps one place to go back to, so its cost is the length
// of the pattern times the length of the name, whatever the pattern.

const patternLengthMax = 256;

// What can be printed and read again: no control characters, and no mark of a byte that was no text.
// oxlint-disable-next-line no-control-regex
const wildcard = /^<[^<>\u0000-\u001f\u007f-\u009f\ufffd]+>$/;

/** A word between angle brackets: the name of a group's statement that stands for many names. */
export function isWildcard(word: string): boolean {
  return word.startsWith("<") && word.length <= patternLengthMax && wildcard.test(word);
}

/** The pattern between the angle brackets. */
export function patternOf(word: string): string {
  return word.slice(1, -1);
}

export function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let inName = 0;
  /** Where to go on after the last `*`, which takes one more character each time. */
  let star = -1;
  let starName = 0;
  while (inName < name.length) {
    const length = pattern[at] === "*" ? 0 : matchOne(pattern, at, name.charAt(inName));
    if (pattern[at] === "*") {
      at += 1;
      star = at;
      starName = inName;
    } else if (length > 0) {
      at += length;
      inName += 1;
    } else if (star >= 0) {
      at = star;
      starName += 1;
      inName = starName;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

/** How many characters of the pattern at `at` take this one character of the name; 0 when they do not. */
function matchOne(pattern: string, at: number, character: string): number {
  const first = pattern[at];
  if (first === undefined) return 0;
  if (first === "?") return 1;
  const end = first === "[" ? pattern.indexOf("]", at + 1) : -1;
  if (end < 0) return first === character ? 1 : 0;
  const negated = pattern[at + 1] === "!" || pattern[at + 1] === "^";
  return inClass(pattern.slice(at + (negated ? 2 : 1), end), character) === negated ? 0 : end - at + 1;
}

/** `a-cx`: the characters a to c, and x. */
function inClass(members: string, character: string): boolean {
  for (let at = 0; at < members.length; at++) {
    const first = members.charAt(at);
    if (members[at + 1] === "-" && at + 2 < members.length) {
      if (first <= character && character <= members.charAt(at + 2)) return true;
      at += 2;
    } else if (first === character) return true;
  }
  return false;
}
