// Dependencies are few, exact, explained and used. The gateway's list must stay short enough to audit (8 direct ones,
// the director 15); each stands with its reason in docs/dependencies.md; the lockfile fixes what is installed, without
// the name of any registry, so that the same bytes come from whichever registry a site uses.

import { isCode, isTest, topFolder } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import { manifestsOf, requested, type Manifest } from "./manifest.ts";
import type { SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

const budgets: Readonly<Record<string, number>> = { gateway: 8, director: 15 };
const documentation = "docs/dependencies.md";

export function checkDependencies(tree: SourceTree): readonly Finding[] {
  const manifests = manifestsOf(tree);
  return [
    ...manifests.flatMap((manifest) => [...checkVersions(manifest), ...checkBudget(manifest), ...checkForm(manifest)]),
    ...checkWorkspaces(manifests),
    ...checkDocumented(tree, manifests),
    ...manifests.flatMap((manifest) => checkUsed(tree, manifest)),
  ];
}

function checkVersions(manifest: Manifest): readonly Finding[] {
  return Object.entries(requested(manifest))
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => ({
      file: manifest.file,
      message: `${name} is asked for as "${version}"; name one exact version`,
    }));
}

function checkBudget({ file, folder, dependencies }: Manifest): readonly Finding[] {
  const budget = budgets[folder];
  const direct = Object.keys(dependencies).filter((name) => !name.startsWith("@merlon/"));
  if (budget === undefined || direct.length <= budget) return [];
  return [
    {
      file,
      message: `${folder} has ${direct.length} direct dependencies (${direct.join(", ")}); its budget is ${budget}`,
    },
  ];
}

/** A workspace keeps its `internal/` to itself, is never published by accident, and carries the licence. */
function checkForm(manifest: Manifest): readonly Finding[] {
  const { file, folder, exports } = manifest;
  const findings: Finding[] = [];
  if (!manifest.private)
    findings.push({ file, message: 'add "private": true, so that it is never published by accident' });
  if (manifest.license !== "Apache-2.0") findings.push({ file, message: 'the licence is "Apache-2.0"' });
  if (folder === "") return findings;
  if (manifest.name !== `@merlon/${folder}`) findings.push({ file, message: `its name is "@merlon/${folder}"` });
  if (exports["./*.ts"] !== "./*.ts" || exports["./internal/*"] !== null) {
    findings.push({ file, message: 'its exports are {"./*.ts": "./*.ts", "./internal/*": null}' });
  }
  return findings;
}

function checkWorkspaces(manifests: readonly Manifest[]): readonly Finding[] {
  const workspaces = manifests.find(({ folder }) => folder === "")?.workspaces ?? [];
  return manifests
    .filter(({ folder }) => folder !== "" && !workspaces.includes(folder))
    .map(({ file, folder }) => ({ file, message: `${folder} is not among the workspaces of the root package.json` }));
}

function checkDocumented(tree: SourceTree, manifests: readonly Manifest[]): readonly Finding[] {
  const documented = new Set(
    (tree.file(documentation)?.lines ?? []).flatMap((line) => /^\| `([^`]+)` \|/.exec(line)?.slice(1) ?? []),
  );
  const asked = new Map(
    manifests.flatMap((manifest) => Object.keys(requested(manifest)).map((name) => [name, manifest.file] as const)),
  );
  const outside = [...asked].filter(([name]) => !name.startsWith("@merlon/"));
  return [
    ...outside
      .filter(([name]) => !documented.has(name))
      .map(([name, file]) => ({
        file,
        message: `${name} has no line in ${documentation}; write why it is needed and what would replace it`,
      })),
    ...[...documented]
      .filter((name) => !asked.has(name))
      .map((name) => ({
        file: documentation,
        message: `${name} is described but no package.json asks for it; remove the line`,
      })),
  ];
}

/** What a workspace declares it imports, and what it imports it declares. */
function checkUsed(tree: SourceTree, manifest: Manifest): readonly Finding[] {
  if (manifest.folder === "") return [];
  const imported = new Map<string, { readonly file: string; readonly line: number }>();
  for (const file of tree.files) {
    if (topFolder(file.path) !== manifest.folder || !isCode(file.path) || isTest(file.path)) continue;
    for (const { specifier, line, kind } of syntaxOf(file).imports) {
      if (specifier.startsWith(".") || specifier.startsWith("node:") || kind === "url") continue;
      imported.set(
        specifier
          .split("/")
          .slice(0, specifier.startsWith("@") ? 2 : 1)
          .join("/"),
        { file: file.path, line },
      );
    }
  }
  const declared = Object.keys(manifest.dependencies);
  return [
    ...[...imported]
      .filter(([name]) => !declared.includes(name))
      .map(([name, place]) => ({
        ...place,
        message: `${name} is imported but not among the dependencies of ${manifest.file}`,
      })),
    ...declared
      .filter((name) => !imported.has(name))
      .map((name) => ({ file: manifest.file, message: `${name} is declared but never imported; remove it` })),
  ];
}
