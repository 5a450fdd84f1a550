// Writes model/schema/junos/*.json from the fact tables of the original's grammar: one node per line, equal subtrees of a
// hierarchy stored once. The files are part of the product; the tables are not.
// Run: `node tools/schema/import-junos.ts FACTS_FOLDER`

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { encodeNode } from "@merlon/model/schema/fact-file.ts";
import type { FactKey, FactNode, FactValue } from "@merlon/model/schema/fact-file.ts";
import { readFacts, readMusts } from "./fact-table.ts";
import type { FactRow, MustRow } from "./fact-table.ts";
import { factTree } from "./fact-tree.ts";
import type { FactStatement, StatementKey } from "./fact-tree.ts";

export const madeFrom =
  "Made by tools/schema/import-junos.ts from facts of github.com/Juniper/yang (junos-es 24.4R1, conf-with-extensions; " +
  "older words from 23.2R1, 20.4R1 and 18.4R3). Apache License 2.0, Copyright (c) Juniper Networks, Inc. Changed: " +
  "modules expanded, cut and tabulated; descriptions, help and error sentences left out. See NOTICE.";

/** What stands in front of every level; the schema engine adds it itself. */
const anyLevel = new Set(["apply-groups", "apply-groups-except", "apply-macro", "groups"]);

/** The files by name, as text. */
export function junosFiles(schemaTable: string, mustTable: string): Map<string, string> {
  const rows = readFacts(schemaTable).filter(({ path: [first], flags }) => {
    return first !== undefined && !anyLevel.has(first) && !flags.includes("any-level");
  });
  const top = factTree(rows);
  const hierarchies = [...top.children].map(([word, statement]) => hierarchyOf(word, statement));
  return new Map([
    [
      "statements.json",
      `{\n"madeFrom": ${JSON.stringify(madeFrom)},\n"hierarchies": [\n${hierarchies.join(",\n")}\n]\n}\n`,
    ],
    ["constraints.json", constraintFile(readMusts(mustTable))],
  ]);
}

function hierarchyOf(word: string, statement: FactStatement): string {
  const lines: string[] = [];
  const numbers = new Map<string, number>();
  const store = (one: FactStatement): number => {
    const line = encodeNode(storedNode(one, store));
    const known = numbers.get(line);
    if (known !== undefined) return known;
    numbers.set(line, lines.length);
    lines.push(line);
    return lines.length - 1;
  };
  store(statement);
  const nodes = lines.map((line) => JSON.stringify(line)).join(",\n");
  return `{"word": ${JSON.stringify(word)}, "nodes": [\n${nodes}\n]}`;
}

function storedNode(statement: FactStatement, store: (statement: FactStatement) => number): FactNode {
  const { row, kind, keys, word } = statement;
  const flags = row.flags.filter((flag) => !/^(?:new-after|gone-after|deprecated|obsolete|any-level)/.test(flag));
  if (kind === "list" && !row.orderedByUser) flags.push("sorted");
  const children = Object.fromEntries([...statement.children].map(([name, child]) => [name, store(child)]));
  return {
    kind,
    ...(keys.length === 0 ? {} : { keys: keys.map(storedKey) }),
    ...(kind === "list" ? {} : typeOf(row)),
    ...(row.defaultValue === "" || row.defaultValue === "nil" ? {} : { default: row.defaultValue }),
    ...(row.units === "" ? {} : { units: row.units }),
    ...(row.refersTo.length === 0 || kind === "list" ? {} : { refersTo: row.refersTo }),
    ...(row.choice === "" ? {} : { choice: row.choice }),
    ...(flags.length === 0 ? {} : { flags }),
    ...(row.xml === "" || row.xml === word ? {} : { xml: row.xml }),
    ...(statement.children.size === 0 ? {} : { children }),
  };
}

function storedKey({ name, row, word, writtenAfter }: StatementKey): FactKey {
  return {
    name,
    ...(word === undefined ? {} : { word }),
    ...typeOf(row),
    ...(row.refersTo.length === 0 ? {} : { refersTo: row.refersTo }),
    ...(writtenAfter === undefined ? {} : { writtenAfter }),
  };
}

/** Words that only older releases have are words all the same; the mark of their release is dropped. */
function typeOf({ type, constraint }: FactRow): FactValue {
  const limit = constraint.replaceAll(/\(gone-after-[^)]*\)|\(new-after-[^)]*\)|\(deprecated\)/g, "");
  return { ...(type === "" ? {} : { type }), ...(limit === "" ? {} : { limit }) };
}

function constraintFile(rows: readonly MustRow[]): string {
  const byConstraint = Map.groupBy(rows, ({ constraint }) => constraint);
  const lines = [...byConstraint].map(([constraint, same]) =>
    JSON.stringify([constraint, ...same.map((row) => row.path.join(" "))]),
  );
  return `{\n"madeFrom": ${JSON.stringify(madeFrom)},\n"constraints": [\n${lines.join(",\n")}\n]\n}\n`;
}

export const outputFolder = path.join(import.meta.dirname, "../../model/schema/junos");

function main(): void {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error("name the folder of the fact tables");
  const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
  const files = junosFiles(read("junos-schema.tsv"), read("junos-must.tsv"));
  mkdirSync(outputFolder, { recursive: true });
  for (const name of readdirSync(outputFolder)) if (name.endsWith(".json")) rmSync(path.join(outputFolder, name));
  for (const [name, text] of files) writeFileSync(path.join(outputFolder, name), text);
}

if (import.meta.main) main();
