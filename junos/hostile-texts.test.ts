// Texts that cost nothing to write and would keep a reader busy for hours if any part of it looked further than its own
// token. There is no limit in time here but that of every test: what grows with the square of these lengths does not end.

import { expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { emptyTree } from "./tree.ts";

const count = 200_000;

test.each<[what: string, text: string]>([
  ["comments on one line", "/* a */ ".repeat(count)],
  ["strings on one line", 'a "b" '.repeat(count)],
  ["strings that nothing closes", `"${'\\"\n'.repeat(count)}`],
  ["quotes that end nowhere near", '"a\n'.repeat(count)],
  ["tags without a statement", "inactive: replace: ".repeat(count)],
  ["brackets of numbers", `ge${"[1,2".repeat(count)}`],
  ["patterns", "<[a".repeat(count)],
  ["attributes that nothing closes", `<configuration>${'<a b="'.repeat(count)}`],
  ["comments of XML", `<configuration>${"<!-- a -->".repeat(count)}</configuration>`],
])("%s", (_, text) => {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "merge", source: "hostile" });
  expect(tree.children.size).toBe(0);
  expect(diagnostics.length).toBeLessThanOrEqual(101);
});
