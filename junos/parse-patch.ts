// The text of `show | compare` → sections of runs: lines of one sign that follow each other. The statements in a run are
// read by the parser of configuration texts at their own lines and columns, so errors point into the patch. Indentation
// after the sign has no meaning but one: it is cut from the later lines of an annotation.

import { parseStatements, parseText } from "./parse.ts";
import type { Item, Statement } from "./parse.ts";
import type { Report } from "./report.ts";
import { findBinary, textLengthMax } from "./tokens.ts";

export type Sign = "+" | "-" | "!" | " ";

/** Lines of one sign. */
export interface Run {
  readonly sign: Sign;
  readonly line: number;
  readonly statements: readonly Statement[];
  /** An annotation behind the last statement: it belongs to what the next run says. */
  readonly comment: string | undefined;
}

export interface Section {
  /** The words between `[edit` and `]`. */
  readonly words: readonly Item[];
  readonly line: number;
  readonly runs: readonly Run[];
}

interface OpenSection {
  readonly words: readonly Item[];
  readonly line: number;
  readonly runs: Run[];
  /** The columns between the sign and the statements. */
  pad: string | undefined;
}

/** What could not be understood is in the report. */
export function parsePatch(text: string, source: string, report: Report): readonly Section[] {
  if (!isReadable(text, source, report)) return [];
  const sections: OpenSection[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  for (let at = 0; at < lines.length && !report.full;) {
    const line = lines[at] ?? "";
    if (/^\s*\[\s*edit\b/.test(line)) {
      sections.push({ words: wordsOfHeader(line, source, at + 1, report), line: at + 1, runs: [], pad: undefined });
      at += 1;
      continue;
    }
    if (line.trim() === "") {
      at += 1;
      continue;
    }
    const section = sections.at(-1);
    const sign = line.charAt(0);
    if (section === undefined || !isSign(sign)) {
      const message = section === undefined ? "a change stands before the first [edit …]" : "the line has no sign";
      const place = { source, line: at + 1, column: 1, endLine: at + 1, endColumn: line.length + 1 };
      report.error("patch.bad-line", place, message, {
        hint: "a patch is what show | compare prints: [edit …], then lines that begin with +, -, ! or a blank",
      });
      at += 1;
      continue;
    }
    const end = endOfRun(lines, at, sign);
    section.pad ??= /^ */.exec(line.slice(1))?.[0] ?? "";
    section.runs.push(parseRun(sign, lines.slice(at, end), source, at + 1, section.pad, report));
    at = end;
  }
  return sections;
}

function isReadable(text: string, source: string, report: Report): boolean {
  if (text.length > textLengthMax) {
    const start = { source, line: 1, column: 1, endLine: 1, endColumn: 1 };
    report.error("syntax.too-long", start, `the text of ${text.length} characters is too long`, {
      hint: `a patch has at most ${textLengthMax} characters; split it`,
    });
    return false;
  }
  const binary = findBinary(text, source);
  if (binary !== undefined) {
    report.error("syntax.binary", binary, "a character that does not belong in a text stands here", {
      hint: "load a UTF-8 text file without control characters",
    });
  }
  return binary === undefined;
}

function isSign(text: string): text is Sign {
  return text === "+" || text === "-" || text === "!" || text === " ";
}

/** Context lines and `!` lines stand alone; lines with `+` or `-` may form one statement. */
function endOfRun(lines: readonly string[], start: number, sign: Sign): number {
  let end = start + 1;
  if (sign === "+" || sign === "-") while (lines[end]?.charAt(0) === sign) end += 1;
  return end;
}

/** `[edit security zones]` read as the command line `edit security zones`, at the same columns. */
function wordsOfHeader(line: string, source: string, number: number, report: Report): readonly Item[] {
  const close = line.lastIndexOf("]");
  const command = line.slice(0, close < 0 ? line.length : close).replace("[", " ");
  const { parts } = parseText(command, source, report, number);
  const [part] = parts;
  if (close >= 0 && parts.length === 1 && part?.kind === "level" && part.verb === "edit") return part.items;
  const place = { source, line: number, column: 1, endLine: number, endColumn: line.length + 1 };
  report.error("patch.bad-line", place, "this is no [edit …] line", { hint: "write [edit] or [edit security zones]" });
  return [];
}

function parseRun(
  sign: Sign,
  lines: readonly string[],
  source: string,
  line: number,
  pad: string,
  report: Report,
): Run {
  const shortened = sign === "!" || sign === " ";
  const text = lines.map((one) => ` ${shortened ? withoutBlock(one.slice(1)) : one.slice(1)}`).join("\n");
  const { statements, comment } = parseStatements(text, source, line, report);
  return { sign, line, statements: statements.map((one) => unpadded(one, pad)), comment: unpad(comment, pad) };
}

/** `policy p1 { ... }` names a statement. */
function withoutBlock(line: string): string {
  return line.replace(/\s*\{\s*\.\.\.\s*\}\s*$/, ";");
}

function unpadded(statement: Statement, pad: string): Statement {
  const body = statement.body === undefined ? undefined : Array.from(statement.body, (one) => unpadded(one, pad));
  return { ...statement, body, comment: unpad(statement.comment, pad) };
}

function unpad(comment: string | undefined, pad: string): string | undefined {
  return comment?.replaceAll(`\n ${pad}`, "\n");
}
