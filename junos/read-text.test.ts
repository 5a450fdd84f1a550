// A text read statement by statement: what is not asked for is passed over, and the result is the one of reading it whole.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { loadConfiguration } from "./load.ts";
import { parseText, readText } from "./parse.ts";
import type { Item, Part, Statement } from "./parse.ts";
import { printTree } from "./print.ts";
import { Report } from "./report.ts";
import { printSetLines } from "./set-lines.ts";
import { Tokens } from "./tokens.ts";
import { emptyTree } from "./tree.ts";

const wordsOf = (items: readonly Item[]): string =>
  items.map((item) => ("words" in item ? `[${item.words.map(({ text }) => text).join(" ")}]` : item.text)).join(" ");

/** As much of a part as a test shows. */
function shown(part: Part): string {
  if (part.kind !== "statement") return `${part.verb} ${wordsOf(part.items)}`;
  const { body } = part;
  return body === undefined ? wordsOf(part.items) : `${wordsOf(part.items)} { ${Array.from(body, shown).join("; ")} }`;
}

function read(text: string, take: (part: Part) => string): { parts: string[]; errors: string[]; unclosed: unknown } {
  const report = new Report();
  const reading = readText(text, "test", report);
  const parts = Array.from(reading.parts, take);
  return { parts, errors: report.diagnostics.map(({ code }) => code), unclosed: reading.unclosed };
}

const heads = (part: Part): string => wordsOf(part.items);

describe("blocks that nobody asks for", () => {
  test.each<[string, string, string[]]>([
    ["one after the other", "a { b { c; } } d { e; } f;", ["a", "d", "f"]],
    ["with braces in strings", 'a { b "}"; c "{"; } d;', ["a", "d"]],
    ["empty", "a { } b { ; } c;", ["a", "b", "c"]],
    ["before a command", "a { b; }\nset c d\ne { f; }", ["a", "c d", "e"]],
    ["closed twice", "a { b; } } c;", ["a", "c"]],
  ])("%s", (_, text, expected) => {
    expect(read(text, heads).parts).toEqual(expected);
  });

  test("are read for their errors, once", () => {
    const text = "a {\n    b ] c;\n    d {\n        e [ f;\n    }\n}\ng;\n";
    const whole = read(text, shown);
    expect(whole.errors).toEqual(["syntax.unexpected-mark", "syntax.unclosed-list"]);
    expect(read(text, heads)).toEqual({ ...whole, parts: ["a", "g"] });
  });

  test("and one that is not closed is known at the end", () => {
    const { errors, unclosed } = read("a {\n    b;\nc {\n    d;\n}\n", heads);
    expect(errors).toEqual(["syntax.unclosed-brace"]);
    expect(unclosed).toMatchObject({ line: 1, column: 3 });
  });

  test("a block that was left in the middle is passed over to its end", () => {
    const first = ({ body = [] }: Statement): string => {
      for (const inner of body) return heads(inner);
      return "";
    };
    const take = (part: Part): string => (part.kind === "statement" ? first(part) : "");
    expect(read("a { b; c { d; } e; } f { g { h; } i; } j { }", take).parts).toEqual(["b", "g", ""]);
  });
});

test("reading bit by bit gives what reading the whole gives", () => {
  fc.assert(
    fc.property(
      arbitraryTree,
      fc.nat(),
      fc.constantFrom("", "{", "}", ";", "[", '"', "/*", "set x"),
      (tree, at, mark) => {
        const clean = printTree(tree);
        const cut = clean.length === 0 ? 0 : at % clean.length;
        const text = `${clean.slice(0, cut)}${mark}${clean.slice(cut)}`;
        const report = new Report();
        const whole = parseText(text, "test", report);
        const bits = read(text, shown);
        expect(bits).toEqual({
          parts: whole.parts.map(shown),
          errors: report.diagnostics.map(({ code }) => code),
          unclosed: whole.unclosed,
        });
        const passed = read(text, heads);
        expect(passed).toEqual({ ...bits, parts: whole.parts.map(heads) });
      },
    ),
    { numRuns: 25 },
  );
});

describe("a load", () => {
  const load = (text: string, action: "override" | "merge" | "set" = "override") =>
    loadConfiguration(emptyTree, text, { action, source: "test" });
  const codes = (diagnostics: readonly Diagnostic[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { code } of diagnostics) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  };

  test("finds an open block behind more unknown statements than are reported", () => {
    const unknown = Array.from({ length: 300 }, (_, at) => `        no-such-word-${at} x;`).join("\n");
    const { diagnostics } = load(`system {\n    services {\n${unknown}\n    }\n`);
    expect(codes(diagnostics)["syntax.unclosed-brace"]).toBe(1);
  });

  test("reports errors of syntax first, and a hundred errors at most", () => {
    const unknown = Array.from({ length: 80 }, (_, at) => `no-such-word-${at} x;`).join("\n");
    const stray = "}\n".repeat(60);
    const { diagnostics } = load(`${unknown}\n${stray}`);
    expect(codes(diagnostics)).toEqual({ "schema.unknown-statement": 40, "syntax.stray-brace": 60 });
  });

  test("goes on with a block that was closed and is opened again", () => {
    const policy = (name: string, action: string): string =>
      `security { policies { from-zone a to-zone b { policy ${name} { match { source-address any; ` +
      `destination-address any; application any; } then { ${action}; } } } } }`;
    const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const text = [...names.map((name) => policy(name, "deny")), ...names.map((name) => policy(name, "permit"))];
    const { tree, diagnostics } = load(text.join("\n"));
    expect(diagnostics).toEqual([]);
    const lines = printSetLines(tree);
    expect(lines.filter((line) => line.endsWith("then permit"))).toHaveLength(40);
    expect(lines.filter((line) => line.endsWith("then deny"))).toEqual([]);
    expect(printTree(load(printTree(tree)).tree)).toBe(printTree(tree));
  });

  test.each([1, 2, 15, 16, 17, 18, 40])("joins %d lines of values, and names each value once", (count) => {
    const lines = Array.from({ length: count }, (_, at) => `source-address [ h${at} h${at + 1} ];`);
    const head = "security { policies { from-zone a to-zone b { policy p { match {";
    const { tree } = load(`${head} ${lines.join("\n")} } } } } }`);
    const values = Array.from({ length: count + 1 }, (_, at) => `h${at}`);
    expect(printSetLines(tree)).toEqual(
      values.map((value) => `set security policies from-zone a to-zone b policy p match source-address ${value}`),
    );
  });

  test("in pieces gives the tree of the whole text", () => {
    fc.assert(
      fc.property(arbitraryTree, arbitraryTree, (a, b) => {
        const [first, second] = [printTree(a), printTree(b)];
        const step = loadConfiguration(load(first).tree, second, { action: "merge", source: "test" }).tree;
        expect(printTree(load(`${first}\n${second}`).tree)).toBe(printTree(step));
      }),
      { numRuns: 25 },
    );
  });
});

test("words are what stands in the text, whichever were seen before", () => {
  const word = fc.stringMatching(/^[a-c0-9-]{1,14}$/);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 120 }), (words) => {
      const tokens = new Tokens(words.join(" "), "test", new Report());
      const found: string[] = [];
      for (tokens.next(); tokens.kind !== "end"; tokens.next()) found.push(tokens.text);
      expect(found).toEqual(words);
    }),
    { numRuns: 200 },
  );
});
