// The laws of the four forms over random trees of the schema: nothing is lost on the way to any form and back, nor on any
// way through several of them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree, arbitraryTreeOfAnything } from "./arbitrary-tree.ts";
import { formOf, forms, loadForm, printForm } from "./form.ts";
import type { Form } from "./form.ts";
import { sameTree } from "./same-tree.ts";
import type { ConfigNode } from "./tree.ts";

function through(tree: ConfigNode, form: Form): ConfigNode {
  const text = printForm(tree, form);
  const loaded = loadForm(text, { source: form });
  expect(loaded.diagnostics, text).toEqual([]);
  return loaded.tree;
}

const runs = (numRuns: number): { numRuns: number; endOnFailure: boolean } => ({ numRuns, endOnFailure: true });

describe("forms", () => {
  test.each(forms)("%s gives the tree back", (form) => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => sameTree(through(tree, form), tree)),
      runs(60),
    );
  });

  test.each(forms)("%s is a fixed point", (form) => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const text = printForm(tree, form);
        expect(printForm(through(tree, form), form)).toBe(text);
      }),
      runs(15),
    );
  });

  test("any way through several forms ends where it began", () => {
    fc.assert(
      fc.property(arbitraryTree, fc.array(fc.constantFrom(...forms), { minLength: 2, maxLength: 6 }), (tree, way) =>
        sameTree(way.reduce(through, tree), tree),
      ),
      runs(25),
    );
  });

  test.each(forms)("%s gives a tree with unknown statements back", (form) => {
    fc.assert(
      fc.property(arbitraryTreeOfAnything, (tree) => {
        const text = printForm(tree, form);
        const loaded = loadForm(text, { source: form, keepUnknown: true });
        expect(
          loaded.diagnostics.filter(({ code }) => code !== "load.kept-unknown"),
          text,
        ).toEqual([]);
        expect(printForm(loaded.tree, form)).toBe(text);
        return sameTree(loaded.tree, tree);
      }),
      runs(20),
    );
  });

  test("CRLF, a byte order mark and blanks around change nothing", () => {
    fc.assert(
      fc.property(arbitraryTree, fc.constantFrom(...forms), (tree, form) => {
        const text = `\ufeff\r\n ${printForm(tree, form).replaceAll("\n", "\r\n")}\r\n`;
        const loaded = loadForm(text, { source: form });
        expect(loaded.diagnostics).toEqual([]);
        return sameTree(loaded.tree, tree);
      }),
      runs(25),
    );
  });

  test.each<[text: string, form: string]>([
    ["", "text"],
    ["\ufeff\r\n  <configuration/>", "xml"],
    ['\n{"configuration":{}}', "json"],
    ["root> show configuration | display xml\n<configuration/>", "xml"],
    ['{primary:node0}\r\nana@fw-1> show\r\n\r\n{\n"configuration": {}}', "json"],
    ["{primary:node0}\nset system host-name x", "text"],
    ["[edit]\nana@fw# show\nsystem {", "text"],
    [" ".repeat(5000) + "<configuration/>", "text"],
  ])("the form of %j", (text, form) => {
    expect(formOf(text)).toBe(form);
  });

  test("the form is told from the text", () => {
    fc.assert(
      fc.property(arbitraryTree, fc.constantFrom(...forms), (tree, form) => {
        expect(formOf(printForm(tree, form))).toBe(form === "set" ? "text" : form);
      }),
      runs(15),
    );
  });
});
