// Syntax errors by row: the text, and each error as `line:column code`. Good text is covered by the laws and load.test.ts.

import { describe, expect, test } from "vitest";
import { depthMax, parseText } from "./parse.ts";
import { Report } from "./report.ts";
import { textLengthMax, wordLengthMax } from "./tokens.ts";

function errorsOf(text: string): string[] {
  const report = new Report();
  parseText(text, "test", report);
  return report.diagnostics.map(({ code, span }) => `${span?.line}:${span?.column} ${code.replace("syntax.", "")}`);
}

describe("syntax errors", () => {
  test.each<[name: string, text: string, errors: string[]]>([
    ["nothing", "", []],
    ["blanks and comments", " \n\t# a comment\n/* another */ ## SECRET-DATA\n", []],
    ["empty statements", ";;;\na;;\n", []],
    ["several statements on a line", "a b; c { d; e f; } g;", []],
    ["semicolon missing before a brace", "a {\n    b c\n}\n", ["2:8 missing-semicolon"]],
    ["a statement on two lines: the schema says whether a semicolon is missing", "a b\nc d;\n", []],
    ["semicolon missing before a command", "a b\nset c d\n", ["1:4 missing-semicolon"]],
    ["semicolon missing before a tag", "a { b\n  inactive: c; }", ["1:6 missing-semicolon"]],
    ["semicolon missing at the end of the text", "a b", ["1:4 missing-semicolon"]],
    ["semicolon missing after a list, before a command", "a [ b c ]\nset d e", ["1:10 missing-semicolon"]],
    ["block on the next line", "a\n{\n    b;\n}\n", []],
    ["list over several lines", "a [\n    b\n    c\n];", []],
    ["brace not closed", "a {\n    b {\n        c;\n    }\n", ["1:3 unclosed-brace"]],
    [
      "inner brace not closed, seen by the indentation",
      "a {\n    b {\n        c;\n    d;\n}\n",
      ["2:7 unclosed-brace"],
    ],
    ["brace that closes nothing", "a {\n}\n}\nb;\n}", ["3:1 stray-brace", "5:1 stray-brace"]],
    ["list not closed by a semicolon", "a [ b c;\nd;", ["1:3 unclosed-list"]],
    ["list not closed by a brace", "x { a [ b c }", ["1:7 unclosed-list", "1:12 missing-semicolon"]],
    ["list in a list", "a [ b [ c ] ];", ["1:3 unclosed-list", "1:11 unexpected-mark", "1:13 unexpected-mark"]],
    ["bracket that closes nothing", "a ] b;", ["1:3 unexpected-mark"]],
    ["bracket at the start", "[ a ];", ["1:1 unexpected-mark"]],
    ["block without a statement", "{ a; { b; } } c;", ["1:1 unexpected-mark"]],
    ["block after a tag", "inactive: { a; }", ["1:11 missing-statement"]],
    ["tag without a statement", "a { inactive: }", ["1:15 missing-statement"]],
    ["tag before a semicolon", "inactive: ;", ["1:11 missing-statement"]],
    ["string not closed at the end", 'a "b\nc;\n', ["1:3 unterminated-string"]],
    ["string closed by the next string's quote", 'a "b;\nc "d";\n', ["1:3 unterminated-string"]],
    ["string over several lines", 'a "b\nc\nd";', []],
    ["string with escapes", String.raw`a "b \" c \\";`, []],
    ["word right after a string", 'a "b"c;', ["1:3 text-after-string"]],
    ["comment not closed", "a;\n  /* b\nc;", ["2:3 unterminated-comment"]],
    ["comment inside a statement", "a /* b */ c; # d\n", []],
    ["hash and slash inside a word", "a b#c d/*e;", []],
    ["NUL", "a\u0000b;", ["1:2 binary"]],
    ["a byte that is no UTF-8", "a;\nb \ufffd;", ["2:3 binary"]],
    ["escape character", "a \u001b[31mb;", ["1:3 binary", "1:4 unclosed-list"]],
    ["semicolon in a command", "set a b;\nset c d\n", ["1:8 unexpected-mark"]],
    ["brace in a command", "set a {\nb;\n}\n", ["1:7 unexpected-mark", "3:1 stray-brace"]],
    ["quoted marks in a command", 'set a "{;}"\n', []],
    ["a command's word is no command inside a block", "a { set b; }", []],
    ["CRLF", "a {\r\n    b\r\n}\r\n", ["2:6 missing-semicolon"]],
    ["byte order mark", "\ufeffa b\n", ["1:4 missing-semicolon"]],
  ])("%s", (_, text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });
});

describe("limits", () => {
  test("blocks nest 64 deep", () => {
    const nested = (depth: number): string => `${"a {".repeat(depth)} b; ${"}".repeat(depth)}`;
    expect(errorsOf(nested(depthMax))).toEqual([]);
    expect(errorsOf(nested(depthMax + 1))).toEqual([`1:${depthMax * 3 + 3} too-deep`]);
    expect(errorsOf(nested(100_000))).toEqual([`1:${depthMax * 3 + 3} too-deep`]);
    expect(errorsOf("{".repeat(100_000))).toHaveLength(1);
  });

  test("comments before a statement have together at most 64 Ki characters", () => {
    const half = (extra: number): string => `/*${"b".repeat(wordLengthMax / 2 + extra)}*/\n`;
    expect(errorsOf(`${half(-1)}${half(0)}a;`)).toEqual([]);
    expect(errorsOf(`${half(0)}${half(0)}a;`)).toEqual(["2:1 too-long"]);
  });

  test("a word has at most 64 Ki characters", () => {
    expect(errorsOf(`a ${"b".repeat(wordLengthMax)};`)).toEqual([]);
    expect(errorsOf(`a ${"b".repeat(wordLengthMax + 1)};`)).toEqual(["1:3 too-long"]);
    expect(errorsOf(`a "${"b".repeat(wordLengthMax + 1)}";`)).toEqual(["1:3 too-long"]);
    expect(errorsOf(`/*${"b".repeat(wordLengthMax + 1)}*/ a;`)).toEqual(["1:1 too-long"]);
  });

  test("a text has at most 64 Mi characters", () => {
    expect(errorsOf(" ".repeat(textLengthMax + 1))).toEqual(["1:1 too-long"]);
  });

  test("at most 100 errors are kept, and the rest is counted", () => {
    const report = new Report();
    parseText("]\n".repeat(500), "test", report);
    expect(report.diagnostics).toHaveLength(100);
    expect(report.full).toBe(true);
    report.error("syntax.binary", undefined, "one more");
    expect(report.diagnostics.at(-1)).toMatchObject({ code: "load.too-many", message: "1 more error is not shown" });
  });
});

describe("what is read", () => {
  function partsOf(text: string): unknown {
    const report = new Report();
    const { parts } = parseText(text, "test", report);
    expect(report.diagnostics).toEqual([]);
    return JSON.parse(JSON.stringify(parts), (key, value: unknown) =>
      ["source", "line", "column", "endLine", "endColumn", "verbWord", "quoted", "kind"].includes(key)
        ? undefined
        : value,
    );
  }

  test.each<[name: string, text: string, parts: unknown]>([
    ["tags", "inactive: protect: a;", [{ tags: ["inactive:", "protect:"], items: [{ text: "a" }] }]],
    ["a quoted tag is a word", '"inactive:" a;', [{ tags: [], items: [{ text: "inactive:" }, { text: "a" }] }]],
    ["a comment before", "/* one */\n/* two */\na;", [{ tags: [], comment: "one\ntwo", items: [{ text: "a" }] }]],
    [
      "a comment behind is dropped",
      "a; /* one */\nb;",
      [
        { tags: [], items: [{ text: "a" }] },
        { tags: [], items: [{ text: "b" }] },
      ],
    ],
    [
      "a comment before on the same line",
      "a; /* one */ b;",
      [
        { tags: [], items: [{ text: "a" }] },
        { tags: [], comment: "one", items: [{ text: "b" }] },
      ],
    ],
    [
      "a comment at the end of a block is dropped",
      "a { b; \n /* one */ } c;",
      [
        { tags: [], items: [{ text: "a" }], body: [{ tags: [], items: [{ text: "b" }] }] },
        { tags: [], items: [{ text: "c" }] },
      ],
    ],
    ["escapes", String.raw`a "x\"y\\z\n";`, [{ tags: [], items: [{ text: "a" }, { text: String.raw`x"y\z\n` }] }]],
    ["a multi-line string in CRLF text", 'a "x\r\ny";', [{ tags: [], items: [{ text: "a" }, { text: "x\ny" }] }]],
    ["a list", "a [ b c ];", [{ tags: [], items: [{ text: "a" }, { words: [{ text: "b" }, { text: "c" }] }] }]],
    [
      "commands",
      "set a b\nedit c\ntop",
      [
        { verb: "set", items: [{ text: "a" }, { text: "b" }] },
        { verb: "edit", items: [{ text: "c" }] },
        { verb: "top", items: [] },
      ],
    ],
  ])("%s", (_, text, parts) => {
    expect(partsOf(text)).toEqual(parts);
  });

  test("spans are exact", () => {
    const report = new Report();
    const { parts } = parseText('ab "c d" [ e\n f ];', "file.conf", report);
    const [statement] = parts;
    expect(
      statement?.items.map(({ source, line, column, endLine, endColumn }) => [
        source,
        line,
        column,
        endLine,
        endColumn,
      ]),
    ).toEqual([
      ["file.conf", 1, 1, 1, 3],
      ["file.conf", 1, 4, 1, 9],
      ["file.conf", 1, 10, 2, 5],
    ]);
  });
});
