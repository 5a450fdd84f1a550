// Writes model/schema/junos/*.json from the fact tables of the original's grammar: one file per top hierarchy, one node
// per line, equal subtrees stored once. The files are part of the product; the tables are not.
// Run: `node tools/schema/import-junos.ts FACTS_FOLDER`

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readFacts, readMusts } from "./fact-table.ts";
import type { FactRow, MustRow } from "./fact-table.ts";
import { factTree } from "./fact-tree.ts";
import type { FactKey, FactStatement } from "./fact-tree.ts";

export const madeFrom =
  "Made by tools/schema/import-junos.ts from facts of github.com/Juniper/yang (junos-es 24.4R1, conf-with-extensions; " +
  "older words from 23.2R1, 20.4R1 and 18.4R3). Apache License 2.0, Copyright (c) Juniper Networks, Inc. Changed: " +
  "modules expanded, cut and tabulated; descriptions, help and error sentences left out. See NOTICE.";

/** Hierarchies with fewer statements share a file. */
const ownFileMin = 30;

/** What stands in front of every level; the schema engine adds it itself. */
const anyLevel = new Set(["apply-groups", "apply-groups-except", "apply-macro", "groups"]);

/** The files by name, as text. */
export function junosFiles(schemaTable: string, mustTable: string): Map<string, string> {
  const rows = readFacts(schemaTable).filter(({ path: [first], flags }) => {
    return first !== undefined && !anyLevel.has(first) && !flags.includes("any-level");
  });
  const top = factTree(rows);
  const files = new Map<string, string>();
  const others = new Map<string, FactStatement>();
  for (const [word, statement] of top.children) {
    const count = countOf(statement);
    if (count < ownFileMin) others.set(word, statement);
    else files.set(`${word}.json`, fileOf(new Map([[word, statement]])));
  }
  files.set("other.json", fileOf(others));
  files.set("constraints.json", constraintFile(readMusts(mustTable)));
  return files;
}

function countOf(statement: FactStatement): number {
  let count = 1;
  for (const child of statement.children.values()) count += countOf(child);
  return count;
}

/** A node as it is stored; members without meaning are left out. `children` are numbers of nodes by word. */
interface StoredNode {
  readonly kind: string;
  readonly keys?: readonly StoredKey[];
  readonly type?: string;
  readonly limit?: string;
  readonly default?: string;
  readonly units?: string;
  readonly refersTo?: readonly string[];
  readonly choice?: string;
  readonly flags?: readonly string[];
  readonly xml?: string;
  readonly children?: Readonly<Record<string, number>>;
}

interface StoredKey {
  readonly name: string;
  readonly word?: string;
  readonly type?: string;
  readonly limit?: string;
  readonly refersTo?: readonly string[];
  readonly writtenAfter?: readonly string[];
}

function fileOf(statements: ReadonlyMap<string, FactStatement>): string {
  const lines: string[] = [];
  const numbers = new Map<string, number>();
  const store = (statement: FactStatement): number => {
    const line = JSON.stringify(storedNode(statement, store));
    const known = numbers.get(line);
    if (known !== undefined) return known;
    numbers.set(line, lines.length);
    lines.push(line);
    return lines.length - 1;
  };
  const top = Object.fromEntries([...statements].map(([word, statement]) => [word, store(statement)]));
  return (
    `{\n"madeFrom": ${JSON.stringify(madeFrom)},\n"top": ${JSON.stringify(top)},\n` +
    `"nodes": [\n${lines.join(",\n")}\n]\n}\n`
  );
}

function storedNode(statement: FactStatement, store: (statement: FactStatement) => number): StoredNode {
  const { row, keys, word } = statement;
  const flags = row.flags.filter((flag) => !/^(?:new-after|gone-after|deprecated|obsolete|any-level)/.test(flag));
  if (row.kind === "list" && !row.orderedByUser) flags.push("sorted");
  const children = Object.fromEntries([...statement.children].map(([name, child]) => [name, store(child)]));
  return {
    kind: row.kind,
    ...(keys.length === 0 ? {} : { keys: keys.map(storedKey) }),
    ...(row.kind === "list" ? {} : typeOf(row)),
    ...(row.defaultValue === "" || row.defaultValue === "nil" ? {} : { default: row.defaultValue }),
    ...(row.units === "" ? {} : { units: row.units }),
    ...(row.refersTo.length === 0 || row.kind === "list" ? {} : { refersTo: row.refersTo }),
    ...(row.choice === "" ? {} : { choice: row.choice }),
    ...(flags.length === 0 ? {} : { flags }),
    ...(row.xml === "" || row.xml === word ? {} : { xml: row.xml }),
    ...(statement.children.size === 0 ? {} : { children }),
  };
}

function storedKey({ name, row, word, writtenAfter }: FactKey): StoredKey {
  return {
    name,
    ...(word === undefined ? {} : { word }),
    ...typeOf(row),
    ...(row.refersTo.length === 0 ? {} : { refersTo: row.refersTo }),
    ...(writtenAfter === undefined ? {} : { writtenAfter }),
  };
}

/** Words that only older releases have are words all the same; the mark of their release is dropped. */
function typeOf({ type, constraint }: FactRow): { type?: string; limit?: string } {
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
