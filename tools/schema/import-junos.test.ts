// The imported facts are what the tables say, wherever the tables are at hand; the reading of a table is tested everywhere.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { decodeNode, encodeNode } from "@merlon/model/schema/fact-file.ts";
import type { FactFile } from "@merlon/model/schema/fact-file.ts";
import { readFacts } from "./fact-table.ts";
import { factTree } from "./fact-tree.ts";
import { junosFiles, outputFolder } from "./import-junos.ts";

const facts = path.join(import.meta.dirname, "../../../shared/reference");
const isThere = existsSync(path.join(facts, "junos-schema.tsv"));
const head =
  "path\tkind\tkey\ttype\tconstraint\tdefault\tunits\tmandatory\tordered-by-user\trefers-to\tchoice\tflags\txml";
const table = (...rows: string[]): string => [head, ...rows].join("\n");

test.skipIf(!isThere)("importing again changes nothing (skipped where the fact tables are not at hand)", () => {
  const read = (name: string): string => readFileSync(path.join(facts, name), "utf8");
  const files = junosFiles(read("junos-schema.tsv"), read("junos-must.tsv"));
  expect(readdirSync(outputFolder).toSorted()).toEqual([...files.keys()].toSorted());
  for (const [name, text] of files)
    expect(readFileSync(path.join(outputFolder, name), "utf8") === text, name).toBe(true);
});

test("a node survives as a line, and one that cannot is refused", () => {
  const node = { kind: "leaf", type: "string", limit: 'pattern ^[\\"\\\\]+$', default: "über" } as const;
  expect(decodeNode(encodeNode(node))).toEqual(node);
  expect(() => encodeNode({ kind: "leaf", default: "it's" })).toThrow("it's");
});

test("every file says what it is made from", () => {
  for (const name of readdirSync(outputFolder))
    expect(readFileSync(path.join(outputFolder, name), "utf8"), name).toContain("Apache License 2.0");
});

describe("the table", () => {
  test("with other columns is refused", () => {
    expect(() => readFacts("way\tkind\n")).toThrow('column 1 is "way" and not "path"');
  });

  test("with a kind of statement that we do not know is refused", () => {
    expect(() => readFacts(table("a\tgrouping"))).toThrow('"grouping" is no kind of statement');
  });

  test("becomes a tree", () => {
    const rows = readFacts(
      table(
        "a\tcontainer",
        "a b <name>\tlist\tname\tstring\tlength 1..3\t\t\t\tn",
        "a b <name> <value>\tleaf\t\tuint8\t\t\t\t\t\t\t\tnokeyword",
        "a <name>\tlist\tname\tstring\t\t\t\t\ty\t\t\tnokeyword\titem",
        "a from <x>\tkey\t\tstring",
        "a from <x> to <y>\tkey\t\tuint8",
        "a from <x> to <y>\tlist\tx y",
      ),
    );
    const a = factTree(rows).children.get("a");
    expect([...(a?.children.keys() ?? [])]).toEqual(["b", "item", "from"]);
    expect([...(a?.children.get("b")?.children.keys() ?? [])]).toEqual(["value"]);
    expect(a?.children.get("from")?.keys.map(({ name, word }) => [name, word])).toEqual([
      ["x", undefined],
      ["y", "to"],
    ]);
  });

  test("with a statement twice, or one that stands nowhere, is refused", () => {
    expect(() => factTree(readFacts(table("a\tflag", "a\tflag")))).toThrow('"a" stands there twice');
  });

  test("equal subtrees are stored once, and releases leave no mark", () => {
    const files = junosFiles(
      table("a\tcontainer", "a x\tleaf\t\tenum\tone|two(gone-after-20.4R1)", "a y\tleaf\t\tenum\tone|two"),
      'path\tconstraint\na x\t(".. y")',
    );
    const { hierarchies } = JSON.parse(files.get("statements.json") ?? "{}") as FactFile;
    const nodes = hierarchies.flatMap((hierarchy) => hierarchy.nodes.map(decodeNode));
    expect(nodes).toEqual([
      { kind: "leaf", type: "enum", limit: "one|two" },
      { kind: "container", children: { x: 0, y: 0 } },
    ]);
    expect(files.get("constraints.json")).toContain('["(\\".. y\\")","a x"]');
  });
});
