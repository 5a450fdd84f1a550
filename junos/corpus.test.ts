// Configurations in the styles that stand on real devices, written for these tests: they load without errors, print back
// as they are, survive their other forms, and the one warning about what is kept is as in its golden file. Update the
// golden files with UPDATE_GOLDEN=1 and review the difference.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import { inherit } from "./inherit.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { readConfiguration } from "./read.ts";
import { readJson } from "./read-json.ts";
import { readXml } from "./read-xml.ts";
import { printJson } from "./json-form.ts";
import { printXml } from "./xml-form.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

const folder = path.join(import.meta.dirname, "corpus");
const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));

const load = (text: string) => loadConfiguration(emptyTree, text, { action: "override", source: "corpus" });

test("there are enough styles", () => expect(names.length).toBeGreaterThanOrEqual(12));

describe.each(names)("%s", (name) => {
  const text = readFileSync(path.join(folder, name), "utf8");
  const { tree, diagnostics } = load(text);

  test("loads without errors", () => {
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  });

  test("prints back as it stands", () => {
    const isSet = text.startsWith("set ");
    const form = isSet ? printSetLines(tree).join("\n") + "\n" : printTree(tree);
    if (isSet) expect(form.split("\n").toSorted()).toEqual(text.split("\n").toSorted());
    else expect(form).toBe(text);
    expect(sameTree(load(printTree(tree)).tree, tree)).toBe(true);
  });

  test("survives set lines, XML and JSON", () => {
    const set = load(printSetLines(tree).join("\n"));
    expect(set.diagnostics).toEqual([]);
    expect(sameTree(set.tree, tree)).toBe(true);
    for (const loaded of [readXml(printXml(tree), { source: "x" }), readJson(printJson(tree), { source: "j" })]) {
      expect(loaded.diagnostics.map(formatDiagnostic)).toEqual([]);
      expect(sameTree(loaded.tree, tree)).toBe(true);
    }
  });

  test("says in one warning what is kept", () => {
    const expanded = inherit(tree, { node: "node0" });
    expect(expanded.diagnostics.map(formatDiagnostic)).toEqual([]);
    const read = readConfiguration(expanded.tree).diagnostics;
    expect(read.filter(({ severity }) => severity === "error").map(formatDiagnostic)).toEqual([]);
    const said = `${read.map(formatDiagnostic).join("\n")}\n`;
    const golden = path.join(folder, name.replace(".conf", ".warnings"));
    if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(golden)) writeFileSync(golden, said);
    expect(said).toBe(readFileSync(golden, "utf8"));
  });
});
