// The tokenizer of configuration text: words, quoted strings, the five marks `{ } [ ] ;` and `/* */` comments. `#` starts
// a comment to the end of the line (this covers `## SECRET-DATA`), but only at the start of a word. One token at a time is
// produced from the text, so that a file of 10 MB needs no list of all its tokens.

import type { Span } from "@merlon/model/diagnostic.ts";
import { spanOver } from "./report.ts";
import type { Report } from "./report.ts";

export const textLengthMax = 64 * 1024 * 1024;
export const wordLengthMax = 64 * 1024;

export type TokenKind = "word" | "{" | "}" | "[" | "]" | ";" | "comment" | "end";

/** A word of the text with its place. `quoted` words are never keywords with a colon or commands. */
export interface Word extends Span {
  readonly text: string;
  readonly quoted: boolean;
}

export class Tokens implements Word {
  kind: TokenKind = "end";
  text = "";
  quoted = false;
  line = 1;
  column = 1;
  endLine = 1;
  endColumn = 1;
  /** Where the token before this one ended; 0 at the start of the text. */
  previousEndLine = 0;
  readonly source: string;
  private readonly input: string;
  private readonly report: Report;
  private offset = 0;
  private unclosedCount = 0;
  private lineNow = 1;
  /** The offset of the first character of the present line. */
  private lineStart = 0;
  /** Words seen lately, each at its hash: a text of a million words has few different ones, and a tree keeps them all. */
  private readonly seen: (string | undefined)[];

  /**
   * The caller calls `next` for the first token. A byte order mark at the start is skipped. `line` is the number of the
   * first line, for a text that is part of another one.
   */
  constructor(input: string, source: string, report: Report, line = 1) {
    this.lineNow = line;
    this.input = input;
    this.source = source;
    this.report = report;
    this.seen = Array<undefined>(seenCountFor(input.length)).fill(undefined);
    if (input.charCodeAt(0) === 0xfeff) this.offset = this.lineStart = 1;
  }

  /** True when this token is the first one on its line. */
  get startsLine(): boolean {
    return this.line > this.previousEndLine;
  }

  /** The text of the line on which this token begins, from the token on. */
  restOfLine(): string {
    const end = this.input.indexOf("\n", this.offset);
    const start = this.lineStart + this.column - 1;
    return this.endLine === this.line ? this.input.slice(start, end < 0 ? this.input.length : end) : this.text;
  }

  /** Goes on with the first token of the next line. */
  skipLine(): void {
    const end = this.input.indexOf("\n", this.offset);
    this.offset = end < 0 ? this.input.length : end;
    this.next();
  }

  /** The present token as a word of its own. */
  word(): Word {
    const { text, quoted, source, line, column, endLine, endColumn } = this;
    return { text, quoted, source, line, column, endLine, endColumn };
  }

  next(): void {
    this.previousEndLine = this.kind === "end" ? 0 : this.endLine;
    this.skipBlanks();
    this.line = this.lineNow;
    this.column = this.offset - this.lineStart + 1;
    this.quoted = false;
    this.text = "";
    const code = this.input.charCodeAt(this.offset);
    if (Number.isNaN(code)) this.kind = "end";
    else if (code === 0x22) this.readString();
    else if (code === 0x2f && this.input.charCodeAt(this.offset + 1) === 0x2a) this.readComment();
    else if (isMark(code)) {
      this.text = this.input.charAt(this.offset);
      this.kind = this.text as TokenKind;
      this.offset += 1;
    } else this.readWord();
    this.endLine = this.lineNow;
    this.endColumn = this.offset - this.lineStart + 1;
  }

  private skipBlanks(): void {
    const { input } = this;
    for (;;) {
      const code = input.charCodeAt(this.offset);
      if (code === 0x0a) {
        this.offset += 1;
        this.lineNow += 1;
        this.lineStart = this.offset;
      } else if (isBlank(code)) this.offset += 1;
      else if (code === 0x23) {
        const end = input.indexOf("\n", this.offset);
        this.offset = end < 0 ? input.length : end;
      } else return;
    }
  }

  private readWord(): void {
    const { input } = this;
    const start = this.offset;
    let end = start + 1;
    // The brackets of a pattern between angle brackets belong to the word: `<[a-c]*>`.
    let hash = input.charCodeAt(start);
    let inPattern = hash === 0x3c;
    let numbersEnd = 0;
    for (; end < input.length; end++) {
      const code = input.charCodeAt(end);
      if (end >= numbersEnd && (isBlank(code) || code === 0x22 || (isMark(code) && !(inPattern && isBracket(code))))) {
        numbersEnd = code === 0x5b ? endOfNumbers(input, end) : 0;
        if (numbersEnd === 0) break;
      }
      if (code === 0x3e) inPattern = false;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    this.kind = "word";
    this.text = this.textOf(start, end, hash);
    this.offset = end;
    this.checkLength();
  }

  /** The word of the text, or the equal one that was seen before. */
  private textOf(start: number, end: number, hash: number): string {
    const { input, seen } = this;
    const at = (hash ^ (hash >>> 15)) & (seen.length - 1);
    const known = seen[at];
    if (known !== undefined && known.length === end - start && input.startsWith(known, start)) return known;
    const text = input.slice(start, end);
    seen[at] = text;
    return text;
  }

  private readString(): void {
    const { input } = this;
    const start = this.offset + 1;
    let end = start;
    let escaped = false;
    for (; end < input.length; end++) {
      const code = input.charCodeAt(end);
      if (code === 0x22) break;
      if (code === 0x5c) {
        escaped = true;
        end += 1;
      }
    }
    const raw = input.slice(start, Math.min(end, input.length));
    const lineEnd = raw.indexOf("\n");
    const after = input.charCodeAt(end + 1);
    const joined = !Number.isNaN(after) && !isBlank(after) && !isMark(after) && after !== 0x23;
    this.kind = "word";
    this.quoted = true;
    // A quote that closes far below and right before a letter is the opening quote of another string.
    if (end >= input.length || (joined && lineEnd >= 0)) {
      const lineText = (lineEnd < 0 ? raw : raw.slice(0, lineEnd)).trimEnd();
      // Each was looked for up to the end: a text of such strings alone is left at the last of which anybody is told.
      const goesOn = ++this.unclosedCount < unclosedCountMax;
      this.offset = goesOn ? start + lineText.length : input.length;
      this.text = lineText;
      this.report.error("syntax.unterminated-string", this.here(1), "the string that starts here is not closed", {
        hint: 'end it with " on the same line; write a quote inside a string as \\"',
      });
      return;
    }
    if (joined) {
      this.report.error("syntax.text-after-string", this.here(1), "a word follows the closing quote without a space", {
        hint: 'put the whole value between quotes; write a quote inside a string as \\"',
      });
    }
    this.text = escaped ? unescapeString(raw) : raw;
    if (lineEnd >= 0) {
      this.text = this.text.replaceAll("\r\n", "\n");
      this.countLines(start, end);
    }
    this.offset = end + 1;
    this.checkLength();
  }

  private readComment(): void {
    const { input } = this;
    const start = this.offset + 2;
    const close = input.indexOf("*/", start);
    this.kind = "comment";
    if (close < 0) {
      this.report.error("syntax.unterminated-comment", this.here(2), "the comment that starts here is not closed", {
        hint: "end it with */",
      });
    }
    const end = close < 0 ? input.length : close;
    // A form feed, which XML cannot hold, and a lone carriage return are blanks.
    this.text = input
      .slice(start, end)
      .replaceAll("\r\n", "\n")
      .replaceAll(/[\f\r]/g, " ")
      .trim();
    this.countLines(start, end);
    this.offset = close < 0 ? end : end + 2;
    this.checkLength();
    // What is cut off may leave a blank at the end, which would not come back.
    this.text = this.text.trimEnd();
  }

  /** The place of the present token's first characters, for errors found before its end is known. */
  private here(length: number): Span {
    const { source, line, column } = this;
    return { source, line, column, endLine: line, endColumn: column + length };
  }

  private countLines(from: number, to: number): void {
    // Of the part alone: in a text of one line each search would else go to its end.
    const part = this.input.slice(from, to);
    for (let at = part.indexOf("\n"); at >= 0; at = part.indexOf("\n", at + 1)) {
      this.lineNow += 1;
      this.lineStart = from + at + 1;
    }
  }

  private checkLength(): void {
    if (this.text.length <= wordLengthMax) return;
    this.report.error("syntax.too-long", this.here(1), `a word of ${this.text.length} characters is too long`, {
      hint: `a word, string or comment has at most ${wordLengthMax} characters`,
    });
    this.text = this.text.slice(0, wordLengthMax);
  }
}

/** As many as are reported of one text. */
const unclosedCountMax = 100;

const numbersAt = /\[!?\d[\d,!-]*\]/y;

/** Where the numbers end whose bracket stands here, as in `ge-0/0/[0-3,!2]`; 0 when it begins a list of values. */
function endOfNumbers(input: string, at: number): number {
  numbersAt.lastIndex = at;
  return numbersAt.test(input) ? numbersAt.lastIndex : 0;
}

const seenCountMax = 65_536;

/** A power of two that fits the text. */
function seenCountFor(length: number): number {
  let count = 16;
  while (count < seenCountMax && count * 32 < length) count *= 2;
  return count;
}

/** Spaces, line ends and every other control character; `findBinary` reports those that do not belong in a text. */
function isBlank(code: number): boolean {
  return code <= 0x20 || code === 0x7f;
}

/** `{ } [ ] ;` */
function isMark(code: number): boolean {
  return code === 0x7b || code === 0x7d || code === 0x3b || code === 0x5b || code === 0x5d;
}

/** `[ ]` */
function isBracket(code: number): boolean {
  return code === 0x5b || code === 0x5d;
}

/** `\"` is a quote and `\\` a backslash; every other backslash stands for itself, as in regular expressions. */
function unescapeString(raw: string): string {
  return raw.replaceAll(/\\(["\\])/g, "$1");
}

/**
 * The place of the first character that no configuration text has: NUL, a control character, a byte that is not UTF-8, and
 * what no file and no XML can hold (U+FFFE, U+FFFF, half of a pair).
 */
export function findBinary(text: string, source: string): Span | undefined {
  // The control characters are what is looked for.
  // oxlint-disable-next-line no-control-regex
  const found = text.search(/[\u0000-\u0008\u000b\u000e-\u001f\u007f\ufffd-\uffff]/);
  const offset = text.isWellFormed() ? found : text.search(/\p{Surrogate}/u);
  if (offset < 0) return undefined;
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  const place = { source, line, column, endLine: line, endColumn: column + 1 };
  return spanOver(place, place);
}
