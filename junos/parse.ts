// Text → statements and commands, without knowledge of any hierarchy. Curly braces and command lines (`set …`) may stand
// in one file. One run reports many errors: after each one the parser goes on where the text makes sense again.
// Whether a line continues the statement before it, or a `;` is missing there, is for the schema to say (`split-statement`).
// Statements are read when they are asked for, blocks within blocks, so that a text never stands in memory as statements.

import assert from "node:assert/strict";
import type { Span } from "@merlon/model/diagnostic.ts";
import { reportMissingSemicolon } from "./missing-semicolon.ts";
import { plainSpan } from "./report.ts";
import type { Report } from "./report.ts";
import { findBinary, textLengthMax, Tokens, wordLengthMax } from "./tokens.ts";
import type { TokenKind, Word } from "./tokens.ts";
import { levelVerbs, verbs } from "./verbs.ts";
import type { LevelVerb, Verb } from "./verbs.ts";

export const depthMax = 64;

export const tags = ["inactive:", "active:", "protect:", "unprotect:", "replace:", "delete:"] as const;
export type Tag = (typeof tags)[number];

/** `[ a b ]` */
export interface WordList extends Span {
  readonly words: readonly Word[];
}

export type Item = Word | WordList;

export interface Statement {
  readonly kind: "statement";
  readonly tags: readonly Tag[];
  /** The text of the comments that stand before the statement. */
  readonly comment: string | undefined;
  /** At least one. */
  readonly items: readonly Item[];
  /**
   * The statements between braces; undefined when the statement ends with `;`. While a text is being read they can be
   * walked through once, and before the statement that follows this one is asked for.
   */
  readonly body: Iterable<Statement> | undefined;
  /** Where its words stand on more than one line. */
  readonly lines?: Lines;
}

export interface Lines {
  /** The lines behind the first one. */
  readonly starts: readonly LineStart[];
  /**
   * Behind the `;` the next line stands as deep as the later lines, or a brace closes at the first column of the statement:
   * perhaps these were lines of a block whose "{" is missing.
   */
  readonly wentOn: boolean;
}

export interface LineStart {
  /** The index of the first item of the line. */
  readonly at: number;
  /** The line is indented further than the first one. */
  readonly deeper: boolean;
}

/** One line such as `set system host-name web` */
export interface Command {
  readonly kind: "command";
  readonly verb: Verb;
  readonly verbWord: Word;
  readonly items: readonly Item[];
}

/** One line such as `edit security policies` */
export interface LevelCommand {
  readonly kind: "level";
  readonly verb: LevelVerb;
  readonly verbWord: Word;
  readonly items: readonly Item[];
}

export type Part = Statement | Command | LevelCommand;

const noTags: readonly Tag[] = [];
/** More than there are; who repeats them is told so by those that are kept. */
const tagsCountMax = 16;

export function isList(item: Item): item is WordList {
  return "words" in item;
}

function includes<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}

export interface Parsed {
  readonly parts: readonly Part[];
  /** Where a block begins that is not closed: statements below it may stand in the wrong block. */
  readonly unclosed: Span | undefined;
}

/** A text on its way: what it has of statements and commands, each read when it is asked for. */
export interface Reading {
  readonly parts: Iterable<Part>;
  /** As in `Parsed`, once all parts were read. */
  readonly unclosed: Span | undefined;
}

/** Reads a text; what could not be understood is in the report, when the parts were read, and left out of them. */
export function readText(text: string, source: string, report: Report, line = 1): Reading {
  if (text.length > textLengthMax) {
    const start = { source, line: 1, column: 1, endLine: 1, endColumn: 1 };
    report.error("syntax.too-long", start, `the text of ${text.length} characters is too long`, {
      hint: `a configuration text has at most ${textLengthMax} characters; split it`,
    });
    return { parts: [], unclosed: undefined };
  }
  const binary = findBinary(text, source);
  if (binary !== undefined) {
    report.error("syntax.binary", binary, "a character that does not belong in a text stands here", {
      hint: "load a UTF-8 text file without control characters",
    });
  }
  return new Parser(new Tokens(text, source, report, line), report);
}

/** Reads a whole text, whose first line has the number `line`; what could not be understood is in the report and left out of the result. */
export function parseText(text: string, source: string, report: Report, line = 1): Parsed {
  const reading = readText(text, source, report, line);
  const parts = Array.from(reading.parts, (part) => (part.kind === "statement" ? whole(part) : part));
  return { parts, unclosed: reading.unclosed };
}

/** The statement with everything in it read. */
function whole(statement: Statement): Statement {
  return statement.body === undefined ? statement : { ...statement, body: Array.from(statement.body, whole) };
}

/** Statements that stand in a part of a text, such as a patch. */
export interface ParsedStatements {
  readonly statements: readonly Statement[];
  /** The text of a comment behind the last statement. */
  readonly comment: string | undefined;
}

/** Reads statements alone; `line` is the number of the text's first line. */
export function parseStatements(text: string, source: string, line: number, report: Report): ParsedStatements {
  return new Parser(new Tokens(text, source, report, line), report).statements();
}

/** `{master:0}`, `{primary:node0}[edit]`, `[edit security]` alone on its line, `admin@fw-1#`, `root>` of a device without name. */
export const promptPattern =
  /^(?:\{(?:master|backup|primary|secondary|linecard|hold|lost|disabled|ineligible)[\w:-]*\}(?:\[edit[^\]]*\])?|\[edit[^\]]*\](?=\s*$)|(?:[\w.-]+@[\w.:-]+|root)[>#%](?=\s|$))/;

function mayBePrompt(kind: TokenKind, text: string): boolean {
  return kind === "{" || kind === "[" || (kind === "word" && (text.includes("@") || /^root[>#%]$/.test(text)));
}

interface Opener {
  readonly span: Span;
  /** The column of the first word of the statement that opened the block. */
  readonly indent: number;
}

/** Whoever leaves a loop over it leaves the rest to be read, where a generator alone would end. */
function resumable<T>(statements: Iterator<T>): Iterable<T> {
  const rest = { next: () => statements.next() };
  return { [Symbol.iterator]: () => rest };
}

/** Reads what nobody asked for of a statement's block: the next statement stands behind it. */
function passOver({ body = [] }: Statement): void {
  for (const _ of body);
}

function withLines(statement: Statement, starts: readonly LineStart[] | undefined, wentOn = false): Statement {
  return starts === undefined ? statement : { ...statement, lines: { starts, wentOn } };
}

/** Holds the place in the text while it is read. */
class Parser implements Reading {
  private readonly tokens: Tokens;
  private readonly report: Report;
  private readonly open: Opener[] = [];
  /** The first block whose closing brace stands further left than its start: probably the one left open. */
  private suspect: Opener | undefined;
  private comment: string | undefined;
  unclosed: Span | undefined;

  constructor(tokens: Tokens, report: Report) {
    this.tokens = tokens;
    this.report = report;
    tokens.next();
  }

  get parts(): Iterable<Part> {
    return this.readParts();
  }

  private *readParts(): Generator<Part> {
    while (this.tokens.kind !== "end" && !this.report.full) {
      if (this.tokens.kind === "}") this.strayBrace();
      else if (this.skipPrompt()) this.comment = undefined;
      else if (this.isCommand()) {
        this.comment = undefined;
        yield this.command();
      } else {
        const statement = this.statementOrNothing();
        if (statement === undefined) continue;
        yield statement;
        passOver(statement);
      }
    }
    this.reportOpenBlocks();
  }

  statements(): ParsedStatements {
    const statements: Statement[] = [];
    while (this.tokens.kind !== "end" && !this.report.full) {
      const statement = this.tokens.kind === "}" ? this.strayBrace() : this.statementOrNothing();
      if (statement !== undefined) statements.push(whole(statement));
    }
    this.reportOpenBlocks();
    return { statements, comment: this.comment };
  }

  /** Passes over a line that was pasted with the prompt of a device, with an error. */
  private skipPrompt(): boolean {
    const { tokens } = this;
    if (!tokens.startsLine || tokens.quoted || !mayBePrompt(tokens.kind, tokens.text)) return false;
    const prompt = promptPattern.exec(tokens.restOfLine())?.[0].trimEnd();
    if (prompt === undefined) return false;
    const { source, line, column } = tokens;
    const place = { source, line, column, endLine: line, endColumn: column + prompt.length };
    this.report.error("syntax.prompt", place, `the prompt "${prompt}" of a device stands here`, {
      hint: "delete it, so that the line begins with its command, or is empty",
    });
    tokens.skipLine();
    return true;
  }

  private strayBrace(): undefined {
    this.report.error("syntax.stray-brace", this.tokens, 'this "}" closes nothing', {
      hint: "delete it, or look for a block above that is closed too early",
    });
    this.tokens.next();
  }

  private isCommand(): boolean {
    const { kind, quoted, text, startsLine } = this.tokens;
    return kind === "word" && !quoted && startsLine && (includes(verbs, text) || includes(levelVerbs, text));
  }

  private command(): Command | LevelCommand {
    const verbWord = this.tokens.word();
    const items: Item[] = [];
    this.tokens.next();
    while (this.tokens.kind !== "end" && !this.tokens.startsLine) {
      if (this.tokens.kind === "word") {
        items.push(this.tokens.word());
        this.tokens.next();
      } else if (this.tokens.kind === "[") items.push(this.wordList());
      else if (this.tokens.kind === "comment") this.tokens.next();
      else {
        this.report.error("syntax.unexpected-mark", this.tokens, `"${this.tokens.text}" does not belong in a command`, {
          hint: `a ${verbWord.text} line ends at the end of the line; put a value that holds ${this.tokens.text} in quotes`,
        });
        this.tokens.next();
      }
    }
    const { text: verb } = verbWord;
    if (includes(levelVerbs, verb)) return { kind: "level", verb, verbWord, items };
    assert(includes(verbs, verb));
    return { kind: "command", verb, verbWord, items };
  }

  /** The statements of a block whose first token is the present one, and the brace that closes it. */
  private *block(opener: Opener): Generator<Statement> {
    const { tokens } = this;
    while (tokens.kind !== "end" && tokens.kind !== "}" && !this.report.full) {
      const statement = this.statementOrNothing();
      if (statement === undefined) continue;
      yield statement;
      passOver(statement);
    }
    this.comment = undefined;
    if (tokens.kind !== "}") return;
    if (tokens.startsLine && tokens.column < opener.indent) this.suspect ??= opener;
    this.open.pop();
    tokens.next();
  }

  /** Reads one statement, comment or stray mark. */
  private statementOrNothing(): Statement | undefined {
    const { tokens } = this;
    switch (tokens.kind) {
      case "comment":
        this.takeComment();
        return undefined;
      case ";":
        tokens.next();
        return undefined;
      case "]":
      case "[":
      case "{":
        this.report.error("syntax.unexpected-mark", tokens, `"${tokens.text}" stands where a statement should begin`);
        if (tokens.kind === "{") this.skipBlock();
        else if (tokens.kind === "[") this.wordList();
        else tokens.next();
        return undefined;
      default:
        return this.statement();
    }
  }

  /** A comment belongs to the statement after it, unless it ends a line on which something else stands. */
  private takeComment(): void {
    const { tokens } = this;
    const { text, startsLine, endLine } = tokens;
    const place = plainSpan(tokens);
    tokens.next();
    if (text === "" || (!startsLine && tokens.line > endLine)) return;
    const { comment } = this;
    // The length first: to join what is refused costs as much as to keep it.
    if (comment === undefined) this.comment = text;
    else if (comment.length + 1 + text.length <= wordLengthMax) this.comment = `${comment}\n${text}`;
    else {
      this.report.error("syntax.too-long", place, "the comments before a statement are too long together", {
        hint: `they have at most ${wordLengthMax} characters`,
      });
    }
  }

  private statement(): Statement | undefined {
    const { tokens } = this;
    const indent = tokens.column;
    const { comment } = this;
    this.comment = undefined;
    const statementTags = this.statementTags();
    const items: Item[] = [];
    /** Made when there is a second line: most statements have none. */
    let starts: LineStart[] | undefined;
    for (;;) {
      switch (tokens.kind) {
        case "word":
          if (items.length > 0 && tokens.startsLine) {
            const deeper = tokens.column > indent;
            if (this.beginsAnew(deeper)) {
              reportMissingSemicolon(this.report, items.at(-1));
              return withLines({ kind: "statement", tags: statementTags, comment, items, body: undefined }, starts);
            }
            (starts ??= []).push({ at: items.length, deeper });
          }
          items.push(tokens.word());
          tokens.next();
          break;
        case "[":
          items.push(this.wordList());
          break;
        case "]":
          this.report.error("syntax.unexpected-mark", tokens, 'this "]" closes nothing');
          tokens.next();
          break;
        case "comment":
          tokens.next();
          break;
        case "{":
          return this.withBody(statementTags, comment, items, starts, indent);
        case "}":
        case "end":
        case ";": {
          const ended = tokens.kind === ";";
          const statement = this.withoutBody(statementTags, comment, items);
          if (statement === undefined) return undefined;
          return withLines(
            statement,
            starts,
            ended && starts?.some(({ deeper }) => deeper) === true && this.wentOnBelow(indent),
          );
        }
      }
    }
  }

  /** A line that can be no part of the statement before it: it begins with a tag, or with a command at the top. */
  private beginsAnew(deeper: boolean): boolean {
    const { quoted, text } = this.tokens;
    return (!quoted && includes(tags, text)) || (!deeper && this.open.length === 0 && this.isCommand());
  }

  /** Whether the present line stands deeper than a statement before it, or closes a block at its column. */
  private wentOnBelow(indent: number): boolean {
    const { kind, startsLine, column } = this.tokens;
    return kind !== "end" && startsLine && (column > indent || (kind === "}" && column === indent));
  }

  private statementTags(): readonly Tag[] {
    const { tokens } = this;
    let found = noTags;
    for (let { text } = tokens; tokens.kind === "word" && !tokens.quoted && includes(tags, text); { text } = tokens) {
      if (found.length < tagsCountMax) found = [...found, text];
      tokens.next();
    }
    return found;
  }

  private withoutBody(
    statementTags: readonly Tag[],
    comment: string | undefined,
    items: readonly Item[],
  ): Statement | undefined {
    const { tokens } = this;
    if (items.length === 0) {
      this.report.error(
        "syntax.missing-statement",
        tokens,
        `a statement is missing after "${statementTags.at(-1) ?? ""}"`,
      );
      if (tokens.kind === ";") tokens.next();
      return undefined;
    }
    if (tokens.kind === ";") tokens.next();
    else reportMissingSemicolon(this.report, items.at(-1));
    return { kind: "statement", tags: statementTags, comment, items, body: undefined };
  }

  private withBody(
    statementTags: readonly Tag[],
    comment: string | undefined,
    items: readonly Item[],
    starts: readonly LineStart[] | undefined,
    indent: number,
  ): Statement | undefined {
    const { tokens } = this;
    if (items.length === 0 || this.open.length >= depthMax) {
      if (items.length === 0)
        this.report.error("syntax.missing-statement", tokens, 'a statement is missing before "{"');
      else {
        this.report.error("syntax.too-deep", tokens, `blocks are nested more than ${depthMax} deep`, {
          hint: "this is no configuration of this system",
        });
      }
      this.skipBlock();
      return undefined;
    }
    const opener = { span: plainSpan(tokens), indent };
    this.open.push(opener);
    tokens.next();
    const body = resumable(this.block(opener));
    return withLines({ kind: "statement", tags: statementTags, comment, items, body }, starts);
  }

  private wordList(): WordList {
    const { tokens } = this;
    const opening = tokens.word();
    const words: Word[] = [];
    tokens.next();
    for (;;) {
      if (tokens.kind === "word") words.push(tokens.word());
      else if (tokens.kind !== "comment") break;
      tokens.next();
    }
    const { source, line, column } = opening;
    const last = tokens.kind === "]" ? tokens : (words.at(-1) ?? opening);
    const list = { words, source, line, column, endLine: last.endLine, endColumn: last.endColumn };
    if (tokens.kind === "]") tokens.next();
    else {
      this.report.error("syntax.unclosed-list", opening, 'the "[" here is not closed', {
        hint: 'end the list with "]"',
      });
      if (tokens.kind === "[") tokens.next();
    }
    return list;
  }

  /** Passes over a block that is of no use, with all blocks inside. */
  private skipBlock(): void {
    let depth = 0;
    do {
      if (this.tokens.kind === "{") depth += 1;
      else if (this.tokens.kind === "}") depth -= 1;
      this.tokens.next();
    } while (depth > 0 && this.tokens.kind !== "end");
  }

  private reportOpenBlocks(): void {
    if (this.report.full) return;
    const opener = this.suspect ?? this.open.at(-1);
    if (this.open.length === 0 || opener === undefined) return;
    const count = this.open.length;
    this.unclosed = opener.span;
    this.report.error("syntax.unclosed-brace", opener.span, 'the block that this "{" opens is not closed', {
      hint: `add ${count === 1 ? 'a "}"' : `${count} "}"`}; the indentation of the lines after it shows where`,
    });
  }
}
