// What one line of the configuration mode adds to and takes from the set lines of a tree, for tables of tests.

import { expect } from "vitest";
import { editTree } from "./edit.ts";
import { printSetLines } from "./set-lines.ts";
import type { ConfigNode } from "./tree.ts";

export function lineChange(base: ConfigNode, line: string, at?: readonly string[]): string[] {
  const { tree, diagnostics } = editTree(base, line, { source: "<prompt>", ...(at === undefined ? {} : { at }) });
  expect(diagnostics).toEqual([]);
  const before = printSetLines(base);
  const after = printSetLines(tree);
  return [
    ...before.filter((it) => !after.includes(it)).map((it) => `- ${it}`),
    ...after.filter((it) => !before.includes(it)).map((it) => `+ ${it}`),
  ];
}
