// A package.json, reduced to what the rules about dependencies ask for.

import type { SourceTree } from "./source-tree.ts";

export interface Manifest {
  readonly file: string;
  /** The folder; empty for the root. */
  readonly folder: string;
  readonly name: string;
  readonly private: boolean;
  readonly license: string;
  readonly workspaces: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** All of them, the root's first. */
export function manifestsOf(tree: SourceTree): readonly Manifest[] {
  return tree.files
    .filter(({ path }) => /^([^/]+\/)?package\.json$/.test(path))
    .map(({ path, text }) => readManifest(path, JSON.parse(text) as unknown))
    .toSorted((a, b) => a.folder.localeCompare(b.folder));
}

function readManifest(file: string, json: unknown): Manifest {
  const fields = record(json);
  return {
    file,
    folder: file.includes("/") ? (file.split("/")[0] ?? "") : "",
    name: text(fields["name"]),
    private: fields["private"] === true,
    license: text(fields["license"]),
    workspaces: Array.isArray(fields["workspaces"]) ? fields["workspaces"].map(text) : [],
    exports: record(fields["exports"]),
    dependencies: versions(fields["dependencies"]),
    devDependencies: versions(fields["devDependencies"]),
    optionalDependencies: versions(fields["optionalDependencies"]),
  };
}

/** Everything that a manifest asks for, with versions. */
export function requested(manifest: Manifest): Readonly<Record<string, string>> {
  return { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
}

function versions(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record(value)).map(([name, version]) => [name, text(version)]));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
