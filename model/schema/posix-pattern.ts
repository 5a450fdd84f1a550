// POSIX extended regular expressions of the grammar → JavaScript's. `[:alnum:]` and its kin become ranges; a leading `!`
// means that the word must not match. A pattern that is a plain word is none: it stands for one member of a choice.

const classes: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  digit: "0-9",
  xdigit: "0-9A-Fa-f",
  lower: "a-z",
  upper: "A-Z",
  space: String.raw`\s`,
  blank: String.raw` \t`,
  punct: "!-/:-@[-`{-~",
  print: String.raw`\x20-\x7e`,
};

/** A test of a word, or undefined when the pattern says nothing. Throws when it is no regular expression. */
export function posixPattern(pattern: string): ((word: string) => boolean) | undefined {
  if (/^[a-z-]*$/.test(pattern)) return undefined;
  const negated = pattern.startsWith("!");
  const expression = new RegExp(javaScriptPattern(negated ? pattern.slice(1) : pattern));
  return (word) => expression.test(word) !== negated;
}

/** Inside brackets a backslash stands for itself, `]` first is a member, and classes have names. */
export function javaScriptPattern(pattern: string): string {
  let made = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "[") {
      const { text, end } = bracket(pattern, at);
      made += text;
      at = end;
    } else if (character === "\\") {
      // The table writes an escaped character with two backslashes, or with one.
      while (pattern[at + 1] === "\\") at += 1;
      at += 1;
      made += `\\${pattern.charAt(at) === "" ? "\\" : pattern.charAt(at)}`;
    } else made += character;
  }
  return made;
}

function bracket(pattern: string, start: number): { readonly text: string; readonly end: number } {
  let at = start + 1;
  let text = "[";
  if (pattern[at] === "^") {
    text += "^";
    at += 1;
  }
  for (let first = true; at < pattern.length && (pattern[at] !== "]" || first); at++, first = false) {
    const named = pattern.startsWith("[:", at) ? pattern.indexOf(":]", at) : -1;
    if (named > 0) {
      text += classes[pattern.slice(at + 2, named)] ?? "";
      at = named + 1;
    } else {
      const character = pattern.charAt(at);
      text += character === "\\" || character === "[" || character === "]" ? `\\${character}` : character;
    }
  }
  return { text: `${text}]`, end: at };
}
