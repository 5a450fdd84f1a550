// Whole configurations and the tables they become, as files to be read and reviewed: golden/NAME.conf gives
// golden/NAME.golden.nft. `UPDATE_GOLDEN=1 npx vitest run compiler` writes them anew.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import { lowerTable } from "./nft/lower.ts";
import { printTable } from "./nft/print.ts";
import { compileText } from "./testing/compile-text.ts";

const folder = join(import.meta.dirname, "golden");
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".conf"))
  .map((name) => name.slice(0, -".conf".length))
  .toSorted();

/** Diagnostics stand before the table as comments. */
function goldenOf(name: string): string {
  const { ir, diagnostics } = compileText(readFileSync(join(folder, `${name}.conf`), "utf8"));
  const notes = diagnostics
    .flatMap((diagnostic) => formatDiagnostic(diagnostic).split("\n"))
    .map((line) => `# ${line}\n`);
  return `${notes.join("")}${printTable(lowerTable(ir, 1))}`;
}

describe("golden tables", () => {
  test.each(names)("%s", (name) => {
    const file = join(folder, `${name}.golden.nft`);
    const made = goldenOf(name);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, made);
    expect(made).toBe(readFileSync(file, "utf8"));
  });

  test("no golden file is left without its configuration", () => {
    const left = readdirSync(folder).filter((name) => name.endsWith(".golden.nft"));
    expect(left.map((name) => name.slice(0, -".golden.nft".length)).toSorted()).toEqual(names);
  });
});
