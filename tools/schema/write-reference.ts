// Writes docs/reference/*.md: the statements of the hierarchies that Merlon enforces at least in part, one page each, from
// the schema alone: statement, type, default, and whether it has an effect.
// Run: `node tools/schema/write-reference.ts`

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { configurationSchema } from "@merlon/model/schema/configuration.ts";
import { fullSchema } from "@merlon/model/schema/full-schema.ts";
import type { Children, SchemaNode } from "@merlon/model/schema/node.ts";

export const referenceFolder = path.join(import.meta.dirname, "../../docs/reference");

/** The pages by name, as text. */
export function referencePages(): Map<string, string> {
  const pages = new Map<string, string>();
  for (const word of Object.keys(configurationSchema.children)) {
    const schema = fullSchema.children[word];
    if (schema !== undefined) pages.set(`${word}.md`, pageOf(word, schema));
  }
  const links = [...pages.keys()].map((name) => `- [${name.slice(0, -3)}](${name})`);
  const intro =
    "The statements of the hierarchies that Merlon enforces at least in part, written from the schema. All other\n" +
    "statements of the original's grammar are accepted, checked, kept and shown, and have no effect.";
  pages.set("README.md", `# Statement reference\n\n${intro}\n\n${links.join("\n")}\n`);
  return pages;
}

function pageOf(word: string, schema: SchemaNode): string {
  const rows: string[] = [];
  addRows(word, schema, rows);
  const kept = keptBelow(word, schema);
  const head = "| Statement | What it is | Value | Default | Effect |\n|---|---|---|---|---|";
  const more = kept.length === 0 ? "" : `\n## Kept without effect\n\n${kept.map((it) => `\`${it}\``).join(", ")}\n`;
  return `# ${word}\n\n${schema.help}.\n\n${head}\n${rows.join("\n")}\n${more}`;
}

function addRows(words: string, schema: SchemaNode, rows: string[]): void {
  const value = schema.kind === "leaf" || schema.kind === "leaf-list" ? schema.type.placeholder : "";
  const many = schema.kind === "leaf-list" ? `${value} …` : value;
  const { defaultValue: fallback } = schema.kind === "leaf" ? schema : {};
  const standard = typeof fallback === "string" || typeof fallback === "number" ? fallback : "";
  const effect = schema.notEnforced === undefined ? "yes" : `no: ${schema.notEnforced}`;
  rows.push(`| \`${escape(words)}\` | ${schema.help} | ${escape(code(many))} | ${standard} | ${effect} |`);
  for (const [word, child] of Object.entries(childrenOf(schema)))
    if (child.kept !== true) addRows(`${words} ${nameOf(word, child)}`, child, rows);
}

/** The imported statements right below the enforced ones; what stands below them is not listed. */
function keptBelow(words: string, schema: SchemaNode): string[] {
  return Object.entries(childrenOf(schema)).flatMap(([word, child]) => {
    const name = `${words} ${nameOf(word, child)}`;
    return child.kept === true ? [name] : keptBelow(name, child);
  });
}

function childrenOf(schema: SchemaNode): Children {
  return schema.kind === "container" || schema.kind === "list" ? schema.children : {};
}

/** `from-zone <zone-name> to-zone <zone-name>`; without keyword the keys alone. */
function nameOf(word: string, schema: SchemaNode): string {
  if (schema.kind === "leaf" && schema.positional) return `<${word}>`;
  if (schema.kind !== "list") return word;
  const keys = schema.keys.map((key) => `${key.word === undefined ? "" : `${key.word} `}<${key.name}>`);
  return [...(schema.keyword ? [word] : []), ...keys].join(" ");
}

const code = (text: string): string => (text === "" ? "" : `\`${text}\``);
const escape = (text: string): string => text.replaceAll("|", String.raw`\|`);

function main(): void {
  mkdirSync(referenceFolder, { recursive: true });
  for (const name of readdirSync(referenceFolder)) rmSync(path.join(referenceFolder, name));
  for (const [name, text] of referencePages()) writeFileSync(path.join(referenceFolder, name), text);
}

if (import.meta.main) main();
