// A typed line in its parts: the command, what stands behind each `|`, and the words of each with their places. A text in
// double quotes is one word, with \" and \\ inside it; a `|` in it is text.

/** A part of a line between two `|`. */
export interface LinePart {
  readonly text: string;
  readonly start: number;
}

export function cutPipes(line: string): readonly [LinePart, ...LinePart[]] {
  return cutAt(line, "|");
}

/** The lines of `ssh host "configure; set …; commit"`. */
export function cutLines(line: string): readonly string[] {
  return cutAt(line, ";").map(({ text }) => text.trim());
}

function cutAt(line: string, mark: string): readonly [LinePart, ...LinePart[]] {
  const parts: LinePart[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (character === "\\" && isQuoted) i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === mark && !isQuoted) {
      parts.push({ text: line.slice(start, i), start });
      start = i + 1;
    }
  }
  const [first, ...rest] = [...parts, { text: line.slice(start), start }];
  return [first ?? { text: "", start: 0 }, ...rest];
}

/** Undefined when a quote is not closed. */
export function splitWords(line: string): readonly string[] | undefined {
  return placedWords(line)?.map(({ text }) => text);
}

export interface PlacedWord {
  readonly text: string;
  /** Where it begins in the line, a quote included, and where it ends. */
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** The words with their places, which count UTF-16 units. Undefined when a quote is not closed. */
export function placedWords(line: string): readonly PlacedWord[] | undefined {
  const words: PlacedWord[] = [];
  let word: { text: string; readonly start: number; quoted: boolean } | undefined;
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (isQuoted && word !== undefined) {
      if (character === "\\" && i + 1 < line.length) word.text += line.charAt(++i);
      else if (character === '"') isQuoted = false;
      else word.text += character;
    } else if (character === '"') {
      isQuoted = true;
      word ??= { text: "", start: i, quoted: true };
      word.quoted = true;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push({ ...word, end: i });
      word = undefined;
    } else {
      word ??= { text: "", start: i, quoted: false };
      word.text += character;
    }
  }
  if (isQuoted) return undefined;
  if (word !== undefined) words.push({ ...word, end: line.length });
  return words;
}

/** True when the end of the text stands inside quotes. */
export function isOpenQuote(text: string): boolean {
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) === "\\" && isQuoted) i++;
    else if (text.charAt(i) === '"') isQuoted = !isQuoted;
  }
  return isQuoted;
}
