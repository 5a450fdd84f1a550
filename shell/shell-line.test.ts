// What of a line is the shell's own, by row.

import { describe, expect, test } from "vitest";
import { cutLines, cutPipes, isOpenQuote, placedWords, splitWords } from "./line-parts.ts";
import { readShellLine } from "./shell-line.ts";
import type { ShellLine } from "./shell-line.ts";

const command = (line: string, rest: Partial<Extract<ShellLine, { kind: "command" }>> = {}) =>
  expect.objectContaining({ kind: "command", line, holds: false, pages: true, ...rest }) as unknown;

describe("operational mode", () => {
  test.each<[line: string, expected: unknown]>([
    ["show version", command("show version")],
    ["show version | no-more", command("show version | no-more", { pages: false })],
    ["show version | no", command("show version | no", { pages: false })],
    ["show version | hold", command("show version | hold", { holds: true })],
    [
      "show version | match x | save out.txt",
      command("show version | match x ", { saveAs: { file: "out.txt", how: "replace", shows: false } }),
    ],
    [
      "show version | append out.txt",
      command("show version ", { saveAs: { file: "out.txt", how: "append", shows: false } }),
    ],
    [
      "show version | app out.txt",
      command("show version ", { saveAs: { file: "out.txt", how: "append", shows: false } }),
    ],
    ["show version | tee b", command("show version ", { saveAs: { file: "b", how: "replace", shows: true } })],
    ["show version | te b", command("show version ", { saveAs: { file: "b", how: "replace", shows: true } })],
    ["show version | t 3", command("show version | t 3")],
    ["show version | tee", { kind: "wrong", message: "| tee takes the name of a file" }],
    ["show version | tee a | match x", { kind: "wrong", message: "nothing may follow | tee" }],
    ["show version | append", { kind: "wrong", message: "| append takes the name of a file" }],
    ["show version | append a | save b", { kind: "wrong", message: "nothing may follow | append" }],
    ['show version | match "| save y"', command('show version | match "| save y"')],
    ["show version | save", { kind: "wrong", message: "| save takes the name of a file" }],
    ["show version | save a b", { kind: "wrong", message: "| save takes the name of a file" }],
    ["show version | save a | count", { kind: "wrong", message: "nothing may follow | save" }],
    ["exit", { kind: "exit", line: "exit", wholeMode: false }],
    ["ex", { kind: "exit", line: "ex", wholeMode: false }],
    ["q", { kind: "exit", line: "q", wholeMode: false }],
    ["e", command("e")],
    ["load merge terminal", command("load merge terminal")],
    ["save x", command("save x")],
    ['show "open', command('show "open')],
  ])("%s", (line, expected) => {
    expect(readShellLine(line, false)).toEqual(expected);
  });
});

describe("configuration mode", () => {
  test.each<[line: string, expected: unknown]>([
    ["load merge terminal", { kind: "load", line: "load merge terminal" }],
    ["lo me ter relative", { kind: "load", line: "lo me ter relative" }],
    ["load override new.conf", { kind: "load", line: "load override new.conf", file: "new.conf" }],
    ["load factory-default", command("load factory-default")],
    ["load merge", command("load merge")],
    ["save out.conf", { kind: "save", file: "out.conf" }],
    ["save", { kind: "wrong", message: "save takes the name of a file" }],
    ["exit configuration-mode", { kind: "exit", line: "exit configuration-mode", wholeMode: true }],
    ["exit a b", command("exit a b")],
    ["set system host-name exit", command("set system host-name exit")],
  ])("%s", (line, expected) => {
    expect(readShellLine(line, true)).toEqual(expected);
  });
});

describe("parts of a line", () => {
  test.each([
    ["", []],
    ["   ", []],
    ["set a  b", ["set", "a", "b"]],
    ['set a "b c" d', ["set", "a", "b c", "d"]],
    [String.raw`x "a \"b\" \\"`, ["x", 'a "b" \\']],
    ['x ""', ["x", ""]],
    ['x a"b c"d', ["x", "ab cd"]],
    ['set "a', undefined],
  ])("words of %s", (line, expected) => {
    expect(splitWords(line)).toEqual(expected);
  });

  test("words have places", () => {
    expect(placedWords(' a "b c" d')).toEqual([
      { text: "a", start: 1, end: 2, quoted: false },
      { text: "b c", start: 3, end: 8, quoted: true },
      { text: "d", start: 9, end: 10, quoted: false },
    ]);
  });

  test("pipes and semicolons in quotes are text", () => {
    expect(cutPipes('a "x | y" | b|').map(({ text, start }) => [text, start])).toEqual([
      ['a "x | y" ', 0],
      [" b", 11],
      ["", 14],
    ]);
    expect(cutLines('configure; set x "a;b" ;commit')).toEqual(["configure", 'set x "a;b"', "commit"]);
  });

  test.each([
    ['a "b', true],
    ['a "b"', false],
    [String.raw`a "b\"`, true],
    ["", false],
  ])("%s ends inside quotes: %s", (text, expected) => {
    expect(isOpenQuote(text)).toBe(expected);
  });
});
