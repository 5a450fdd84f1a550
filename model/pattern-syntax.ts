// The text of a regular expression → what it means: POSIX extended (IEEE 1003.1, 9.4) with the escapes that everybody
// types. What would need memory of what was matched (back references, looking ahead) is refused by name.

export const patternLengthMax = 8_192;
const nestingMax = 32;
const repeatMax = 255;

export type PatternNode =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly part: PatternNode; readonly min: number; readonly max: number | undefined };

/** First and last code point of each range. */
type Range = readonly [number, number];

export class CharacterSet {
  readonly #ranges: readonly Range[];
  readonly #negated: boolean;

  constructor(ranges: readonly Range[], negated = false) {
    this.#ranges = ranges;
    this.#negated = negated;
  }

  has(point: number): boolean {
    return this.#ranges.some(([first, last]) => point >= first && point <= last) !== this.#negated;
  }
}

const digit: readonly Range[] = [[0x30, 0x39]];
const upper: readonly Range[] = [[0x41, 0x5a]];
const lower: readonly Range[] = [[0x61, 0x7a]];
const blank: readonly Range[] = [[0x09, 0x09], [0x20, 0x20]]; // prettier-ignore
const space: readonly Range[] = [[0x09, 0x0d], [0x20, 0x20], [0xa0, 0xa0]]; // prettier-ignore
const punctuation: readonly Range[] = [[0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]]; // prettier-ignore

const classes: Readonly<Record<string, readonly Range[]>> = {
  alnum: [...digit, ...upper, ...lower],
  alpha: [...upper, ...lower],
  blank,
  cntrl: [[0x00, 0x1f], [0x7f, 0x7f]],
  digit,
  graph: [[0x21, 0x7e]],
  lower,
  print: [[0x20, 0x7e]],
  punct: punctuation,
  space,
  upper,
  xdigit: [...digit, [0x41, 0x46], [0x61, 0x66]],
}; // prettier-ignore

const escapes: Readonly<Record<string, CharacterSet>> = {
  d: new CharacterSet(digit),
  D: new CharacterSet(digit, true),
  s: new CharacterSet(space),
  S: new CharacterSet(space, true),
  w: new CharacterSet([...digit, ...upper, ...lower, [0x5f, 0x5f]]),
  W: new CharacterSet([...digit, ...upper, ...lower, [0x5f, 0x5f]], true),
  t: new CharacterSet([[9, 9]]),
};

const any = new CharacterSet([], true);

class WrongPattern extends Error {}

export function parsePattern(text: string): { readonly node: PatternNode } | { readonly error: string } {
  if (text.length > patternLengthMax) return { error: `a pattern has at most ${patternLengthMax} characters` };
  try {
    return { node: new Parser([...text]).whole() };
  } catch (error) {
    if (error instanceof WrongPattern) return { error: error.message };
    throw error;
  }
}

class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #nesting = 0;

  constructor(text: readonly string[]) {
    this.#text = text;
  }

  whole(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new WrongPattern('a ")" closes nothing; write \\) for the character');
    return node;
  }

  get #next(): string | undefined {
    return this.#text[this.#at];
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#next === "|") {
      this.#at++;
      parts.push(this.#sequence());
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "choice", parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#next !== undefined && this.#next !== "|" && this.#next !== ")") parts.push(this.#repeated());
    return { kind: "sequence", parts };
  }

  #repeated(): PatternNode {
    let part = this.#atom();
    for (let count = 0; ; count++) {
      const times = this.#times();
      if (times === undefined) return part;
      if (part.kind === "start" || part.kind === "end")
        throw new WrongPattern("a line has one beginning and one end: they cannot be repeated");
      if (count >= 2) throw new WrongPattern("a repetition of a repetition of a repetition means nothing");
      part = { kind: "repeat", part, ...times };
    }
  }

  #times(): { readonly min: number; readonly max: number | undefined } | undefined {
    const sign = this.#next;
    if (sign === "*" || sign === "+" || sign === "?") {
      this.#at++;
      return { min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : undefined };
    }
    if (sign !== "{") return undefined;
    const found = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12).join(""));
    if (found === null) return undefined;
    const [whole, first = "", comma, last = ""] = found;
    const min = Number(first);
    const max = comma === undefined ? min : last === "" ? undefined : Number(last);
    if (min > repeatMax || (max ?? 0) > repeatMax) throw new WrongPattern(`${whole} is more than ${repeatMax} times`);
    if (max !== undefined && max < min) throw new WrongPattern(`${whole} ends before it begins`);
    this.#at += whole.length;
    return { min, max };
  }

  #atom(): PatternNode {
    const character = this.#next ?? "";
    this.#at++;
    switch (character) {
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "set", set: any };
      case "[":
        return { kind: "set", set: this.#brackets() };
      case "(":
        return this.#group();
      case "\\":
        return { kind: "set", set: this.#escape() };
      case "*":
      case "+":
      case "?":
        throw new WrongPattern(`"${character}" repeats nothing; write \\${character} for the character`);
      default:
        return { kind: "set", set: single(character) };
    }
  }

  #group(): PatternNode {
    if (++this.#nesting > nestingMax) throw new WrongPattern(`brackets are nested deeper than ${nestingMax}`);
    if (this.#next === "?") {
      if (this.#text[this.#at + 1] !== ":") throw new WrongPattern("looking ahead or behind is not offered");
      this.#at += 2;
    }
    const inner = this.#choice();
    if (this.#next !== ")") throw new WrongPattern('a "(" is not closed; write \\( for the character');
    this.#at++;
    this.#nesting--;
    return inner;
  }

  #escape(): CharacterSet {
    const character = this.#next;
    if (character === undefined) throw new WrongPattern("a backslash at the end escapes nothing");
    this.#at++;
    const known = escapes[character];
    if (known !== undefined) return known;
    if (/[A-Za-z0-9]/.test(character)) throw new WrongPattern(`\\${character} is not offered`);
    return single(character);
  }

  /** Behind `[`. A `]` right at the beginning stands for itself. */
  #brackets(): CharacterSet {
    const negated = this.#next === "^";
    if (negated) this.#at++;
    const ranges: Range[] = [];
    for (let isFirst = true; ; isFirst = false) {
      const character = this.#next;
      if (character === undefined) throw new WrongPattern('a "[" is not closed; write \\[ for the character');
      this.#at++;
      if (character === "]" && !isFirst) return new CharacterSet(ranges, negated);
      if (character === "[" && this.#next === ":") ranges.push(...this.#characterClass());
      else ranges.push(this.#range(character));
    }
  }

  #characterClass(): readonly Range[] {
    const name = /^:([a-z]{1,8}):\]/.exec(this.#text.slice(this.#at, this.#at + 12).join(""))?.[1];
    const ranges = name === undefined ? undefined : classes[name];
    if (name === undefined || ranges === undefined) {
      throw new WrongPattern(`"[:" begins no class of characters; there are ${Object.keys(classes).join(", ")}`);
    }
    this.#at += name.length + 3;
    return ranges;
  }

  #range(character: string): Range {
    const first = this.#member(character);
    const isRange = this.#next === "-" && this.#text[this.#at + 1] !== undefined && this.#text[this.#at + 1] !== "]";
    if (!isRange) return [first, first];
    const end = this.#text[this.#at + 1] ?? "";
    this.#at += 2;
    const last = this.#member(end);
    if (last < first) throw new WrongPattern(`the range ${character}-${end} ends before it begins`);
    return [first, last];
  }

  #member(character: string): number {
    // POSIX has no escapes in brackets, but everybody writes \] and \- there.
    const escaped = character === "\\" && /[\]\\^-]/.test(this.#next ?? "") ? this.#text[this.#at++] : undefined;
    return (escaped ?? character).codePointAt(0) ?? 0;
  }
}

function single(character: string): CharacterSet {
  const point = character.codePointAt(0) ?? 0;
  return new CharacterSet([[point, point]]);
}
