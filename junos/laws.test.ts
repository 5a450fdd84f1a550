// The laws of the language over random trees of the schema: nothing is lost between tree, text and set lines, and a
// comparison is silent exactly when nothing changed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { compareTrees } from "./compare.ts";
import { cloneNode } from "./draft.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { readConfiguration } from "./read.ts";
import { rootSchema } from "./schema-index.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { subtree } from "./subtree.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function load(
  text: string,
  base: ConfigNode = emptyTree,
  action: "override" | "merge" | "set" = "override",
): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(base, text, { action, source: "law" });
  expect(diagnostics).toEqual([]);
  return tree;
}

/** Shrinking a tree takes long and helps little, so a failure shows the tree as it was found. */
const runs = (numRuns: number): { numRuns: number; endOnFailure: boolean } => ({ numRuns, endOnFailure: true });

// Without its mark an empty container may mean nothing, which no loaded tree holds.
const unprotected = arbitraryTree.map((tree) => cloneNode(withoutProtection(tree), rootSchema));

function withoutProtection(node: ConfigNode): ConfigNode {
  const children = new Map([...node.children].map(([id, child]) => [id, withoutProtection(child)]));
  return { ...node, protected: false, children };
}

describe("laws", () => {
  test("load(print(tree)) is the tree", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => sameTree(load(printTree(tree)), tree)),
      runs(60),
    );
  });

  test("print is a fixed point", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const text = printTree(tree);
        expect(printTree(load(text))).toBe(text);
      }),
      runs(50),
    );
  });

  test("load(set lines) is the tree, in its order", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => sameTree(load(printSetLines(tree).join("\n"), emptyTree, "set"), tree)),
      runs(60),
    );
  });

  test("CRLF, a byte order mark and extra blanks change nothing", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const text = `\ufeff${printTree(tree).replaceAll("\n", "\r\n")}\r\n`;
        return sameTree(load(text), tree);
      }),
      runs(50),
    );
  });

  test("merging a tree into itself changes nothing", () => {
    fc.assert(
      fc.property(unprotected, (tree) => sameTree(load(printTree(tree), tree, "merge"), tree)),
      runs(50),
    );
  });

  test("a comparison is empty exactly when the trees say the same", () => {
    fc.assert(
      fc.property(arbitraryTree, arbitraryTree, (a, b) => {
        expect(compareTrees(a, structuredClone(a))).toBe("");
        expect(compareTrees(a, b) === "").toBe(sameTree(a, b));
      }),
      runs(50),
    );
  });

  test("deleting what was set line by line leaves nothing", () => {
    fc.assert(
      fc.property(unprotected, (tree) => {
        const lines = printSetLines(tree).filter((line) => line.startsWith("set "));
        const words = [...tree.children.values()].map(({ word }) => `delete ${word}`);
        const { tree: rest } = loadConfiguration(tree, words.join("\n"), { action: "set", source: "law" });
        expect(lines.length === 0 || rest.children.size === 0).toBe(true);
      }),
      runs(50),
    );
  });

  test("inactive statements are as if they were not there", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const { configuration } = readConfiguration(tree);
        expect(configuration).toEqual(readConfiguration(activeOnly(tree)).configuration);
      }),
      runs(50),
    );
  });

  test("the subtrees of the top statements put together are the tree", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const words = [...new Set([...tree.children.values()].map(({ word }) => word))];
        const text = words.map((word) => printTree(subtree(tree, [word]) ?? emptyTree)).join("");
        expect(text).toBe(printTree(tree));
      }),
      runs(50),
    );
  });
});

function activeOnly(node: ConfigNode): ConfigNode {
  const kept = [...node.children].filter(([, child]) => !child.inactive);
  return { ...node, children: new Map(kept.map(([id, child]) => [id, activeOnly(child)])) };
}
