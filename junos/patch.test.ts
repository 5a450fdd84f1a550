// `load patch`: what a comparison says, applied to where it was made, gives where it leads; and what cannot be applied is
// refused at its line, with nothing changed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { compareTrees } from "./compare.ts";
import { cloneNode } from "./draft.ts";
import { loadConfiguration } from "./load.ts";
import { rootSchema } from "./schema-index.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function tree(lines: string, base: ConfigNode = emptyTree): ConfigNode {
  const loaded = loadConfiguration(base, lines, { action: "set", source: "test" });
  expect(loaded.diagnostics).toEqual([]);
  return loaded.tree;
}

function patched(base: ConfigNode, patch: string): ConfigNode {
  const loaded = loadConfiguration(base, patch, { action: "patch", source: "patch" });
  expect(loaded.diagnostics).toEqual([]);
  return loaded.tree;
}

function withoutProtection(node: ConfigNode): ConfigNode {
  const children = new Map([...node.children].map(([id, child]) => [id, withoutProtection(child)]));
  return { ...node, protected: false, children };
}

const free = arbitraryTree.map((made) => cloneNode(withoutProtection(made), rootSchema));

const ab = "security policies from-zone a to-zone b";

function policies(names: string): ConfigNode {
  if (names === "") return emptyTree;
  return tree(
    names
      .split("")
      .map((name) => `set ${ab} policy ${name} then permit`)
      .join("\n"),
  );
}

describe("laws", () => {
  test("a comparison of two random trees leads from one to the other", () => {
    fc.assert(
      fc.property(free, arbitraryTree, (a, b) => {
        const patch = compareTrees(a, b);
        const result = patched(a, patch);
        if (!sameTree(result, b)) expect(compareTrees(result, b)).toBe("");
        return sameTree(result, b);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  test("what displaces the other case of a choice may stand before it", () => {
    const before = tree("set security address-book global address a dns-name x.y");
    const after = tree("set security address-book global address a 10.0.0.1/32");
    for (const [a, b] of [
      [before, after],
      [after, before],
    ] as const)
      expect(sameTree(patched(a, compareTrees(a, b)), b)).toBe(true);
  });

  test("any order of entries leads to any other", () => {
    const names = fc.shuffledSubarray("abcdefgh".split("")).map((letters) => letters.join(""));
    fc.assert(
      fc.property(names, names, (before, after) => {
        const [a, b] = [policies(before), policies(after)];
        return sameTree(patched(a, compareTrees(a, b)), b);
      }),
      { numRuns: 500 },
    );
  });
});

const base = tree(`
set system host-name fw
${["p", "q", "r"].map((name) => `set ${ab} policy ${name} match source-address [ x y ]\nset ${ab} policy ${name} then permit`).join("\n")}
set interfaces eth1 unit 0 family inet address 10.0.0.1/24
set security zones security-zone locked tcp-rst
protect security zones security-zone locked
`);

describe("patches", () => {
  function change(patch: string, at?: readonly string[]): string[] {
    const options = { action: "patch", source: "patch", ...(at === undefined ? {} : { at }) } as const;
    const { tree: result, diagnostics } = loadConfiguration(base, patch, options);
    expect(diagnostics).toEqual([]);
    const [before, after] = [printSetLines(base), printSetLines(result)];
    return [
      ...before.filter((it) => !after.includes(it)).map((it) => `- ${it}`),
      ...after.filter((it) => !before.includes(it)).map((it) => `+ ${it}`),
    ];
  }

  test.each<[name: string, patch: string, changes: string[]]>([
    ["nothing", "", []],
    [
      "blank lines and CRLF",
      "\r\n[edit system]\r\n-  host-name fw;\r\n+  host-name b;\r\n\r\n",
      ["- set system host-name fw", "+ set system host-name b"],
    ],
    ["a byte order mark", "\ufeff[edit]\n-  system {\n-      host-name fw;\n-  }\n", ["- set system host-name fw"]],
    [
      "other indentation",
      "[edit system]\n-host-name fw;\n+ host-name b;\n",
      ["- set system host-name fw", "+ set system host-name b"],
    ],
    [
      "a leaf without the line that takes the old one away",
      "[edit system]\n+  host-name b;\n",
      ["- set system host-name fw", "+ set system host-name b"],
    ],
    ["what stands there already", "[edit system]\n+  host-name fw;\n", []],
    [
      "a level that is not there yet",
      "[edit security zones security-zone new]\n+    tcp-rst;\n",
      ["+ set security zones security-zone new tcp-rst"],
    ],
    ["marks", "[edit]\n!  inactive: system { ... }\n", ["+ deactivate system"]],
    [
      "an annotation",
      "[edit system]\n+  /* two\n+  lines */\n   host-name fw;\n",
      ['+ annotate system host-name "two'],
    ],
  ])("%s", (_, patch, changes) => {
    const found = change(patch).map((line) => line.split("\n")[0]);
    expect(found).toEqual(changes);
  });

  test("relative to a level", () => {
    expect(
      change(
        "[edit host-inbound-traffic]\n+ system-services {\n+    ping;\n+ }\n",
        "security zones security-zone n".split(" "),
      ),
    ).toEqual(["+ set security zones security-zone n host-inbound-traffic system-services ping"]);
  });

  test("the annotation of a changed leaf stays", () => {
    const noted = tree('annotate system host-name "n"', base);
    const result = patched(noted, "[edit system]\n-  host-name fw;\n+  host-name b;\n");
    expect(printSetLines(result)).toContain("annotate system host-name n");
  });
});

describe("what cannot be applied changes nothing", () => {
  test.each<[name: string, patch: string, place: string, code: string, message: string]>([
    ["no level", "+ system { }", "1:1", "patch.bad-line", "a change stands before the first [edit …]"],
    ["no sign", "[edit]\nsystem { }", "2:1", "patch.bad-line", "the line has no sign"],
    ["a bad level", "[edit systm]\n+  host-name x;", "1:7", "schema.unknown-statement", 'unknown statement "systm"'],
    ["an open level", "[edit system\n+  host-name x;", "1:1", "patch.bad-line", "this is no [edit …] line"],
    ["a leaf as level", "[edit system host-name]\n+  x;", "1:14", "edit.no-level", 'there is no level "host-name"'],
    [
      "another value",
      "[edit system]\n+  time-zone UTC;\n-  host-name other;\n",
      "3:4",
      "patch.differs",
      '"host-name" is not as the patch says',
    ],
    [
      "other values",
      `[edit ${ab} policy p match]\n-      source-address [ y x ];\n`,
      "2:8",
      "patch.differs",
      '"source-address" is not as the patch says',
    ],
    [
      "another block",
      `[edit ${ab}]\n-     policy p {\n-         then {\n-             permit;\n-         }\n-     }\n`,
      "2:7",
      "patch.differs",
      '"policy" is not as the patch says',
    ],
    [
      "nothing to take away",
      `[edit ${ab}]\n-     policy none {\n-         then {\n-             permit;\n-         }\n-     }\n`,
      "2:7",
      "patch.not-found",
      "the statement is not there",
    ],
    [
      "nothing to mark",
      `[edit ${ab}]\n!     inactive: policy none { ... }\n`,
      "2:17",
      "patch.not-found",
      "the statement is not there",
    ],
    [
      "nothing to move",
      `[edit ${ab}]\n!     policy none { ... }\n`,
      "2:7",
      "patch.not-found",
      "the statement is not there",
    ],
    [
      "no neighbour",
      `[edit ${ab}]\n      policy none { ... }\n!     policy p { ... }\n`,
      "3:7",
      "patch.not-found",
      "the statement before it is not there",
    ],
    [
      "an open block",
      "[edit]\n+  system {\n+      time-zone UTC;\n",
      "2:11",
      "syntax.unclosed-brace",
      'the block that this "{" opens is not closed',
    ],
    [
      "a missing semicolon",
      "[edit system]\n+  time-zone UTC\n+  host-name b;\n",
      "2:17",
      "syntax.missing-semicolon",
      'a ";" or a block is missing here',
    ],
    [
      "an unknown statement",
      "[edit system]\n+  host-nam b;\n",
      "2:4",
      "schema.unknown-statement",
      'unknown statement "host-nam"',
    ],
    [
      "a wrong value",
      "[edit interfaces eth1]\n+  mtu 12;\n",
      "2:8",
      "schema.wrong-value",
      '"12" is not a number from 68 to 65535',
    ],
    [
      "something protected",
      "[edit security zones security-zone locked]\n-    tcp-rst;\n",
      "1:22",
      "edit.protected",
      '"security-zone locked" is protected and cannot be changed',
    ],
    [
      "something protected, whole",
      "[edit security zones]\n-    security-zone locked {\n-        tcp-rst;\n-    }\n",
      "2:6",
      "edit.protected",
      '"security-zone locked" is protected and cannot be changed',
    ],
    [
      "control characters",
      "[edit system]\n+  host-name a\u0000;\n",
      "2:15",
      "syntax.binary",
      "a character that does not belong in a text stands here",
    ],
  ])("%s", (_, patch, place, code, message) => {
    const { tree: result, diagnostics } = loadConfiguration(base, patch, { action: "patch", source: "patch" });
    expect(result).toBe(base);
    expect(diagnostics[0]).toMatchObject({ code, message, severity: "error", span: { source: "patch" } });
    expect(`${diagnostics[0]?.span?.line}:${diagnostics[0]?.span?.column}`).toBe(place);
  });

  test("a damaged patch gives an error or a tree, and never an exception", () => {
    const patch = compareTrees(
      base,
      tree(`delete ${ab} policy q\nset system host-name z\ninsert ${ab} policy r before policy p`, base),
    );
    const damage = fc.tuple(
      fc.nat(patch.length),
      fc.nat(8),
      fc.constantFrom("", "+", "-", "!", " ", "{", "}", ";", "\n", '"', "["),
    );
    fc.assert(
      fc.property(damage, ([at, length, text]) => {
        const damaged = patch.slice(0, at) + text + patch.slice(at + length);
        const { tree: result, diagnostics } = loadConfiguration(base, damaged, { action: "patch", source: "patch" });
        for (const { span, severity } of diagnostics) if (severity === "error") expect(span?.source).toBe("patch");
        expect(result === base || diagnostics.every(({ severity }) => severity !== "error")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("a long patch is applied in linear time", () => {
    const many = Array.from({ length: 5000 }, (_, at) => `set ${ab} policy n${at} then permit`);
    const [long, other] = [tree(many.join("\n")), tree(many.toReversed().join("\n"))];
    const patch = compareTrees(long, other);
    const start = performance.now();
    expect(sameTree(patched(long, patch), other)).toBe(true);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
