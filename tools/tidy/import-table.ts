// Who may import whom. The table stands in DESIGN.md as well, and this rule holds the two to each other. Crossing
// folders goes by package name, so that a folder can be taken out of the house without rewriting paths; tests may reach
// anywhere inside the house, because they compare parts with each other.

import { posix } from "node:path";
import { isCode, isTest, topFolder } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceFile, SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

export interface FolderImports {
  /** Folders of the house and packages; `undefined` means anything. */
  readonly may: readonly string[] | undefined;
  /** In DESIGN.md's words. */
  readonly text: string;
}

const pureFolders = ["model", "junos", "compiler", "analysis", "inspect", "protocol", "netconf", "shell"];

export const importTable: Readonly<Record<string, FolderImports>> = {
  model: { may: ["zod"], text: "zod" },
  junos: { may: ["model"], text: "model" },
  compiler: { may: ["model"], text: "model" },
  analysis: { may: ["model", "compiler"], text: "model, compiler" },
  inspect: { may: ["model", "koffi"], text: "model (koffi only in `inspect/native`)" },
  protocol: { may: ["model", "zod"], text: "model, zod" },
  netconf: { may: ["model", "junos", "saxes"], text: "model, junos, saxes" },
  shell: { may: ["model", "junos"], text: "model, junos" },
  gateway: {
    may: [...pureFolders.filter((folder) => folder !== "analysis"), "koffi", "zod", "ssh2"],
    text: "all of the above except analysis; koffi, ssh2, zod",
  },
  director: { may: undefined, text: "all pure folders; never gateway, console, lab" },
  cli: { may: undefined, text: "all pure folders; gateway, director and lab by their `main` alone" },
  console: { may: undefined, text: "model, junos, its generated client" },
  lab: { may: undefined, text: "anything" },
  bench: { may: undefined, text: "anything" },
  tools: { may: undefined, text: "anything" },
};

/** Folders of the house that a folder with a free choice of packages still may not import. */
const forbiddenFolders: Readonly<Record<string, readonly string[]>> = {
  director: ["gateway", "console", "lab", "bench", "cli"],
  cli: ["gateway", "director", "lab", "bench", "console"],
  console: ["compiler", "analysis", "gateway", "director", "lab", "bench", "cli"],
};

const testPackages = ["vitest", "fast-check"];

export function checkImports(tree: SourceTree): readonly Finding[] {
  return [
    ...checkDesignTable(tree),
    ...tree.files.filter(({ path }) => isCode(path)).flatMap((file) => checkFile(file)),
  ];
}

function checkFile(file: SourceFile): readonly Finding[] {
  const folder = topFolder(file.path);
  if (folder === "") return [];
  if (importTable[folder] === undefined) {
    return [
      {
        file: file.path,
        message: `the folder ${folder} has no row in the import table; add one in DESIGN.md and tools/tidy/import-table.ts`,
      },
    ];
  }
  return syntaxOf(file).imports.flatMap(({ specifier, line }) => {
    const message = judge(file.path, specifier);
    return message === undefined ? [] : [{ file: file.path, line, message }];
  });
}

function judge(path: string, specifier: string): string | undefined {
  const folder = topFolder(path);
  if (specifier.startsWith("node:")) return undefined;
  if (specifier.startsWith(".")) {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    if (!/\.(ts|tsx|mjs|json|sh|conf)$/.test(specifier)) return `import "${specifier}" with its file ending`;
    if (topFolder(target) === folder || folder === "tools") return undefined;
    return `import "${specifier}" leaves the folder; import it as "@merlon/${target}"`;
  }
  const inside = /^@merlon\/([^/]+)\/(.+)$/.exec(specifier);
  const target =
    inside?.[1] ??
    specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
  if (inside !== null && target === folder)
    return `import "${specifier}" stays in its own folder; import it by a relative path`;
  if (isTest(path) && (inside !== null || testPackages.includes(target))) return undefined;
  if (inside !== null && importTable[target] === undefined) return `there is no folder ${target} in the import table`;
  const may = importTable[folder]?.may;
  const forbidden = forbiddenFolders[folder] ?? [];
  if (may === undefined ? !forbidden.includes(target) : may.includes(target)) return undefined;
  return `${folder} may not import ${target} (it may import: ${importTable[folder]?.text}); move the code, or change the table with a decision`;
}

/** The rows of DESIGN.md's import table. */
export function designRows(): readonly string[] {
  return Object.entries(importTable).map(([folder, { text }]) => `| ${folder} | ${text} |`);
}

function checkDesignTable(tree: SourceTree): readonly Finding[] {
  const design = tree.file("DESIGN.md");
  if (design === undefined) return [];
  return designRows()
    .filter((row) => !design.lines.includes(row))
    .map((row) => ({
      file: "DESIGN.md",
      message: `the import table there and in tools/tidy/import-table.ts differ; this row is missing: ${row}`,
    }));
}
