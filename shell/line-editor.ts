// The line of a prompt: text, cursor and history as plain data, and what each key does to it, as in Emacs. The cursor
// counts code points, so that no key can split a character.

import type { KeyName } from "./key.ts";

export interface EditedLine {
  readonly text: readonly string[];
  /** Code points before the cursor. */
  readonly cursor: number;
  readonly history: readonly string[];
  /** The entry of the history that is shown; `history.length` is the line being written. */
  readonly position: number;
  /** The line being written, while an older one is shown. */
  readonly draft: readonly string[];
  /** What was cut last, for Ctrl-Y. */
  readonly cut: readonly string[];
}

const historyMax = 500;
/** Longer than any statement; the gateway refuses lines over 64 KiB itself. */
export const lineLengthMax = 16_384;

export const emptyLine: EditedLine = { text: [], cursor: 0, history: [], position: 0, draft: [], cut: [] };

export function textOf(line: EditedLine): string {
  return line.text.join("");
}

/** The text before the cursor, which is what completion looks at. */
export function textBefore(line: EditedLine): string {
  return line.text.slice(0, line.cursor).join("");
}

export function insert(line: EditedLine, text: string): EditedLine {
  const added = [...text].slice(0, Math.max(0, lineLengthMax - line.text.length));
  const next = [...line.text.slice(0, line.cursor), ...added, ...line.text.slice(line.cursor)];
  return { ...line, text: next, cursor: line.cursor + added.length };
}

/** The line is done: it goes into the history (not twice in a row, not when empty) and a new one begins. */
export function accept(line: EditedLine): EditedLine {
  const text = textOf(line).trim();
  const known = text === "" || line.history.at(-1) === text;
  const history = known ? line.history : [...line.history, text].slice(-historyMax);
  return { text: [], cursor: 0, history, position: history.length, draft: [], cut: line.cut };
}

/** Puts a word in place of the one that ends at the cursor; a space follows when the word is whole. */
export function completeWord(line: EditedLine, word: string, whole: boolean): EditedLine {
  const start = wordStart(line.text, line.cursor, false);
  const removed = { ...line, text: [...line.text.slice(0, start), ...line.text.slice(line.cursor)], cursor: start };
  const spaced = whole && removed.text[start] !== " " ? `${word} ` : word;
  return insert(removed, spaced);
}

/** What a key does to the line; keys that are not about the line leave it as it is. */
export function press(line: EditedLine, name: KeyName): EditedLine {
  const { text, cursor } = line;
  const move = (to: number): EditedLine => ({ ...line, cursor: Math.max(0, Math.min(text.length, to)) });
  const erase = (from: number, to: number): EditedLine => ({
    ...line,
    text: [...text.slice(0, from), ...text.slice(to)],
    cursor: from,
  });
  const cut = (from: number, to: number): EditedLine => {
    const taken = text.slice(from, to);
    return { ...erase(from, to), cut: taken.length === 0 ? line.cut : taken };
  };
  switch (name) {
    case "left":
      return move(cursor - 1);
    case "right":
      return move(cursor + 1);
    case "home":
      return move(0);
    case "end":
      return move(text.length);
    case "word-left":
      return move(wordStart(text, cursor, true));
    case "word-right":
      return move(wordEnd(text, cursor));
    case "backspace":
      return cursor === 0 ? line : erase(cursor - 1, cursor);
    case "delete":
      return erase(cursor, cursor + 1);
    case "erase-word":
      return cut(wordStart(text, cursor, true), cursor);
    case "erase-to-start":
      return cut(0, cursor);
    case "erase-to-end":
      return cut(cursor, text.length);
    case "erase-word-right":
      return cut(cursor, wordEnd(text, cursor));
    case "yank":
      return insert(line, line.cut.join(""));
    case "transpose":
      return transposed(line);
    case "up":
      return recall(line, line.position - 1);
    case "down":
      return recall(line, line.position + 1);
    case "enter":
    case "tab":
    case "escape":
    case "page-up":
    case "page-down":
    case "search":
    case "cancel":
    case "redraw":
    case "interrupt":
    case "end-of-input":
      return line;
  }
}

/** The characters on both sides of the cursor change places; at the end the last two. */
function transposed(line: EditedLine): EditedLine {
  const { text, cursor } = line;
  const at = Math.min(cursor, text.length - 1);
  const [before, behind] = [text[at - 1], text[at]];
  if (before === undefined || behind === undefined) return line;
  return { ...line, text: text.with(at - 1, behind).with(at, before), cursor: at + 1 };
}

/** The newest line of the history before `position` that holds the text, which Ctrl-R looks for. */
export function findInHistory(
  { history }: Pick<EditedLine, "history">,
  text: string,
  position: number,
): number | undefined {
  if (text === "") return undefined;
  const found = history.slice(0, position).findLastIndex((line) => line.includes(text));
  return found === -1 ? undefined : found;
}

/** An entry of the history as the line, which can be edited further. */
export function recall(line: EditedLine, position: number): EditedLine {
  const { history } = line;
  if (position < 0 || position > history.length || position === line.position) return line;
  const draft = line.position === history.length ? line.text : line.draft;
  const text = position === history.length ? draft : [...(history[position] ?? "")];
  return { ...line, text, cursor: text.length, position, draft };
}

/** Where the word before the cursor begins; spaces right before the cursor belong to it when `overSpaces`. */
function wordStart(text: readonly string[], cursor: number, overSpaces: boolean): number {
  let at = cursor;
  if (overSpaces) while (at > 0 && text[at - 1] === " ") at--;
  while (at > 0 && text[at - 1] !== " ") at--;
  return at;
}

function wordEnd(text: readonly string[], cursor: number): number {
  let at = cursor;
  while (at < text.length && text[at] === " ") at++;
  while (at < text.length && text[at] !== " ") at++;
  return at;
}
