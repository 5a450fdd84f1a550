// What the rules see of a file: imports, exports, functions, uses, comments and strings, with their lines.

import { describe, expect, test } from "vitest";
import { syntaxOf } from "./syntax.ts";
import { treeOf } from "./source-tree.ts";

function of(text: string) {
  const file = treeOf({ "a/b.ts": text }).file("a/b.ts");
  if (file === undefined) throw new Error("no file");
  return syntaxOf(file);
}

describe("syntaxOf", () => {
  test("imports of every kind", () => {
    const text = `import a from "one";\nimport type { B } from "./two.ts";\nexport * from "three";\nawait import("four");\nnew URL("./five.ts", import.meta.url);\nimport "six";`;
    expect(of(text).imports.map(({ specifier, line, kind }) => [specifier, line, kind])).toEqual([
      ["one", 1, "static"],
      ["./two.ts", 2, "static"],
      ["three", 3, "re-export"],
      ["four", 4, "dynamic"],
      ["./five.ts", 5, "url"],
      ["six", 6, "static"],
    ]);
  });

  test("an import of a computed name and a URL of something else are not imports", () => {
    expect(of('await import(name); new URL("http://example.com"); new URL("./x.ts", base);').imports).toEqual([]);
  });

  test("a URL without ./ is a neighbour, one with a scheme is elsewhere", () => {
    const text = 'new URL("five.ts", import.meta.url); new URL("data:text/javascript,1", import.meta.url);';
    expect(of(text).imports).toEqual([{ specifier: "./five.ts", line: 1, kind: "url" }]);
  });

  test("exports of every kind", () => {
    const text =
      "export const a = 1, b = 2; export function c() {} export class D {} export interface E {} export type F = 1; const g = 1; export { g as h }; export default 1;";
    expect(of(text).exports.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "named a",
      "named b",
      "named c",
      "named D",
      "named E",
      "named F",
      "named h",
      "default default",
    ]);
  });

  test("functions with names and lengths; declarations without a body are none", () => {
    const text =
      "declare function x(): void;\nabstract class A { abstract m(): void; n() {\n} }\nconst f = async () => {\n};\nfor (const a of b.map((c) => { return c; })) a;\nconst g = () => 1;";
    expect(of(text).functions.map(({ name, line, lineCount }) => [name, line, lineCount])).toEqual([
      ["n", 2, 2],
      ["f", 4, 2],
      ["b()", 6, 1],
      ["g", 7, 1],
    ]);
  });

  test("uses of globals with the number of arguments", () => {
    const uses = of("new Date(); new Date(1); Date.now(); a.Date.now; setTimeout(f, 1); x.setTimeout(f);").uses.map(
      ({ name, argumentCount }) => `${name}/${argumentCount}`,
    );
    expect(uses).toEqual(["new Date/0", "new Date/1", "Date.now/0", "a.Date/0", "setTimeout()/2", "x.setTimeout/1"]);
  });

  test("types are not uses", () => {
    expect(
      of("let a: Date; let b: typeof process.env; function f(x: Map<string, Date>): Date { return x as never; }").uses,
    ).toEqual([]);
  });

  test("comments and strings keep apart; columns beyond ASCII do not shift lines", () => {
    const text = '// é 😀 one\nconst a = "// two";\nconst b = `three ${/* four */ a}`;\nf({ code: "five" });';
    expect(of(text).comments).toEqual([
      { text: " é 😀 one", line: 1 },
      { text: " four ", line: 3 },
    ]);
    expect(of(text).strings.map(({ value, line, property }) => [value, line, property])).toEqual([
      ["// two", 2, undefined],
      ["three ", 3, undefined],
      ["", 3, undefined],
      ["five", 4, "code"],
    ]);
  });

  test("an empty file, a file of comments, a file with a mark of byte order", () => {
    expect(of("")).toMatchObject({ imports: [], exports: [], functions: [] });
    expect(of("// only\n").comments).toHaveLength(1);
    expect(of('\uFEFFimport "a";').imports).toHaveLength(1);
  });

  test("a file that is not TypeScript is named", () => {
    expect(() => of("const = ;")).toThrow(/^a\/b\.ts: /);
  });
});
