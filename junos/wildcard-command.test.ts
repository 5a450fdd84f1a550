// Lines that mean many lines, by row: what `wildcard delete` and `wildcard range` change, and what they refuse.

import { describe, expect, test } from "vitest";
import { editTree } from "./edit.ts";
import { lineChange } from "./line-change.fixture.ts";
import { loadConfiguration } from "./load.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const ab = "security policies from-zone a to-zone b";

function load(lines: readonly string[]): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "base" });
  expect(diagnostics).toEqual([]);
  return tree;
}

const base = load([
  "set interfaces ge-0/0/0 mtu 1400",
  "set interfaces ge-0/0/1 unit 0 family inet",
  "set interfaces ge-0/0/1 unit 7 family inet",
  "set interfaces xe-0/0/0 mtu 9000",
  `set ${ab} policy web-1 match source-address [ s1 s2 t ]`,
  `set ${ab} policy web-2 then permit`,
  `set ${ab} policy db then permit`,
]);

function change(line: string, at?: readonly string[]): string[] {
  return lineChange(base, line, at);
}

describe("wildcard", () => {
  test.each<[line: string, changes: string[]]>([
    [
      "wildcard delete interfaces ge-*",
      [
        "- set interfaces ge-0/0/0 mtu 1400",
        "- set interfaces ge-0/0/1 unit 0 family inet",
        "- set interfaces ge-0/0/1 unit 7 family inet",
      ],
    ],
    ["wildcard delete interfaces ge-0/0/[02]", ["- set interfaces ge-0/0/0 mtu 1400"]],
    ["wildcard delete interfaces <xe-*>", ["- set interfaces xe-0/0/0 mtu 9000"]],
    [
      "wildcard delete interfaces * mtu",
      [
        "- set interfaces ge-0/0/0 mtu 1400",
        "- set interfaces xe-0/0/0 mtu 9000",
        "+ set interfaces ge-0/0/0",
        "+ set interfaces xe-0/0/0",
      ],
    ],
    [
      "wildcard delete interfaces ge-0/0/1 unit ?",
      [
        "- set interfaces ge-0/0/1 unit 0 family inet",
        "- set interfaces ge-0/0/1 unit 7 family inet",
        "+ set interfaces ge-0/0/1",
      ],
    ],
    [
      `wildcard delete ${ab} policy * match source-address s*`,
      [`- set ${ab} policy web-1 match source-address s1`, `- set ${ab} policy web-1 match source-address s2`],
    ],
    [`wildcard delete security policies from-zone * to-zone b policy db`, [`- set ${ab} policy db then permit`]],
    [
      "wildcard range set interfaces ge-0/0/[0-1] description d",
      ["+ set interfaces ge-0/0/0 description d", "+ set interfaces ge-0/0/1 description d"],
    ],
    [
      'wildcard range set interfaces "ge-0/0/[4-6,!5]" unit [1-2]',
      [
        "+ set interfaces ge-0/0/4 unit 1",
        "+ set interfaces ge-0/0/4 unit 2",
        "+ set interfaces ge-0/0/6 unit 1",
        "+ set interfaces ge-0/0/6 unit 2",
      ],
    ],
    [
      "wildcard range deactivate interfaces ge-0/0/[0-1]",
      ["+ deactivate interfaces ge-0/0/0", "+ deactivate interfaces ge-0/0/1"],
    ],
    [
      "wildcard range delete interfaces ge-0/0/1 unit [0,7]",
      [
        "- set interfaces ge-0/0/1 unit 0 family inet",
        "- set interfaces ge-0/0/1 unit 7 family inet",
        "+ set interfaces ge-0/0/1",
      ],
    ],
    [
      `wildcard range set ${ab} policy n[1-2] match source-address [ x y ]`,
      [
        `+ set ${ab} policy n1 match source-address x`,
        `+ set ${ab} policy n1 match source-address y`,
        `+ set ${ab} policy n2 match source-address x`,
        `+ set ${ab} policy n2 match source-address y`,
      ],
    ],
  ])("%s", (line, changes) => {
    expect(change(line)).toEqual(changes);
  });

  test("at a level", () => {
    expect(change("wildcard delete policy web-*", ab.split(" "))).toHaveLength(4);
    expect(change("wildcard range set unit 7[0-2]", ["interfaces", "ge-0/0/0"])).toEqual([
      "+ set interfaces ge-0/0/0 unit 70",
      "+ set interfaces ge-0/0/0 unit 71",
      "+ set interfaces ge-0/0/0 unit 72",
    ]);
  });
});

describe("what is refused leaves the tree alone", () => {
  test.each<[line: string, code: string]>([
    ["wildcard", "edit.missing-statement"],
    ["wildcard delete", "edit.missing-statement"],
    ["wildcard set interfaces ge-0/0/0", "edit.missing-statement"],
    ["wildcard range interfaces ge-0/0/[0-3]", "edit.not-a-command"],
    ["wildcard range wildcard delete interfaces ge-*", "edit.not-a-command"],
    ["wildcard range set interfaces ge-0/0/[a-b] mtu 1400", "edit.bad-range"],
    ["wildcard range set interfaces ge-[0-999]/[0-999]/0 mtu 1400", "edit.bad-range"],
    ["wildcard delete interfaces [ a b ]", "schema.unexpected-list"],
    ["wildcard delete interfaces so-*", "edit.not-found"],
  ])("%s", (line, code) => {
    const { tree, diagnostics } = editTree(base, line, { source: "<prompt>" });
    expect(tree === base || printSetLines(tree).join() === printSetLines(base).join()).toBe(true);
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
    expect(diagnostics[0]?.span?.source).toBe("<prompt>");
  });

  test("what is protected", () => {
    const locked = load([...printSetLines(base), "protect interfaces ge-0/0/0"]);
    const { tree, diagnostics } = editTree(locked, "wildcard delete interfaces *", { source: "<prompt>" });
    expect(tree).toBe(locked);
    expect(diagnostics.map(({ code }) => code)).toEqual(["edit.protected"]);
  });
});
