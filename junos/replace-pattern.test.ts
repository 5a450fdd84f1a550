// Texts in names and values become others: where, how often, and what stays as it is.

import { compilePattern } from "@merlon/model/linear-pattern.ts";
import type { LinearPattern } from "@merlon/model/linear-pattern.ts";
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { replacePattern } from "./replace-pattern.ts";
import type { Replaced } from "./replace-pattern.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const lines = [
  "set system host-name web-gw",
  "set security address-book global address web-1 10.1.0.1/32",
  "set security address-book global address web-2 10.1.0.2/32",
  "set security zones security-zone web",
  "set security zones security-zone app",
  "set security policies from-zone app to-zone web policy web-in match source-address any",
  "set security policies from-zone app to-zone web policy web-in match destination-address [ web-1 web-2 ]",
  "set security policies from-zone app to-zone web policy web-in then permit",
];

function treeOf(...text: readonly string[]): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text.join("\n"), { action: "set", source: "test" });
  expect(diagnostics).toEqual([]);
  return tree;
}

function compiled(text: string, fromStart: boolean): LinearPattern {
  const pattern = compilePattern(text, { fromStart });
  return "error" in pattern ? expect.fail(pattern.error) : pattern;
}

interface Options {
  readonly at?: readonly string[];
  readonly countMax?: number;
}

function replace(tree: ConfigNode, text: string, fresh: string, { at = [], countMax = 1_000 }: Options = {}): Replaced {
  const patterns = { pattern: compiled(text, true), found: compiled(text, false) };
  return replacePattern(tree, { ...patterns, text: fresh, countMax, at });
}

/** The lines that are new, and how often something was replaced. */
function replaced(text: string, fresh: string, options: Options = {}): readonly (string | number)[] {
  const tree = treeOf(...lines);
  const result = replace(tree, text, fresh, options);
  if (result.kind === "refused") return [result.message];
  const before = new Set(printSetLines(tree));
  return [...printSetLines(result.tree).filter((line) => !before.has(line)), result.count];
}

describe("replace pattern", () => {
  test.each<[text: string, fresh: string, options: Options, expected: readonly (string | number)[]]>([
    ["web-gw", "gw", {}, ["set system host-name gw", 1]],
    ["gw$", "fw", {}, ["set system host-name web-fw", 1]],
    ["^web-g", "x", {}, ["set system host-name xw", 1]],
    ["nothing", "x", {}, [0]],
    ["WEB", "x", {}, [0]],
    [
      "10\\.1\\.0\\.",
      "10.9.0.",
      {},
      [
        "set security address-book global address web-1 10.9.0.1/32",
        "set security address-book global address web-2 10.9.0.2/32",
        2,
      ],
    ],
    ["10\\.1\\.0\\.", "10.9.0.", { countMax: 1 }, ["set security address-book global address web-1 10.9.0.1/32", 1]],
    ["web", "dmz", { at: ["security", "zones"] }, ["set security zones security-zone dmz", 1]],
    ["app|any", "x", { at: ["security", "policies", "from-zone", "app", "to-zone", "web"] },
      ["set security policies from-zone app to-zone web policy web-in match source-address x", 1]], // prettier-ignore
    ["web-1", "web-2", {}, ["address web-2 is there already"]],
    ["web", "app", { at: ["security", "zones"] }, ["security-zone app is there already"]],
    ["x", "y", { at: ["nonsense"] }, ["there is no such level"]],
    ["x", "y", { at: ["applications"] }, [0]],
  ])("%s with %s, %j", (text, fresh, options, expected) => {
    expect(replaced(text, fresh, options)).toEqual(expected);
  });

  test("renames an entry wherever it is named, in place", () => {
    const result = replace(treeOf(...lines), "web-", "www-");
    const text = result.kind === "replaced" ? printTree(result.tree) : result.message;
    expect(text).toContain("destination-address [ www-1 www-2 ];");
    expect(text).toContain("host-name www-gw;");
    expect(text).toContain("from-zone app to-zone web {");
    expect(text.indexOf("address www-1")).toBeLessThan(text.indexOf("address www-2"));
    expect(result).toMatchObject({ count: 6 });
  });

  test("leaves keywords, marks, comments and secrets alone", () => {
    const secret = "$6$abc$permitpermit";
    const text = `system {
    /* permit this */
    inactive: host-name permit-gw;
    root-authentication {
        encrypted-password "${secret}"; ## SECRET-DATA
    }
}
`;
    const { tree } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });
    const result = replace(tree, "permit", "allow");
    expect(result.kind === "replaced" && printTree(result.tree)).toBe(text.replace("permit-gw", "allow-gw"));
  });

  test("longest match, one behind the other, characters beyond 16 bits too", () => {
    const tree = treeOf('set system location building "a😀aa😀b"');
    const at = (text: string, fresh: string): string => {
      const result = replace(tree, text, fresh);
      return result.kind === "replaced" ? (printSetLines(result.tree)[0] ?? "") : result.message;
    };
    expect(at("a+", "x")).toContain('"x😀x😀b"'.replaceAll('"', ""));
    expect(at("😀", "-")).toContain("a-aa-b");
    expect(at("b*", "y")).toContain("a😀aa😀y");
  });

  test("a long text is not searched for ever", () => {
    const tree = treeOf(`set system host-name x`, `set system location building "${"a".repeat(12_000)}b"`);
    expect(replace(tree, "(a+)+c", "y")).toMatchObject({ count: 0 });
    expect(replace(tree, "b", "y")).toEqual({ kind: "refused", message: "a text is longer than 10000 characters" });
    expect(replace(tree, "^a", "y".repeat(60_000))).toMatchObject({ kind: "refused" });
  });

  test("law: as String.replaceAll for a plain text", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "b", "-", "1"), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        plain,
        fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 3 }),
        plain,
        (text, old, fresh) => {
          const tree = treeOf(`set system location building "${text}"`);
          const result = replace(tree, old, fresh);
          const expected = printSetLines(treeOf(`set system location building "${text.replaceAll(old, fresh)}"`));
          expect(result.kind === "replaced" && printSetLines(result.tree)).toEqual(expected);
        },
      ),
    );
  });
});
