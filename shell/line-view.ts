// How a prompt with its line is brought onto a terminal: the difference between what is there and what shall be there, as
// the fewest characters. A terminal that knows xterm's sequences wraps a long line over rows; one that knows none shows the
// part around the cursor in one row, with backspaces and spaces alone.

import { characterWidth, textWidth } from "./cell-width.ts";
import type { TerminalSize } from "./shell-host.ts";

export interface LineView {
  readonly prompt: string;
  readonly text: readonly string[];
  /** Code points of the text before the cursor. */
  readonly cursor: number;
}

interface Place {
  readonly row: number;
  readonly column: number;
}

/** What to write so that `after` stands where `before` stood; without `before` it begins in a new row. */
export function drawLine(before: LineView | undefined, after: LineView, size: TerminalSize): string {
  switch (size.kind) {
    case "none":
      return "";
    case "dumb":
      return drawWindow(before, after, size.columns);
    case "full":
      return drawWrapped(before, after, size.columns);
  }
}

/** Leaves the line: the cursor goes to a new row below it. */
export function leaveLine(view: LineView, size: TerminalSize): string {
  if (size.kind === "none") return "";
  const end = drawLine(view, { ...view, cursor: view.text.length }, size);
  // A line that fills its last row has brought the cursor to a new one already.
  const isNewRow = size.kind === "full" && places(view, size.columns).at(-1)?.column === 0;
  return isNewRow && view.text.length > 0 ? end : `${end}\r\n`;
}

// --- wrapped over rows -----------------------------------------------------------------------------------------------

/** Where each character of prompt and text stands, and behind the last one where the next would. */
function places({ prompt, text }: LineView, columns: number): readonly Place[] {
  const found: Place[] = [];
  let [row, column] = [0, 0];
  for (const character of [...prompt, ...text]) {
    const width = characterWidth(character);
    if (column + width > columns) [row, column] = [row + 1, 0];
    found.push({ row, column });
    column += width;
    if (column >= columns) [row, column] = [row + 1, 0];
  }
  found.push({ row, column });
  return found;
}

function drawWrapped(before: LineView | undefined, after: LineView, columns: number): string {
  const characters = [...after.prompt, ...after.text];
  const old = before === undefined ? [] : [...before.prompt, ...before.text];
  const then = before === undefined ? [] : places(before, columns);
  const now = places(after, columns);
  let same = 0;
  while (same < old.length && same < characters.length && old[same] === characters[same]) same++;
  while (same > 0 && isMark(old[same])) same--;
  // Where a wide character has gone to the next row, the cell that it left is written too.
  if (leavesCell(characters, now, same, columns)) same--;
  // A mark that takes no cell is drawn together with what it stands on.
  while (same > 0 && isMark(characters[same])) same--;
  const start: Place = { row: 0, column: 0 };
  const at = before === undefined ? start : (then[cellsBefore(before)] ?? start);
  const end = now.at(-1) ?? start;
  const oldEnd = then.at(-1) ?? start;
  const cursor = now[cellsBefore(after)] ?? start;
  if (same === old.length && same === characters.length) return move(at, cursor);
  const rest = characters
    .map((character, index) =>
      index > same && leavesCell(characters, now, index, columns) ? ` ${character}` : character,
    )
    .slice(same)
    .join("");
  // A terminal keeps the cursor in the last column until something follows; here it goes on.
  const wrap = rest !== "" && end.column === 0 && end.row > 0 ? "\r\n" : "";
  const isShorter = oldEnd.row > end.row || (oldEnd.row === end.row && oldEnd.column > end.column);
  const changed = before !== undefined && (isShorter || same < old.length);
  const clear = changed ? (oldEnd.row > end.row ? "\u001b[J" : isShorter ? "\u001b[K" : "") : "";
  return move(at, now[same] ?? start) + rest + wrap + clear + move(end, cursor);
}

/** The character stands in a new row although the one before it has left a cell free. */
function leavesCell(characters: readonly string[], found: readonly Place[], index: number, columns: number): boolean {
  const [before, here] = [found[index - 1], found[index]];
  if (before === undefined || here === undefined || here.column > 0 || before.row === here.row) return false;
  return before.column + characterWidth(characters[index - 1] ?? "") < columns;
}

function isMark(character: string | undefined): boolean {
  return character !== undefined && characterWidth(character) === 0;
}

function cellsBefore({ prompt, cursor }: LineView): number {
  return [...prompt].length + cursor;
}

function move(from: Place, to: Place): string {
  const rows = to.row - from.row;
  const vertical = rows === 0 ? "" : rows < 0 ? `\u001b[${-rows}A` : `\u001b[${rows}B`;
  const columns = to.column - from.column;
  if (columns === 0) return vertical;
  if (to.column === 0) return `${vertical}\r`;
  if (columns < 0 && columns >= -4) return vertical + "\b".repeat(-columns);
  return columns < 0 ? `${vertical}\u001b[${-columns}D` : `${vertical}\u001b[${columns}C`;
}

// --- one row ---------------------------------------------------------------------------------------------------------

/** What of the prompt and the line is shown: the last column stays free, so that no terminal wraps. */
function windowOf({ prompt, text, cursor }: LineView, columns: number): { text: string; before: number } {
  const room = Math.max(8, columns - 1);
  const characters = [...prompt, ...text];
  const at = [...prompt].length + cursor;
  // The window moves by half its width, so that typing at its end does not draw everything for each key.
  const step = Math.max(4, Math.floor(room / 2));
  let first = 0;
  while (textWidth(characters.slice(first, at).join("")) >= room) first += step;
  let shown = "";
  for (const character of characters.slice(first)) {
    if (textWidth(shown) + characterWidth(character) > room) break;
    shown += character;
  }
  return { text: shown, before: textWidth(characters.slice(first, at).join("")) };
}

function drawWindow(before: LineView | undefined, after: LineView, columns: number): string {
  const now = windowOf(after, columns);
  const then = before === undefined ? { text: "", before: 0 } : windowOf(before, columns);
  const [old, next] = [[...then.text], [...now.text]];
  let same = 0;
  while (same < old.length && same < next.length && old[same] === next[same]) same++;
  while (same > 0 && (isMark(next[same]) || isMark(old[same]))) same--;
  const rest = next.slice(same).join("");
  const sameWidth = textWidth(next.slice(0, same).join(""));
  // Going right is writing what stands there.
  const forth = (from: number, to: number): string => cellsOf(now.text, from, to);
  const back = (count: number): string => "\b".repeat(Math.max(0, count));
  if (rest === "" && old.length === next.length) {
    return then.before > now.before ? back(then.before - now.before) : forth(then.before, now.before);
  }
  const blank = " ".repeat(Math.max(0, textWidth(then.text) - textWidth(now.text)));
  const approach = then.before > sameWidth ? back(then.before - sameWidth) : forth(then.before, sameWidth);
  const end = textWidth(now.text) + blank.length;
  return approach + rest + blank + back(end - now.before);
}

/** The characters of a text between two cells. */
function cellsOf(text: string, from: number, to: number): string {
  let at = 0;
  let found = "";
  for (const character of text) {
    const width = characterWidth(character);
    // A mark is written with what it stands on, or not at all.
    if (width === 0 ? found !== "" && at <= to : at >= from && at < to) found += character;
    at += width;
  }
  return found;
}
