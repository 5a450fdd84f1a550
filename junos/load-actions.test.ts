// What the actions of `load` have of their own: `update` keeps what is equal, `replace` obeys its tags, a text may be
// relative to a level, and marks, annotations and protection come through all of them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { cloneNode } from "./draft.ts";
import { loadConfiguration } from "./load.ts";
import type { LoadOptions } from "./load.ts";
import { printTree } from "./print.ts";
import { rootSchema } from "./schema-index.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree, nodeAt } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function load(text: string, base: ConfigNode = emptyTree, options: Partial<LoadOptions> = {}): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(base, text, { action: "merge", source: "test", ...options });
  expect(diagnostics).toEqual([]);
  return tree;
}

const base = load(`
system { host-name fw; time-zone UTC; }
security {
  policies {
    from-zone a to-zone b {
      policy p { match { source-address [ x y ]; application any; } then { permit; } }
      policy q { then { deny; } }
    }
  }
  zones { security-zone a { tcp-rst; } security-zone b; }
}
interfaces { ge-0/0/0 { unit 0 { family inet { address 10.0.0.1/24; } } } }
`);

function change(text: string, options: Partial<LoadOptions>, from = base): string[] {
  const before = printSetLines(from);
  const after = printSetLines(load(text, from, options));
  return [
    ...before.filter((it) => !after.includes(it)).map((it) => `- ${it}`),
    ...after.filter((it) => !before.includes(it)).map((it) => `+ ${it}`),
  ];
}

const runs = { numRuns: 20, endOnFailure: true };

function withoutProtection(node: ConfigNode): ConfigNode {
  const children = new Map([...node.children].map(([id, child]) => [id, withoutProtection(child)]));
  return { ...node, protected: false, children };
}

const free = arbitraryTree.map((made) => cloneNode(withoutProtection(made), rootSchema));

/** Every child of `fresh` that says the same as the child of `old` is that child. */
function sharesAll(old: ConfigNode, fresh: ConfigNode): boolean {
  if (old === fresh) return true;
  if (sameTree(old, fresh)) return false;
  for (const [id, child] of fresh.children) {
    const known = old.children.get(id);
    if (known !== undefined && !sharesAll(known, child)) return false;
  }
  return true;
}

describe("update", () => {
  test("makes the configuration what the text says, and keeps every node that says the same", () => {
    fc.assert(
      fc.property(free, free, (a, b) => {
        const { tree, diagnostics } = loadConfiguration(a, printTree(b), { action: "update", source: "law" });
        expect(diagnostics).toEqual([]);
        expect(sharesAll(a, tree)).toBe(true);
        return sameTree(tree, b);
      }),
      runs,
    );
  });

  test("with its own text it gives the tree itself", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => load(printTree(tree), tree, { action: "update" }) === tree),
      runs,
    );
  });

  test("an order that changed is a change", () => {
    const text = printTree(base).replace(/policy p \{[\s\S]*?\n {12}\}\n/, "");
    const p = /policy p \{[\s\S]*?\n {12}\}\n/.exec(printTree(base))?.[0] ?? "";
    const moved = load(text.replace("        }\n    }\n    zones", `    ${p}        }\n    }\n    zones`), base, {
      action: "update",
    });
    const path = ["security", "policies", "from-zone\u0000a\u0000b"];
    expect([...(nodeAt(moved, path)?.children.keys() ?? [])]).toEqual(["policy\u0000q", "policy\u0000p"]);
    for (const id of ["policy\u0000p", "policy\u0000q"])
      expect(nodeAt(moved, [...path, id])).toBe(nodeAt(base, [...path, id]));
    expect(nodeAt(moved, ["system"])).toBe(nodeAt(base, ["system"]));
  });

  test("below a level, the rest stays", () => {
    const at = ["security", "zones"];
    expect(change("security-zone a { tcp-rst; }\nsecurity-zone c;", { action: "update", at })).toEqual([
      "- set security zones security-zone b",
      "+ set security zones security-zone c",
    ]);
  });

  test("with an error everything stays", () => {
    const { tree, diagnostics } = loadConfiguration(base, "system { host-nam x; }", {
      action: "update",
      source: "test",
    });
    expect(tree).toBe(base);
    expect(diagnostics).toHaveLength(1);
  });

  test.each<[name: string, text: (printed: string) => string]>([
    ["gone", (text) => text.replace(/ *protect: [^}]*\}\n/, "")],
    ["changed", (text) => text.replace("tcp-rst;", "description x;")],
    ["unprotected", (text) => text.replace("protect: ", "")],
  ])("what is protected is not %s", (_, edit) => {
    const locked = load("set security zones security-zone a tcp-rst\nprotect security zones security-zone a");
    const text = edit(printTree(locked));
    expect(text).not.toBe(printTree(locked));
    const { tree, diagnostics } = loadConfiguration(locked, text, { action: "update", source: "test" });
    expect(tree).toBe(locked);
    expect(diagnostics.map(({ code }) => code)).toEqual(["edit.protected"]);
  });
});

describe("replace and delete tags", () => {
  test.each<[name: string, text: string, options: Partial<LoadOptions>, changes: string[]]>([
    [
      "without tags it merges",
      "system { host-name b; }",
      { action: "replace" },
      ["- set system host-name fw", "+ set system host-name b"],
    ],
    [
      "a tagged block",
      "replace: system { host-name b; }",
      { action: "replace" },
      ["- set system host-name fw", "- set system time-zone UTC", "+ set system host-name b"],
    ],
    [
      "a tagged entry",
      "security { policies { from-zone a to-zone b { replace: policy p { then { deny; } } } } }",
      { action: "replace" },
      [
        "- set security policies from-zone a to-zone b policy p match source-address x",
        "- set security policies from-zone a to-zone b policy p match source-address y",
        "- set security policies from-zone a to-zone b policy p match application any",
        "- set security policies from-zone a to-zone b policy p then permit",
        "+ set security policies from-zone a to-zone b policy p then deny",
      ],
    ],
    [
      "tagged values",
      "security policies from-zone a to-zone b policy p match { replace: source-address z; }",
      { action: "replace" },
      [
        "- set security policies from-zone a to-zone b policy p match source-address x",
        "- set security policies from-zone a to-zone b policy p match source-address y",
        "+ set security policies from-zone a to-zone b policy p match source-address z",
      ],
    ],
    [
      "delete in a merge",
      "system { delete: time-zone; host-name b; }",
      { action: "merge" },
      ["- set system host-name fw", "- set system time-zone UTC", "+ set system host-name b"],
    ],
  ])("%s", (_, text, options, changes) => {
    expect(change(text, options)).toEqual(changes);
  });
});

describe("relative to a level", () => {
  const ab = "security policies from-zone a to-zone b".split(" ");

  test.each<[name: string, at: string[], text: string, action: LoadOptions["action"], changes: string[]]>([
    ["a block", ["system"], "host-name b;", "merge", ["- set system host-name fw", "+ set system host-name b"]],
    ["an entry", ab, "policy q { then { count; } }", "merge", [`+ set ${ab.join(" ")} policy q then count`]],
    ["entries of one list", ["interfaces"], "ge-0/0/1 { mtu 1400; }", "merge", ["+ set interfaces ge-0/0/1 mtu 1400"]],
    [
      "an entry that is not there yet",
      ["interfaces", "eth9"],
      "mtu 1400;",
      "merge",
      ["+ set interfaces eth9 mtu 1400"],
    ],
    [
      "command lines",
      ab,
      "delete policy q\nset policy p description d",
      "set",
      [`- set ${ab.join(" ")} policy q then deny`, `+ set ${ab.join(" ")} policy p description d`],
    ],
    [
      "edit and top",
      ab,
      "edit policy p\nset description d\ntop\nset system host-name b",
      "set",
      ["- set system host-name fw", "+ set system host-name b", `+ set ${ab.join(" ")} policy p description d`],
    ],
    [
      "replace",
      ["security"],
      "zones { replace: security-zone a { description d; } }",
      "replace",
      ["- set security zones security-zone a tcp-rst", "+ set security zones security-zone a description d"],
    ],
  ])("%s", (_, at, text, action, changes) => {
    expect(change(text, { action, at }).toSorted()).toEqual(changes.toSorted());
  });

  test.each<[at: string[], code: string]>([
    [["system", "host-name"], "edit.no-level"],
    [["nonsense"], "schema.unknown-statement"],
    [["security", "policies", "from-zone", "a"], "schema.missing-key"],
  ])("no level: %j", (at, code) => {
    const { tree, diagnostics } = loadConfiguration(base, "x;", { action: "merge", source: "test", at });
    expect(tree).toBe(base);
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
  });
});

describe("marks, annotations and protection", () => {
  const text =
    "system { /* n */ inactive: host-name x; }\nsecurity { zones { protect: security-zone z { inactive: tcp-rst; } } }";

  test.each<LoadOptions["action"]>(["merge", "override", "replace", "update", "set"])("through load %s", (action) => {
    const lines = printSetLines(load(text, emptyTree, { action }));
    expect(lines).toEqual([
      "set system host-name x",
      "deactivate system host-name",
      "annotate system host-name n",
      "set security zones security-zone z tcp-rst",
      "deactivate security zones security-zone z tcp-rst",
      "protect security zones security-zone z",
    ]);
    expect(sameTree(load(lines.join("\n"), emptyTree, { action }), load(text))).toBe(true);
  });

  test.each<[action: LoadOptions["action"], text: string]>([
    ["merge", "security { zones { security-zone z { description d; } } }"],
    ["replace", "security { zones { replace: security-zone z { description d; } } }"],
    ["replace", "replace: security { zones { security-zone z; } }"],
    ["merge", "security { zones { delete: security-zone z; } }"],
    ["set", "rename security zones security-zone z to security-zone y"],
    ["set", "wildcard delete security zones security-zone *"],
    ["set", "wildcard range set security zones security-zone z description [1-2]"],
    ["patch", "[edit security zones security-zone z]\n+  description d;\n"],
    ["update", "system { host-name x; }"],
    ["override", "system { host-name x; }"],
    ["override", "security { zones { protect: security-zone z; } }"],
    ["override", "security { zones { security-zone z { inactive: tcp-rst; } } }"],
  ])("load %s refuses: %s", (action, change_) => {
    const locked = load(text);
    const { tree, diagnostics } = loadConfiguration(locked, change_, { action, source: "test", guarded: true });
    expect(diagnostics[0]?.code).toBe("edit.protected");
    expect(sameTree(tree, locked)).toBe(true);
  });

  test("an override that leaves what is protected as it is, is taken; one that is not guarded, always", () => {
    const locked = load(text);
    const same = "system { time-zone UTC; } security { zones { protect: security-zone z { inactive: tcp-rst; } } }";
    const guarded = loadConfiguration(locked, same, { action: "override", source: "test", guarded: true });
    expect(guarded.diagnostics).toEqual([]);
    expect(sameTree(guarded.tree, load(same))).toBe(true);
    const free = loadConfiguration(locked, "system;", { action: "override", source: "test" });
    expect(free.diagnostics).toEqual([]);
    expect(free.tree.children.size).toBe(0);
  });
});
