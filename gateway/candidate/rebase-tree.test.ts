// Changes of one editor on top of what others have committed: rows, and laws over random edits.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editTree } from "@merlon/junos/edit.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { sameTree } from "@merlon/junos/same-tree.ts";
import { printSetLines } from "@merlon/junos/set-lines.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { conflictsMax, rebaseTree } from "./rebase-tree.ts";

const policies = "security policies from-zone a to-zone b";
const base = load(`
  set system host-name gate
  set security address-book global address one 10.0.0.1/32
  set security address-book global address three 10.0.0.3/32
  ${["p1", "p2", "p3", "p4"]
    .map((name) => `set ${policies} policy ${name} match application any\nset ${policies} policy ${name} then permit`)
    .join("\n")}`);

function load(lines: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, lines, { action: "set", source: "test" });
  if (hasErrors(diagnostics)) throw new Error(diagnostics[0]?.message);
  return tree;
}

function edited(from: ConfigNode, ...lines: readonly string[]): ConfigNode {
  return lines.reduce((tree, line) => editTree(tree, line, { source: "test" }).tree, from);
}

function policyNames(tree: ConfigNode): string[] {
  const names = printSetLines(tree).flatMap((line) => /to-zone b policy (\S+)/.exec(line)?.[1] ?? []);
  return [...new Set(names)];
}

describe("one statement each", () => {
  test.each([
    ["different leaves", ["set system host-name mine"], [`set ${policies} policy p1 description x`], []],
    ["the same leaf, the same value", ["set system host-name same"], ["set system host-name same"], []],
    [
      "the same leaf, two values",
      ["set system host-name mine"],
      ["set system host-name theirs"],
      ["system host-name changed changed"],
    ],
    [
      "deleted here, changed there",
      [`delete ${policies} policy p1`],
      [`set ${policies} policy p1 description x`],
      [`${policies} policy p1 deleted changed`],
    ],
    [
      "changed here, deleted there",
      [`set ${policies} policy p1 description x`],
      [`delete ${policies} policy p1`],
      [`${policies} policy p1 changed deleted`],
    ],
    ["deleted on both sides", [`delete ${policies} policy p1`], [`delete ${policies} policy p1`], []],
    [
      "permit here, deny there",
      [`set ${policies} policy p1 then deny`],
      [`set ${policies} policy p1 then reject`],
      [`${policies} policy p1 then deny changed changed`],
    ],
    ["the same new entry, alike", ["set security zones security-zone z"], ["set security zones security-zone z"], []],
    [
      "the same new entry, different inside",
      ["set security zones security-zone z description a"],
      ["set security zones security-zone z description b"],
      ["security zones security-zone z description changed changed"],
    ],
    [
      "different values of one list",
      [`set ${policies} policy p1 match application junos-ssh`],
      [`set ${policies} policy p1 match application junos-http`],
      [],
    ],
    [
      "a mark here, a child there",
      [`deactivate ${policies} policy p1`],
      [`set ${policies} policy p1 description x`],
      [],
    ],
    ["a mark on both sides", [`deactivate ${policies} policy p1`], [`deactivate ${policies} policy p1`], []],
    [
      "both moved, differently",
      [`insert ${policies} policy p4 before policy p1`],
      [`insert ${policies} policy p1 after policy p3`],
      [`${policies} moved moved`],
    ],
  ] as const)("%s", (_, mine, theirs, expected) => {
    const { conflicts, tree } = rebaseTree(base, edited(base, ...mine), edited(base, ...theirs));
    expect(conflicts.map((it) => `${it.path.join(" ")} ${it.mine} ${it.theirs}`)).toEqual(expected);
    expect(sameTree(load(printSetLines(tree).join("\n")), tree)).toBe(true);
  });
});

test("values of one list come together, and a list that both emptied is gone", () => {
  const at = `${policies} policy p1 match application`;
  const from = edited(base, `set ${at} junos-ssh`);
  const values = (tree: ConfigNode): string[] =>
    printSetLines(tree).flatMap((line) => (line.startsWith(`set ${at} `) ? [line.slice(at.length + 5)] : []));
  const both = rebaseTree(
    from,
    edited(from, `set ${at} junos-http`),
    edited(from, `set ${at} junos-ftp`, `delete ${at} any`),
  );
  expect(values(both.tree)).toEqual(["junos-ssh", "junos-ftp", "junos-http"]);
  const none = rebaseTree(from, edited(from, `delete ${at} any`), edited(from, `delete ${at} junos-ssh`));
  expect(values(none.tree)).toEqual([]);
  expect([...both.conflicts, ...none.conflicts]).toEqual([]);
});

describe("order", () => {
  test.each([
    [
      "added at both ends",
      [`set ${policies} policy mine then deny`],
      [`set ${policies} policy theirs then deny`],
      "p1 p2 p3 p4 mine theirs",
    ],
    [
      "moved here, added there",
      [`insert ${policies} policy p4 before policy p1`],
      [`set ${policies} policy theirs then deny`],
      "p4 theirs p1 p2 p3",
    ],
    [
      "added here before an entry that moved there",
      [`set ${policies} policy mine then deny`, `insert ${policies} policy mine before policy p2`],
      [`insert ${policies} policy p1 after policy p4`],
      "p2 p3 p4 p1 mine",
    ],
    [
      "deleted here, moved there",
      [`delete ${policies} policy p2`],
      [`insert ${policies} policy p4 before policy p1`],
      "p4 p1 p3",
    ],
    [
      "moved alike",
      [`insert ${policies} policy p4 before policy p1`],
      [`insert ${policies} policy p4 before policy p1`],
      "p4 p1 p2 p3",
    ],
  ] as const)("%s", (_, mine, theirs, expected) => {
    const { conflicts, tree } = rebaseTree(base, edited(base, ...mine), edited(base, ...theirs));
    expect(conflicts).toEqual([]);
    expect(policyNames(tree).join(" ")).toBe(expected);
  });

  test("entries without an order of their own stay sorted", () => {
    const entry = (number: number): string => `set routing-options static route 10.${number}.0.0/16 next-hop 10.1.0.1`;
    const from = edited(base, entry(1), entry(9));
    const { tree } = rebaseTree(from, edited(from, entry(5), entry(3)), edited(from, entry(4), entry(10)));
    const numbers = printSetLines(tree).flatMap((line) => /route 10\.(\d+)/.exec(line)?.[1] ?? []);
    expect(numbers).toEqual(["1", "3", "4", "5", "9", "10"]);
  });
});

test("conflicts are counted up to a limit", () => {
  const many = (value: string): string[] =>
    Array.from({ length: conflictsMax + 20 }, (_, i) => `set security zones security-zone z${i} description ${value}`);
  expect(rebaseTree(base, edited(base, ...many("a")), edited(base, ...many("b"))).conflicts).toHaveLength(conflictsMax);
});

describe("laws", () => {
  const name = fc.constantFrom("p1", "p2", "p3", "p4", "q1", "q2");
  const policyLine = fc.oneof(
    name.map((it) => `set ${policies} policy ${it} then deny`),
    name.map((it) => `set ${policies} policy ${it} then permit`),
    name.map((it) => `delete ${policies} policy ${it}`),
    name.map((it) => `deactivate ${policies} policy ${it}`),
    fc.tuple(name, fc.constantFrom("x", "y")).map(([it, text]) => `set ${policies} policy ${it} description ${text}`),
    fc.tuple(name, name).map(([it, other]) => `insert ${policies} policy ${it} before policy ${other}`),
    fc
      .tuple(name, fc.constantFrom("any", "junos-ssh"))
      .map(([it, app]) => `set ${policies} policy ${it} match application ${app}`),
    fc.constant(`delete ${policies}`),
  );
  const otherLine = fc.oneof(
    fc.constantFrom("one", "two", "three").map((it) => `set security address-book global address ${it} 10.9.9.9/32`),
    fc.constantFrom("one", "three").map((it) => `delete security address-book global address ${it}`),
    fc.constantFrom("gate", "other").map((it) => `set system host-name ${it}`),
    fc.constant("delete system"),
  );
  const lines = (of: fc.Arbitrary<string>): fc.Arbitrary<string[]> => fc.array(of, { maxLength: 6 });
  const anyLines = lines(fc.oneof(policyLine, otherLine));

  test("a side that changed nothing does not count", () => {
    fc.assert(
      fc.property(anyLines, (changes) => {
        const changed = edited(base, ...changes);
        expect(rebaseTree(base, changed, base)).toEqual({ tree: changed, conflicts: [] });
        expect(rebaseTree(base, base, changed)).toEqual({ tree: changed, conflicts: [] });
        expect(rebaseTree(base, changed, changed)).toEqual({ tree: changed, conflicts: [] });
      }),
    );
  });

  test("changes in different places are both there, as if made one after the other", () => {
    fc.assert(
      fc.property(lines(policyLine), lines(otherLine), (mine, theirs) => {
        const { tree, conflicts } = rebaseTree(base, edited(base, ...mine), edited(base, ...theirs));
        expect(conflicts).toEqual([]);
        expect(printTree(tree)).toBe(printTree(edited(base, ...mine, ...theirs)));
      }),
    );
  });

  test("the result is a tree as any text gives it, and both sides see the same conflicts", () => {
    fc.assert(
      fc.property(anyLines, anyLines, (mine, theirs) => {
        const [a, b] = [edited(base, ...mine), edited(base, ...theirs)];
        const { tree, conflicts } = rebaseTree(base, a, b);
        expect(printTree(load(printSetLines(tree).join("\n")))).toBe(printTree(tree));
        const places = (found: typeof conflicts): ReadonlySet<string | undefined> =>
          new Set(found.map(({ path }) => path[0]));
        expect(places(rebaseTree(base, b, a).conflicts)).toEqual(places(conflicts));
      }),
      { numRuns: 500 },
    );
  });
});
