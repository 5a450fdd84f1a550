// Tokens by row: kind, text, and place as `line:column-line:column`.

import { describe, expect, test } from "vitest";
import { Report } from "./report.ts";
import { findBinary, Tokens } from "./tokens.ts";

function tokensOf(text: string): string[] {
  const report = new Report();
  const tokens = new Tokens(text, "test", report);
  const found: string[] = [];
  for (tokens.next(); tokens.kind !== "end"; tokens.next()) {
    const { kind, text: word, quoted, line, column, endLine, endColumn, startsLine } = tokens;
    found.push(
      `${startsLine ? "^" : ""}${kind}${quoted ? "!" : ""} ${JSON.stringify(word)} ${line}:${column}-${endLine}:${endColumn}`,
    );
  }
  expect(report.diagnostics).toEqual([]);
  return found;
}

describe("tokens", () => {
  test.each<[name: string, text: string, tokens: string[]]>([
    ["nothing", "", []],
    ["blanks", " \t\r\n\u000b\n", []],
    ["words", "ab c-d\n e", ['^word "ab" 1:1-1:3', 'word "c-d" 1:4-1:7', '^word "e" 2:2-2:3']],
    [
      "marks without blanks",
      "a{[b];}",
      [
        '^word "a" 1:1-1:2',
        '{ "{" 1:2-1:3',
        '[ "[" 1:3-1:4',
        'word "b" 1:4-1:5',
        '] "]" 1:5-1:6',
        '; ";" 1:6-1:7',
        '} "}" 1:7-1:8',
      ],
    ],
    ["numbers in brackets", "ge-0/0/[0-3,!2] a[1]b", ['^word "ge-0/0/[0-3,!2]" 1:1-1:16', 'word "a[1]b" 1:17-1:22']],
    [
      "a list behind a word",
      "a[b] c[1 2]",
      [
        '^word "a" 1:1-1:2',
        '[ "[" 1:2-1:3',
        'word "b" 1:3-1:4',
        '] "]" 1:4-1:5',
        'word "c" 1:6-1:7',
        '[ "[" 1:7-1:8',
        'word "1" 1:8-1:9',
        'word "2" 1:10-1:11',
        '] "]" 1:11-1:12',
      ],
    ],
    ["a string", '"a b"', ['^word! "a b" 1:1-1:6']],
    ["an empty string", '""', ['^word! "" 1:1-1:3']],
    ["a string over lines", '"a\nb" c', ['^word! "a\\nb" 1:1-2:3', 'word "c" 2:4-2:5']],
    ["escapes", String.raw`"\"\\\n"`, [String.raw`^word! "\"\\\\n" 1:1-1:9`]],
    ["a comment", "/* a\n b */ c", ['^comment "a\\n b" 1:1-2:6', 'word "c" 2:7-2:8']],
    ["an empty comment", "/**/", ['^comment "" 1:1-1:5']],
    ["a hash comment", "a # b { \n#c\nd", ['^word "a" 1:1-1:2', '^word "d" 3:1-3:2']],
    ["a slash is a word", "/ /a a/*b", ['^word "/" 1:1-1:2', 'word "/a" 1:3-1:5', 'word "a/*b" 1:6-1:10']],
    ["a byte order mark", "\ufeffa", ['^word "a" 1:1-1:2']],
    ["letters of other scripts", "日本 ü", ['^word "日本" 1:1-1:3', 'word "ü" 1:4-1:5']],
    ["a lone carriage return is a blank", "a\rb", ['^word "a" 1:1-1:2', 'word "b" 1:3-1:4']],
  ])("%s", (_, text, expected) => {
    expect(tokensOf(text)).toEqual(expected);
  });
});

describe("binary text", () => {
  test.each<[text: string, place: string | undefined]>([
    ["plain\ttext\r\n\f", undefined],
    ["\u0000", "1:1"],
    ["a\nbc\u0007", "2:3"],
    ["a\r\n\u007f", "2:1"],
    ["\ufffd", "1:1"],
  ])("%j", (text, place) => {
    const span = findBinary(text, "test");
    expect(span === undefined ? undefined : `${span.line}:${span.column}`).toBe(place);
  });
});
