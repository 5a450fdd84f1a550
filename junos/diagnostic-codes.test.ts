// Every code that the language can report is in docs/diagnostics.md, and the table there has no code that nobody reports.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { readConfiguration } from "./read.ts";
import { emptyTree } from "./tree.ts";

const folder = import.meta.dirname;
const sources = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
const used = new Set(
  sources.flatMap((name) => {
    const text = readFileSync(`${folder}/${name}`, "utf8");
    return [...text.matchAll(/"((?:syntax|schema|edit|inherit|load|patch|reference)\.[a-z-]+)"/g)].map(
      (match) => match[1] ?? "",
    );
  }),
);

const [, section = ""] = readFileSync(`${folder}/../docs/diagnostics.md`, "utf8").split(/^## Language$/m);
const documented = new Set(
  [...(section.split(/^## /m)[0] ?? "").matchAll(/^\| `([a-z.-]+)` \|/gm)].map((match) => match[1] ?? ""),
);

test("codes that are used are documented, and the other way round", () => {
  expect(used.size).toBeGreaterThan(25);
  expect([...used].filter((code) => !documented.has(code))).toEqual([]);
  expect([...documented].filter((code) => !used.has(code))).toEqual([]);
});

test("a made code is the documented one", () => {
  const text = "security { address-book { b { attach { zone x; } } } }";
  const { tree } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });
  expect(readConfiguration(tree).diagnostics.map(({ code }) => code)).toEqual(["reference.unknown-zone"]);
});
