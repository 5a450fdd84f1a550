// A line up to the cursor → its finished words and the word that is being typed. Unlike the tokenizer it accepts an open
// quote, because the operator has not finished.

export interface SplitLine {
  readonly words: readonly string[];
  /** The beginning of the word at the cursor; empty after a blank. */
  readonly partial: string;
}

export function splitLine(line: string): SplitLine {
  const words: string[] = [];
  let partial: string | undefined;
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)("?)|([[\]])|([^\s"[\]]+)|\s+/g)) {
    const [whole, quoted, closing, bracket, plain] = match;
    if (partial !== undefined) words.push(partial);
    partial = undefined;
    if (bracket !== undefined) words.push(bracket);
    else if (quoted !== undefined && closing === '"') words.push(quoted.replaceAll(/\\(["\\])/g, "$1"));
    else if (quoted !== undefined) partial = quoted;
    else if (plain !== undefined && match.index + whole.length === line.length) partial = plain;
    else if (plain !== undefined) words.push(plain);
  }
  return { words, partial: partial ?? "" };
}
