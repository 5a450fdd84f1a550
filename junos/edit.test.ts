// One line of the configuration mode: what it makes of a small configuration, and how it refuses.

import { describe, expect, test } from "vitest";
import { editTree } from "./edit.ts";
import { lineChange } from "./line-change.fixture.ts";
import { loadConfiguration } from "./load.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const ab = "security policies from-zone a to-zone b";

const base = load(`
set system host-name fw
set security zones security-zone a interfaces eth1.0
set security zones security-zone b tcp-rst
${["p1", "p2", "p3"].map((name) => `set ${ab} policy ${name} match source-address [ x y ]\nset ${ab} policy ${name} then permit`).join("\n")}
set interfaces eth1 unit 0 family inet address 10.0.0.1/24
set security zones security-zone locked tcp-rst
protect security zones security-zone locked
`);

function load(text: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "set", source: "base" });
  expect(diagnostics).toEqual([]);
  return tree;
}

function change(line: string, at?: readonly string[]): string[] {
  return lineChange(base, line, at);
}

describe("what a line changes", () => {
  test.each<[line: string, changes: string[]]>([
    ["set system host-name new", ["- set system host-name fw", "+ set system host-name new"]],
    ["set security zones security-zone c", ["+ set security zones security-zone c"]],
    ["set security zones security-zone a", []],
    ["delete system host-name", ["- set system host-name fw"]],
    ["delete system host-name fw", ["- set system host-name fw"]],
    ["delete system", ["- set system host-name fw"]],
    ["delete security zones security-zone b", ["- set security zones security-zone b tcp-rst"]],
    [
      "delete security zones security-zone b tcp-rst",
      ["- set security zones security-zone b tcp-rst", "+ set security zones security-zone b"],
    ],
    [`delete ${ab} policy p1 match source-address x`, [`- set ${ab} policy p1 match source-address x`]],
    [
      `delete ${ab} policy p1 match source-address [ x y ]`,
      [`- set ${ab} policy p1 match source-address x`, `- set ${ab} policy p1 match source-address y`],
    ],
    [
      `delete ${ab} policy p1 match source-address`,
      [`- set ${ab} policy p1 match source-address x`, `- set ${ab} policy p1 match source-address y`],
    ],
    ["delete interfaces", ["- set interfaces eth1 unit 0 family inet address 10.0.0.1/24"]],
    [
      "delete interfaces eth1 unit",
      ["- set interfaces eth1 unit 0 family inet address 10.0.0.1/24", "+ set interfaces eth1"],
    ],
    ["deactivate system host-name", ["+ deactivate system host-name"]],
    ["deactivate system", ["+ deactivate system"]],
    ["deactivate interfaces", ["+ deactivate interfaces"]],
    ["activate system", []],
    [`deactivate ${ab} policy p2`, [`+ deactivate ${ab} policy p2`]],
    ["protect system host-name", ["+ protect system host-name"]],
    ["unprotect security zones security-zone locked", ["- protect security zones security-zone locked"]],
    ['annotate system "the host"', ['+ annotate system "the host"']],
    ['annotate system host-name "  its name "', ['+ annotate system host-name "its name"']],
    ['annotate system ""', []],
    [
      `copy ${ab} policy p1 to policy p4`,
      [
        `+ set ${ab} policy p4 match source-address x`,
        `+ set ${ab} policy p4 match source-address y`,
        `+ set ${ab} policy p4 then permit`,
      ],
    ],
    [
      "rename security zones security-zone b to security-zone bb",
      ["- set security zones security-zone b tcp-rst", "+ set security zones security-zone bb tcp-rst"],
    ],
    [
      "rename security zones security-zone b to bb",
      ["- set security zones security-zone b tcp-rst", "+ set security zones security-zone bb tcp-rst"],
    ],
    [
      "rename interfaces eth1 to eth2",
      [
        "- set interfaces eth1 unit 0 family inet address 10.0.0.1/24",
        "+ set interfaces eth2 unit 0 family inet address 10.0.0.1/24",
      ],
    ],
    [
      `rename ${ab} policy p1 to policy to`,
      [
        `- set ${ab} policy p1 match source-address x`,
        `- set ${ab} policy p1 match source-address y`,
        `- set ${ab} policy p1 then permit`,
        `+ set ${ab} policy to match source-address x`,
        `+ set ${ab} policy to match source-address y`,
        `+ set ${ab} policy to then permit`,
      ],
    ],
    [
      `rename ${ab} to from-zone a to-zone c`,
      ["p1", "p2", "p3"]
        .flatMap((name) => [
          `- set ${ab} policy ${name} match source-address x`,
          `- set ${ab} policy ${name} match source-address y`,
          `- set ${ab} policy ${name} then permit`,
        ])
        .concat(
          ["p1", "p2", "p3"].flatMap((name) => [
            `+ set security policies from-zone a to-zone c policy ${name} match source-address x`,
            `+ set security policies from-zone a to-zone c policy ${name} match source-address y`,
            `+ set security policies from-zone a to-zone c policy ${name} then permit`,
          ]),
        ),
    ],
  ])("%s", (line, changes) => {
    expect(change(line)).toEqual(changes);
  });

  test("a line is relative to its level", () => {
    const at = ["security", "zones", "security-zone", "b"];
    expect(change("set description d", at)).toEqual(["+ set security zones security-zone b description d"]);
    expect(change("delete tcp-rst", at)).toEqual([
      "- set security zones security-zone b tcp-rst",
      "+ set security zones security-zone b",
    ]);
    expect(change("delete", at)).toEqual(["- set security zones security-zone b tcp-rst"]);
    expect(change("rename security-zone b to security-zone q", at.slice(0, 2))).toHaveLength(2);
  });
});

describe("order", () => {
  function policies(line: string): string[] {
    const { tree, diagnostics } = editTree(base, line, { source: "<prompt>" });
    expect(diagnostics).toEqual([]);
    return printSetLines(tree).flatMap((it) => / policy (\S+) then/.exec(it)?.[1] ?? []);
  }

  test.each<[line: string, order: string[]]>([
    [`insert ${ab} policy p3 before policy p1`, ["p3", "p1", "p2"]],
    [`insert ${ab} policy p1 after policy p3`, ["p2", "p3", "p1"]],
    [`insert ${ab} policy p3 before policy p2`, ["p1", "p3", "p2"]],
    [`insert ${ab} policy p3 after policy p2`, ["p1", "p2", "p3"]],
    [`insert ${ab} policy p1 before p3`, ["p2", "p1", "p3"]],
    [`insert ${ab} policy p1 before policy p1`, ["p1", "p2", "p3"]],
    [`rename ${ab} policy p2 to policy q`, ["p1", "q", "p3"]],
    [`copy ${ab} policy p1 to policy q`, ["p1", "p2", "p3", "q"]],
  ])("%s", (line, order) => {
    expect(policies(line)).toEqual(order);
  });
});

describe("what is refused leaves the tree alone", () => {
  test.each<[line: string, code: string, severity?: "warning"]>([
    ["", "none"],
    ["# a comment", "none"],
    ["system { host-name x; }", "edit.not-a-command"],
    ["top", "edit.not-a-command"],
    ["set system host-name a\nset system host-name b", "edit.not-a-command"],
    ["set", "edit.missing-statement"],
    ["delete", "edit.missing-statement"],
    ["annotate system", "edit.missing-statement"],
    ['annotate system "a */ b"', "edit.bad-annotation"],
    [`annotate system "${"x".repeat(65_537)}"`, "syntax.too-long"],
    ["set system", "none"],
    ["set system hst x", "schema.unknown-statement"],
    ["delete system hst", "schema.unknown-statement"],
    ["delete security zones security-zone nope", "edit.not-found", "warning"],
    ["delete system host-name other", "edit.not-found", "warning"],
    [`delete ${ab} policy p1 match source-address z`, "edit.not-found", "warning"],
    ["deactivate security zones security-zone nope", "edit.not-found", "warning"],
    ["delete security policies global", "edit.not-found", "warning"],
    [`deactivate ${ab} policy p1 match source-address x`, "edit.whole-statement"],
    [`insert ${ab} policy p1 before policy nope`, "edit.not-found"],
    [`insert ${ab} policy nope before policy p1`, "edit.not-found"],
    [`insert ${ab} policy p1`, "edit.missing-statement"],
    [`insert ${ab} policy p1 before`, "edit.missing-statement"],
    [`insert ${ab} policy p1 before then permit`, "schema.unknown-statement"],
    ["insert interfaces eth1 before eth2", "edit.not-ordered"],
    ["insert system host-name fw before host-name fw", "edit.not-an-entry"],
    [`rename ${ab} policy p1 to policy p2`, "edit.exists"],
    [`rename ${ab} policy p1 to policy -bad`, "schema.wrong-value"],
    [`copy ${ab} policy nope to policy p9`, "edit.not-found"],
    ["set security zones security-zone locked description x", "edit.protected"],
    ["delete security zones security-zone locked", "edit.protected"],
    ["delete security zones security-zone locked tcp-rst", "edit.protected"],
    ["delete security", "edit.protected"],
    ["delete security zones security-zone", "edit.protected"],
    ["deactivate security zones security-zone locked", "edit.protected"],
    ["rename security zones security-zone locked to security-zone free", "edit.protected"],
    ['annotate security zones security-zone locked "x"', "edit.protected"],
  ])("%s", (line, code, severity) => {
    const { tree, diagnostics } = editTree(base, line, { source: "<prompt>" });
    expect(sameTree(tree, base)).toBe(true);
    if (code === "none") expect(diagnostics).toEqual([]);
    else {
      expect(diagnostics[0]).toMatchObject({ code, severity: severity ?? "error" });
      expect(diagnostics[0]?.span?.source).toBe("<prompt>");
    }
  });
});

describe("a copy is independent of its original", () => {
  test("also inside one load", () => {
    const lines = [
      `copy ${ab} policy p1 to policy q`,
      `set ${ab} policy q match source-address z`,
      `delete ${ab} policy p1 match source-address y`,
      `rename ${ab} policy p1 to policy r`,
      `set ${ab} policy r description late`,
      `delete ${ab} policy r match source-address`,
    ];
    const { tree, diagnostics } = loadConfiguration(base, lines.join("\n"), { action: "set", source: "test" });
    expect(diagnostics).toEqual([]);
    expect(printSetLines(tree).filter((line) => / policy [qr] /.test(line))).toEqual([
      `set ${ab} policy r description late`,
      `set ${ab} policy r then permit`,
      `set ${ab} policy q match source-address x`,
      `set ${ab} policy q match source-address y`,
      `set ${ab} policy q match source-address z`,
      `set ${ab} policy q then permit`,
    ]);
  });

  test("moves, deletions and additions in one load come one after the other", () => {
    const lines = [
      `insert ${ab} policy p3 before policy p1`,
      `delete ${ab} policy p3`,
      `set ${ab} policy p3 then deny`,
      `insert ${ab} policy p1 after policy p2`,
      `rename ${ab} policy p2 to policy q2`,
      `insert ${ab} policy p3 before policy p1`,
      `rename ${ab} to from-zone a to-zone z`,
      "set security policies from-zone a to-zone z policy last then deny",
      "insert security policies from-zone a to-zone z policy last before policy q2",
      "copy security policies from-zone a to-zone z to from-zone a to-zone y",
    ];
    const { tree, diagnostics } = loadConfiguration(base, lines.join("\n"), { action: "set", source: "test" });
    expect(diagnostics).toEqual([]);
    for (const zone of ["z", "y"]) {
      const names = printSetLines(tree).flatMap(
        (it) => new RegExp(`to-zone ${zone} policy (\\S+) then`).exec(it)?.[1] ?? [],
      );
      expect(names).toEqual(["last", "q2", "p3", "p1"]);
    }
  });

  test("a thousand moves in a long list cost little", () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `set ${ab} policy n${at} then deny`).join("\n");
    const long = loadConfiguration(emptyTree, names, { action: "set", source: "test" }).tree;
    const many = Array.from(
      { length: 1000 },
      (_, at) =>
        `insert ${ab} policy n${19_999 - at} before policy n1\nrename ${ab} policy n${at + 5} to policy m${at}`,
    );
    const start = performance.now();
    const { diagnostics } = loadConfiguration(long, many.join("\n"), { action: "set", source: "test" });
    expect(diagnostics).toEqual([]);
    expect(performance.now() - start).toBeLessThan(4000);
  });

  test("also of what was added in the same load", () => {
    const book = "set security zones security-zone a address-book";
    const lines = [
      `${book} address-set s address x`,
      `${book} address y 10.0.0.1`,
      "copy security zones security-zone a to security-zone n",
    ];
    const { tree } = loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "test" });
    const again = loadConfiguration(emptyTree, printSetLines(tree).join("\n"), { action: "set", source: "test" });
    expect(sameTree(again.tree, tree)).toBe(true);
  });
});

test("an empty container goes with its last mark", () => {
  const marked = load("set security\ndeactivate security");
  expect(marked.children.size).toBe(1);
  expect(editTree(marked, "activate security", { source: "test" }).tree.children.size).toBe(0);
});

describe("an entry stays in its list", () => {
  const two = loadConfiguration(
    base,
    "set security policies from-zone a to-zone c policy other then deny\nset security policies global policy g then deny",
    { action: "set", source: "base" },
  ).tree;

  test.each<[line: string, code: string, message: string, hint: string]>([
    [
      `insert ${ab} policy p1 before policy other`,
      "edit.not-found",
      "statement not found",
      "it stands in [edit security policies from-zone a to-zone c]; an entry moves only inside its own list",
    ],
    [
      `insert ${ab} policy p1 after policy g`,
      "edit.not-found",
      "statement not found",
      "it stands in [edit security policies global]; an entry moves only inside its own list",
    ],
    [
      `insert ${ab} policy p1 before from-zone a to-zone c policy other`,
      "edit.not-an-entry",
      '"from-zone a to-zone c policy other" is on another level: an entry moves only inside its own list',
      "name an entry of the same list: before policy NAME",
    ],
    [
      `rename ${ab} policy p1 to from-zone a to-zone c policy p1`,
      "edit.not-an-entry",
      '"from-zone a to-zone c policy p1" is on another level: an entry moves only inside its own list',
      "name an entry of the same list: to policy NAME",
    ],
    [
      `copy ${ab} policy p1 to security policies global policy p1`,
      "edit.not-an-entry",
      '"security policies global policy p1" is on another level: an entry moves only inside its own list',
      "name an entry of the same list: to policy NAME",
    ],
  ])("%s", (line, code, message, hint) => {
    const { tree, diagnostics } = editTree(two, line, { source: "<prompt>" });
    expect(tree).toBe(two);
    expect(diagnostics).toMatchObject([{ code, message, hint, severity: "error" }]);
  });
});
