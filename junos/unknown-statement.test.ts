// Statements that no schema knows: kept by choice or in open hierarchies, printed back, counted, never silently.

import { describe, expect, test } from "vitest";
import { changeLines } from "./change-lines.ts";
import { compareTrees } from "./compare.ts";
import { forms, loadForm, printForm } from "./form.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { readConfiguration } from "./read.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

const load = (text: string, keepUnknown: boolean) =>
  loadConfiguration(emptyTree, text, { action: "override", source: "t", keepUnknown });

describe("unknown statements", () => {
  const text = `system {
    host-name a;
    weather {
        report "two words" daily;
        station berlin {
            height 34;
        }
    }
}
`;

  test("are refused by default", () => {
    expect(load(text, false).diagnostics).toMatchObject([{ code: "schema.unknown-statement", severity: "error" }]);
  });

  test("are kept by choice, printed back, and warned about once", () => {
    const { tree, diagnostics } = load(text, true);
    expect(diagnostics).toMatchObject([{ code: "load.kept-unknown", severity: "warning" }]);
    expect(printTree(tree)).toBe(text);
    expect(sameTree(load(printTree(tree), true).tree, tree)).toBe(true);
    expect(printSetLines(tree)).toEqual([
      "set system host-name a",
      'set system weather report "two words" daily',
      "set system weather station berlin height 34",
    ]);
  });

  test("are counted at every commit", () => {
    const said = readConfiguration(load(text, true).tree).diagnostics.map(({ message }) => message);
    expect(said).toEqual(["2 statements are kept but not enforced: system unknown-statement (2)"]);
  });

  test("a list in brackets becomes a statement of each value", () => {
    const { tree } = load("protocols { bgp { import [ one two ]; } }", false);
    expect(printSetLines(tree)).toEqual(["set protocols bgp import one", "set protocols bgp import two"]);
  });

  test("open hierarchies keep what stands in them without being asked", () => {
    const { tree, diagnostics } = load("protocols { ospf { area 0.0.0.0 { interface ge-0/0/0.0; } } }", false);
    expect(diagnostics).toEqual([]);
    expect(printTree(tree)).toContain("area 0.0.0.0 {\n            interface ge-0/0/0.0;");
  });
});

/** Every row: a text, its set lines, and how the tree that these lines make prints; it is the same tree. */
describe("the words are one tree, however they stand", () => {
  test.each<[name: string, text: string, lines: string[], flat?: string]>([
    ["on a line", "area 0 interface a;", ["area 0 interface a"]],
    [
      "in blocks",
      "area 0 {\n    interface a;\n    interface b;\n}",
      ["area 0 interface a", "area 0 interface b"],
      "area 0 interface a;\narea 0 interface b;",
    ],
    ["a block for each word", "area {\n    0 {\n        x;\n    }\n}", ["area 0 x"], "area 0 x;"],
    ["an empty block", "area 0;", ["area 0"]],
    ["a list", "import [ one two ];", ["import one", "import two"], "import one;\nimport two;"],
    ["quoted words", 'area "two words" "";', ['area "two words" ""']],
    ["words of other levels", "area system security;", ["area system security"]],
    ["a command's word", "area set;", ["area set"]],
    ["inactive", "inactive: area 0 interface a;", ["area 0 interface a", "-deactivate area 0 interface a"]],
    ["inactive block", "inactive: area 0 {\n    interface a;\n}", ["area 0 interface a", "-deactivate area 0"]],
    [
      "inactive list",
      "inactive: import [ a b ];",
      ["import a", "import b", "-deactivate import"],
      "inactive: import {\n    a;\n    b;\n}",
    ],
    [
      "an inactive value of a list",
      "import {\n    a;\n    inactive: b;\n}",
      ["import a", "import b", "-deactivate import b"],
      "import a;\ninactive: import b;",
    ],
    ["protected", "protect: area 0;", ["area 0", "-protect area 0"]],
    [
      "annotated",
      "/* here */\narea 0 {\n    /* there */\n    interface a;\n}",
      ["area 0 interface a", "-annotate area 0 interface a there", "-annotate area 0 here"],
    ],
    ["with a group", "area 0 {\n    apply-groups g;\n}", ["area 0 apply-groups g"]],
    ["with a macro", "area 0 {\n    apply-macro m {\n        a b;\n    }\n}", ["area 0 apply-macro m a b"]],
  ])("%s", (_, text, lines, flat = text) => {
    const inside = (part: string): string =>
      `protocols {\n    ospf {\n${part.replaceAll(/^/gm, "        ")}\n    }\n}\n`;
    const { tree, diagnostics } = load(inside(text), false);
    expect(diagnostics).toEqual([]);
    expect(printTree(tree)).toBe(inside(text));
    const written = lines.map((line) => {
      const [verb, rest] = line.startsWith("-")
        ? [line.split(" ")[0]!.slice(1), line.slice(line.indexOf(" ") + 1)]
        : ["set", line];
      return `${verb} protocols ospf ${rest}`;
    });
    expect(printSetLines(tree)).toEqual(written);
    const again = load(written.join("\n"), false);
    expect(again.diagnostics).toEqual([]);
    expect(sameTree(again.tree, tree)).toBe(true);
    expect(printTree(again.tree)).toBe(inside(flat));
    for (const form of forms)
      expect(sameTree(loadForm(printForm(tree, form), { source: form }).tree, tree), form).toBe(true);
  });

  test("the same statement twice is one, and a word with more behind it needs no statement of its own", () => {
    const { tree } = load("protocols { ospf { area 0; area 0 interface a; area 0 { interface a; } } }", false);
    expect(printSetLines(tree)).toEqual(["set protocols ospf area 0 interface a"]);
  });

  test.each<[word: string, printed: string]>([
    ["set", '"set" a;\n'],
    ["edit", '"edit" a;\n'],
    ["<tag", '"<tag" a;\n'],
    ["root@fw", '"root@fw" a;\n'],
    ["inactive:", '"inactive:" a;\n'],
    ["plain", "plain a;\n"],
  ])("at the top, %s is neither a command nor anything else", (word, printed) => {
    const { tree } = load(`"${word}" a;`, true);
    expect(printTree(tree)).toBe(printed);
    for (const form of forms) {
      const again = loadForm(printForm(tree, form), { source: form, keepUnknown: true });
      expect(sameTree(again.tree, tree), form).toBe(true);
    }
  });
});

describe("unknown statements are edited word by word", () => {
  const start = load("protocols { ospf { area 0 { interface a { metric 5; } interface b; } } }", false).tree;

  test.each<[name: string, lines: string, text: string]>([
    [
      "a new one comes into the block",
      "set protocols ospf area 0 interface c",
      "area 0 {\n            interface a {\n                metric 5;\n            }\n            interface b;\n            interface c;\n        }",
    ],
    [
      "one goes",
      "delete protocols ospf area 0 interface b",
      "area 0 {\n            interface a {\n                metric 5;\n            }\n        }",
    ],
    [
      "what stood there for it goes, too",
      "delete protocols ospf area 0 interface a metric 5",
      "area 0 {\n            interface b;\n        }",
    ],
    [
      "unless it is said",
      "delete protocols ospf area 0 interface a metric 5\nset protocols ospf area 0 interface a",
      "area 0 {\n            interface a;\n            interface b;\n        }",
    ],
    [
      "or something is said about it",
      "annotate protocols ospf area 0 interface a why\ndelete protocols ospf area 0 interface a metric",
      "area 0 {\n            interface {\n                /* why */\n                a;\n                b;\n            }\n        }",
    ],
    [
      "it is moved",
      "insert protocols ospf area 0 interface b before a",
      "area 0 {\n            interface b;\n            interface a {\n                metric 5;\n            }\n        }",
    ],
    [
      "it gets another name",
      "rename protocols ospf area 0 to 1",
      "area 1 {\n            interface a {\n                metric 5;\n            }\n            interface b;\n        }",
    ],
  ])("%s", (_, lines, text) => {
    const { tree, diagnostics } = loadConfiguration(start, lines, { action: "set", source: "t" });
    expect(diagnostics).toEqual([]);
    const printed = printTree(tree);
    if (!lines.startsWith("annotate")) expect(printed).toBe(`protocols {\n    ospf {\n        ${text}\n    }\n}\n`);
    const patch = loadConfiguration(start, compareTrees(start, tree), { action: "patch", source: "t" });
    expect(patch.diagnostics).toEqual([]);
    expect(sameTree(patch.tree, tree)).toBe(true);
    const change = loadConfiguration(start, changeLines(start, tree).join("\n"), { action: "set", source: "t" });
    expect(sameTree(change.tree, tree)).toBe(true);
  });

  test("a comparison names the block, and the words on their line", () => {
    const { tree } = loadConfiguration(start, "set protocols ospf area 0 interface c", { action: "set", source: "t" });
    expect(compareTrees(start, tree)).toBe(
      "[edit protocols ospf area 0]\n      interface b { ... }\n+     interface c;\n",
    );
  });

  test("what is left of a statement without its last word is nothing", () => {
    const { tree } = loadConfiguration(
      start,
      "delete protocols ospf area 0 interface a\ndelete protocols ospf area 0 interface b",
      { action: "set", source: "t" },
    );
    expect(printTree(tree)).toBe("");
  });
});

describe("what is refused", () => {
  test.each<[name: string, text: string, code: string]>([
    ["a list in the middle", "protocols { ospf { a [ b c ] d; } }", "schema.unexpected-word"],
    ["an empty list", "protocols { ospf { a [ ]; } }", "schema.missing-value"],
    ["a statement's word in a list", "protocols { ospf { a [ apply-groups ]; } }", "schema.unexpected-list"],
    ["control characters", 'protocols { ospf { a "\n"; } }', "schema.wrong-value"],
    ["too many words below each other", `protocols { ospf { ${"a ".repeat(100)}; } }`, "syntax.too-deep"],
    ["too many words in set lines", `set protocols ospf ${"a ".repeat(100)}`, "syntax.too-deep"],
  ])("%s", (_, text, code) => {
    expect(load(text, false).diagnostics).toMatchObject([{ code, severity: "error" }]);
  });

  test("as many words as may stand below each other survive every form, each with a mark", () => {
    const words = Array.from({ length: 58 }, (_, at) => `w${at}`);
    const lines = [`set protocols ospf ${words.join(" ")}`];
    for (const at of words.keys()) lines.push(`deactivate protocols ospf ${words.slice(0, at + 1).join(" ")}`);
    const { tree, diagnostics } = load(lines.join("\n"), false);
    expect(diagnostics).toEqual([]);
    for (const form of forms) {
      const again = loadForm(printForm(tree, form), { source: form });
      expect(again.diagnostics, form).toEqual([]);
      expect(sameTree(again.tree, tree), form).toBe(true);
    }
  });
});
