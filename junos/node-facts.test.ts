// What is kept with nodes never shows: a tree whose nodes were looked at says the same as one of unseen nodes, and what
// stands at another place, under another name or without effect is looked at anew.

import { describe, expect, test } from "vitest";
import { editTree } from "./edit.ts";
import { inherit } from "./inherit.ts";
import { loadConfiguration } from "./load.ts";
import { factsOf, hasFacts } from "./node-facts.ts";
import { printTree } from "./print.ts";
import { readConfiguration } from "./read.ts";
import { emptyTree, nodeAt } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function load(...lines: readonly string[]): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "test" });
  expect(diagnostics).toEqual([]);
  return tree;
}

function look(tree: ConfigNode) {
  return { ...readConfiguration(inherit(tree).tree), text: printTree(tree) };
}

/** The same statements, with the same places in the text, in nodes that nobody has seen. */
function unseen(node: ConfigNode): ConfigNode {
  return { ...node, children: new Map([...node.children].map(([id, child]) => [id, unseen(child)])) };
}

const ab = "security policies from-zone a to-zone b";

describe("a tree that was looked at before it was edited", () => {
  test.each<[name: string, line: string]>([
    ["a renamed policy", `rename ${ab} policy p to policy q`],
    ["a renamed pair", `rename ${ab} to from-zone a to-zone c`],
    ["a copy", `copy ${ab} policy p to policy q`],
    ["an inactive policy", `deactivate ${ab} policy p`],
    ["an inactive part of it", `deactivate ${ab} policy p match source-address`],
    ["a comment", `annotate ${ab} policy p "why"`],
    ["protection", `protect ${ab} policy p`],
    ["a group", "set apply-groups g"],
    ["a group below", `set ${ab} policy p apply-groups g`],
    ["another group", "set groups g security policies from-zone <*> to-zone <*> policy <*> then count"],
    ["a statement without effect", `set ${ab} policy p then permit application-services idp`],
    ["a mistake of the grammar", "set security address-book global address-set x address x"],
    ["a wrong reference", "set security zones security-zone a screen missing"],
  ])("%s", (_, line) => {
    const tree = load(
      "set groups g security policies from-zone <*> to-zone <*> policy <*> then log session-close",
      "set security address-book global address x 10.0.0.1/32",
      "set security zones security-zone a",
      `set ${ab} policy p match source-address x`,
      `set ${ab} policy p then permit`,
      `set ${ab} policy z then deny`,
    );
    look(tree);
    const edited = editTree(tree, line, { source: "test" }).tree;
    expect(edited).not.toBe(tree);
    const fresh = unseen(edited);
    expect(look(edited)).toEqual(look(fresh));
    expect(look(edited)).toEqual(look(fresh));
    expect(look(tree)).toEqual(look(unseen(tree)));
  });
});

test("what was not edited is read to the same objects, also what groups have changed", () => {
  const lines = [
    "set groups g security policies from-zone <*> to-zone <*> policy <*> then count",
    "set apply-groups g",
  ];
  const tree = load(...lines, `set ${ab} policy p then permit`, `set ${ab} policy q then permit`);
  const policiesOf = (of: ConfigNode) =>
    readConfiguration(inherit(of).tree).configuration.security?.policies?.fromZone[0]?.policy ?? [];
  const before = policiesOf(tree);
  const after = policiesOf(editTree(tree, `set ${ab} policy q description d`, { source: "test" }).tree);
  expect(before[0]?.then?.count).toBeDefined();
  expect(after.map((policy, at) => policy === before[at])).toEqual([true, false]);
});

test("readings with mistakes are not kept, so that each is told again", () => {
  const node: ConfigNode = { ...emptyTree, kind: "list-entry", word: "address", keys: ["x"] };
  const bad = { ...node, children: new Map([["ip-prefix", { ...emptyTree, kind: "leaf" as const, word: "ip-prefix", values: ["no"] }]]) }; // prettier-ignore
  const book = { ...emptyTree, kind: "list-entry" as const, word: "address-book", keys: ["global"], children: new Map([["address\u0000x", bad]]) }; // prettier-ignore
  const security = { ...emptyTree, word: "security", children: new Map([["address-book\u0000global", book]]) };
  const tree = { ...emptyTree, children: new Map([["security", security]]) };
  const first = readConfiguration(tree).diagnostics;
  expect(first.map(({ code }) => code)).toEqual(["schema.wrong-value"]);
  expect(readConfiguration(tree).diagnostics).toEqual(first);
  expect(factsOf(book).reading).toBeUndefined();
});

test("facts are kept with entries that hold something, and with what holds entries", () => {
  const tree = load("set security address-book global address x 10.0.0.1/32", "set security zones security-zone a");
  const at = (...path: readonly string[]) => nodeAt(tree, path) ?? emptyTree;
  expect(hasFacts(at("security"))).toBe(true);
  expect(hasFacts(at("security", "address-book\u0000global", "address\u0000x"))).toBe(true);
  expect(hasFacts(at("security", "zones", "security-zone\u0000a"))).toBe(false);
  expect(hasFacts(at("security", "address-book\u0000global", "address\u0000x", "ip-prefix"))).toBe(false);
});
