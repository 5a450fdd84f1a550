// Annotations: which texts are refused, and that the others survive every form of the configuration.

import { describe, expect, test } from "vitest";
import { annotationError, annotationLengthMax } from "./annotation.ts";
import { compareTrees } from "./compare.ts";
import { editTree } from "./edit.ts";
import { forms, loadForm, printForm } from "./form.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { quoteWord } from "./quote.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

describe("texts", () => {
  test.each<[text: string, good: boolean]>([
    ["why this is here", true],
    ["two\nlines", true],
    ['quotes " and \\ marks ; { } [ ] #', true],
    ["a / b * c", true],
    ["ü 日本", true],
    ["x".repeat(annotationLengthMax), true],
    ["x".repeat(annotationLengthMax + 1), false],
    ["end */ here", false],
    ["begin /* here", true],
    ["bell \u0007", false],
    ["tab \t here", true],
    ["carriage return \r", false],
    ["form feed \f", false],
  ])("%j", (text, good) => {
    expect(annotationError(text) === undefined).toBe(good);
  });
});

test("what stands in a comment of a file survives every form", () => {
  const text = "/* a\tb /* c\f d\r e\r\n * f */\nsystem {\n    host-name a;\n}\n";
  const { tree } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });
  expect(tree.children.get("system")?.comment).toBe("a\tb /* c  d  e\n * f");
  for (const form of forms) {
    const again = loadForm(printForm(tree, form), { source: form });
    expect(again.diagnostics, form).toEqual([]);
    expect(sameTree(again.tree, tree), form).toBe(true);
  }
});

describe("survival", () => {
  const base = loadConfiguration(emptyTree, "set system host-name a", { action: "set", source: "test" }).tree;

  test.each([
    "one line",
    "two\nlines",
    'a "quoted" text; { }',
    "back\\slash",
    "star *",
    "/ slash",
    "a\tb",
    "/* in it",
    "x".repeat(5000),
  ])("%j", (text) => {
    const { tree, diagnostics } = editTree(base, `annotate system host-name ${quoteWord(text)}`, { source: "test" });
    expect(diagnostics).toEqual([]);
    expect(compareTrees(base, tree)).toContain(`+  /* ${text.split("\n")[0]}`);
    for (const form of [printTree(tree), printSetLines(tree).join("\n")]) {
      const again = loadConfiguration(emptyTree, form, { action: "override", source: "again" });
      expect(again.diagnostics).toEqual([]);
      expect(sameTree(again.tree, tree)).toBe(true);
    }
    const removed = editTree(tree, 'annotate system host-name ""', { source: "test" }).tree;
    expect(sameTree(removed, base)).toBe(true);
  });
});
