// A line of the screen as pieces of text with a tone each. Widths are counted in terminal cells, so that clipping and
// padding stay right for any text that a configuration may hold; colours come last, when a line is written.

import type { Paint, Tone } from "../paint.ts";

export interface Span {
  readonly tone: Tone;
  readonly text: string;
}

export type Line = readonly Span[];

export function span(text: string, tone: Tone = "plain"): Span {
  return { tone, text: text.replaceAll("\t", "  ").replaceAll(controls, "�") };
}

/** A control character from somewhere else would move the cursor or worse. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** East Asian wide characters and emoji, by their Unicode properties. */
const wide =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]/u;

/**
 * Nearly all text is of ASCII, Latin letters, arrows and lines: one cell for each UTF-16 unit. Asking the segmenter for it
 * would make a drawing twenty times as slow.
 */
const plain = /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u257f\u25b8\u25c2\u2713\u2717]*$/;

/** Terminal cells that a text takes. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** At most `width` cells of the text; a cut is shown by `…`. */
export function clipText(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return "";
  let result = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const cells = wide.test(segment) ? 2 : 1;
    if (used + cells > width - 1) break;
    result += segment;
    used += cells;
  }
  return `${result}…`;
}

/** The text in pieces of at most `width` cells, at least one; continued pieces are indented. */
export function wrapText(text: string, width: number): readonly string[] {
  const indent = "    ";
  const pieces: string[] = [];
  let piece = "";
  let used = 0;
  for (const { segment } of plain.test(text) && text.length <= width ? [] : graphemes.segment(text)) {
    const cells = wide.test(segment) ? 2 : 1;
    if (used + cells > width && used > indent.length) {
      pieces.push(piece);
      piece = indent;
      used = indent.length;
    }
    piece += segment;
    used += cells;
  }
  return pieces.length === 0 ? [text] : [...pieces, piece];
}

/** The line cut to at most `width` cells; a cut is shown by `…`. */
export function clip(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line;
  const result: Span[] = [];
  let left = width;
  for (const piece of line) {
    const cells = widthOf(piece.text);
    // Something follows that is cut off, so a piece that fits exactly must leave room for the mark.
    if (cells >= left) {
      result.push({ ...piece, text: clipText(`${piece.text} `, left) });
      break;
    }
    result.push(piece);
    left -= cells;
  }
  return result;
}

/** The line cut or filled with spaces to exactly `width` cells. */
export function fit(line: Line, width: number): Line {
  const clipped = clip(line, width);
  const missing = width - lineWidth(clipped);
  return missing > 0 ? [...clipped, { tone: "plain", text: " ".repeat(missing) }] : clipped;
}

/** The text of exactly `width` cells. */
export function fitText(text: string, width: number): string {
  const clipped = clipText(text, width);
  return clipped + " ".repeat(Math.max(0, width - widthOf(clipped)));
}

/** A left part and a right part at the two ends of `width` cells; the left one gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  const rightWidth = Math.min(lineWidth(right), width);
  return [...fit(left, Math.max(0, width - rightWidth)), ...clip(right, rightWidth)];
}

export function paintLine(line: Line, paint: Paint): string {
  return line.map(({ tone, text }) => paint(tone, text)).join("");
}

export function plainText(line: Line): string {
  return line.map(({ text }) => text).join("");
}
