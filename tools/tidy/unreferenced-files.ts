// Code that nothing uses is not kept. A file counts as used when another one imports it, names it by its path (a worker
// or a program that is started), or when somebody starts it directly: entries and tests.

import { posix } from "node:path";
import { isCode, isEntry, isTest } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

export function checkUnreferencedFiles(tree: SourceTree): readonly Finding[] {
  const code = tree.files.filter(({ path }) => isCode(path));
  const used = new Set<string>();
  const named: string[] = [];
  for (const file of code) {
    const { imports, strings } = syntaxOf(file);
    for (const { specifier } of imports) {
      const path = resolveImport(file.path, specifier);
      if (path !== undefined && path !== file.path) used.add(path);
    }
    named.push(...strings.map(({ value }) => value).filter((value) => /\.(ts|mjs)$/.test(value)));
  }
  return code
    .filter(({ path }) => !isTest(path) && !isEntry(path) && !used.has(path) && !isNamed(path, named))
    .map(({ path }) => ({ file: path, message: "nothing imports it and nobody starts it; use it or remove it" }));
}

/** `lab/host-main.ts` is named by `"lab/host-main.ts"` and by `"./host-main.ts"`. */
function isNamed(path: string, named: readonly string[]): boolean {
  return named.some((value) => `/${path}`.endsWith(`/${value.replace(/^(\.{0,2}\/)+/, "")}`));
}

/** The path that an import means; undefined for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return posix.normalize(posix.join(posix.dirname(from), specifier));
  return /^@merlon\/(.+)$/.exec(specifier)?.[1];
}
