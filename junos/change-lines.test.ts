// The lines between two configurations: as few as a person would write, and right for any two trees.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { changeLines } from "./change-lines.ts";
import { loadConfiguration } from "./load.ts";
import { longestRising } from "./longest-rising.ts";
import { sameTree } from "./same-tree.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function treeOf(text: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });
  expect(diagnostics).toEqual([]);
  return tree;
}

const pair = "security policies from-zone a to-zone b";
const policies = (...names: string[]): string =>
  `security { policies { from-zone a to-zone b { ${names.map((name) => `${name};`).join(" ")} } } }`;

describe("the lines of a change", () => {
  test.each<[what: string, before: string, after: string, lines: string[]]>([
    ["nothing", "system { host-name a; }", "system { host-name a; }", []],
    ["a leaf", "system { host-name a; }", "system { host-name b; }", ["set system host-name b"]],
    ["a statement that is gone", "system { host-name a; }", "", ["delete system"]],
    ["a new statement", "", "system { host-name a; }", ["set system host-name a"]],
    [
      "a leaf without keyword",
      "security { address-book { global { address x 10.0.0.1/32; } } }",
      "security { address-book { global { address x 10.0.0.2/32; } } }",
      ["set security address-book global address x 10.0.0.2/32"],
    ],
    [
      "another kind of address",
      "security { address-book { global { address x 10.0.0.1/32; } } }",
      "security { address-book { global { address x { dns-name www.example.com; } } } }",
      [
        "delete security address-book global address x ip-prefix",
        "set security address-book global address x dns-name www.example.com",
      ],
    ],
    [
      "values",
      policies("policy p { match { source-address [ a b c ]; } }"),
      policies("policy p { match { source-address [ a c d ]; } }"),
      [`delete ${pair} policy p match source-address b`, `set ${pair} policy p match source-address d`],
    ],
    [
      "the order of values",
      policies("policy p { match { source-address [ a b ]; } }"),
      policies("policy p { match { inactive: source-address [ b a ]; } }"),
      [
        `delete ${pair} policy p match source-address`,
        `set ${pair} policy p match source-address b`,
        `set ${pair} policy p match source-address a`,
        `deactivate ${pair} policy p match source-address`,
      ],
    ],
    [
      "one entry moved to the front",
      policies("policy p", "policy q", "policy r", "policy s"),
      policies("policy s", "policy p", "policy q", "policy r"),
      [`insert ${pair} policy s before policy p`],
    ],
    [
      "one entry moved to the end",
      policies("policy p", "policy q", "policy r", "policy s"),
      policies("policy q", "policy r", "policy s", "policy p"),
      [`insert ${pair} policy p after policy s`],
    ],
    [
      "a new entry in the middle",
      policies("policy p", "policy q"),
      policies("policy p", "policy n", "policy q"),
      [`set ${pair} policy n`, `insert ${pair} policy n after policy p`],
    ],
    [
      "names that are words of the line",
      policies("policy before", "policy after"),
      policies("policy after", "policy before"),
      [`insert ${pair} policy "after" before policy "before"`],
    ],
    [
      "marks and annotations",
      policies("inactive: policy p", "/* old */ policy q", "policy r"),
      policies("policy p", "policy q", "/* new */ inactive: policy r"),
      [
        `activate ${pair} policy p`,
        `annotate ${pair} policy q ""`,
        `deactivate ${pair} policy r`,
        `annotate ${pair} policy r new`,
      ],
    ],
    [
      "a protected statement",
      policies("protect: policy p { description a; }"),
      policies("protect: policy p { description b; }"),
      [`unprotect ${pair} policy p`, `set ${pair} policy p description b`, `protect ${pair} policy p`],
    ],
    [
      "protected statements that go and move",
      policies("protect: policy p { then { protect: permit; } }", "policy q", "policy s", "protect: policy r"),
      policies("policy q", "policy s", "protect: policy p { then { protect: permit; } }"),
      [
        `unprotect ${pair} policy r`,
        `delete ${pair} policy r`,
        `unprotect ${pair} policy p`,
        `unprotect ${pair} policy p then permit`,
        `insert ${pair} policy p after policy s`,
        `protect ${pair} policy p then permit`,
        `protect ${pair} policy p`,
      ],
    ],
  ])("%s", (_, before, after, lines) => {
    expect(changeLines(treeOf(before), treeOf(after))).toEqual(lines);
  });
});

describe("laws", () => {
  const run = (before: ConfigNode, lines: readonly string[]): ConfigNode => {
    const { tree, diagnostics } = loadConfiguration(before, lines.join("\n"), { action: "set", source: "law" });
    expect(diagnostics, lines.join("\n")).toEqual([]);
    return tree;
  };

  test("the lines change the first tree into the second", () => {
    fc.assert(
      fc.property(arbitraryTree, arbitraryTree, (before, after) => {
        return sameTree(run(before, changeLines(before, after)), after);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test("no lines exactly when the trees say the same", () => {
    fc.assert(
      fc.property(arbitraryTree, arbitraryTree, (before, after) => {
        expect(changeLines(before, structuredClone(before))).toEqual([]);
        expect(changeLines(before, after).length === 0).toBe(sameTree(before, after));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test("any order of policies is reached with the fewest moves", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"), { minLength: 1 });
    fc.assert(
      fc.property(names, fc.gen(), (order, gen) => {
        const shuffled = order.toSorted(() => gen(fc.integer, { min: -1, max: 1 }));
        const [before, after] = [order, shuffled].map((each) =>
          treeOf(policies(...each.map((name) => `policy ${name}`))),
        );
        const lines = changeLines(before!, after!);
        expect(sameTree(run(before!, lines), after!)).toBe(true);
        const places = shuffled.map((name) => order.indexOf(name));
        expect(lines.length).toBe(order.length - longestRising(places).length);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the longest rising run", () => {
  test.each<[numbers: number[], length: number]>([
    [[], 0],
    [[5], 1],
    [[1, 2, 3], 3],
    [[3, 2, 1], 1],
    [[3, 0, 1, 2], 3],
    [[1, 2, 0], 2],
    [[4, 0, 5, 1, 6, 2], 3],
  ])("%j", (numbers, length) => {
    const run = longestRising(numbers);
    expect(run).toHaveLength(length);
    const values = run.map((at) => numbers[at]!);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });

  test("is as long as trying all finds", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(20), { maxLength: 10 }), (numbers) => {
        let longest = 0;
        for (let bits = 0; bits < 1 << numbers.length; bits++) {
          const chosen = numbers.filter((_, at) => (bits >> at) % 2 === 1);
          if (chosen.every((number, at) => at === 0 || number > chosen[at - 1]!))
            longest = Math.max(longest, chosen.length);
        }
        expect(longestRising(numbers)).toHaveLength(longest);
      }),
    );
  });
});
