// The tree that the house rules look at: every file that is committed or would be (git's tracked and untracked files
// without the ignored ones), so that a rule bites before the commit. Without git, as in an unpacked archive, the folder
// is walked instead. Files are read once; rules get plain text and never touch the disk.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Without line ends; line N is `lines[N - 1]`. */
  readonly lines: readonly string[];
}

export interface SourceTree {
  readonly files: readonly SourceFile[];
  file(path: string): SourceFile | undefined;
}

const sizeBytesMax = 4 * 1024 * 1024;
const binaryEndings = new Set([
  ".png",
  ".jpg",
  ".gif",
  ".webp",
  ".ico",
  ".woff2",
  ".gz",
  ".zip",
  ".pdf",
  ".bin",
  ".cast",
]);
const ignoredFolders = new Set(["node_modules", ".git", ".merlon"]);

/** A tree from texts by path; what tests use, and what `readTree` ends with. */
export function treeOf(texts: Readonly<Record<string, string>>): SourceTree {
  const files = Object.entries(texts)
    .map(([path, text]) => ({ path, text, lines: text.split("\n") }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const byPath = new Map(files.map((file) => [file.path, file]));
  return { files, file: (path) => byPath.get(path) };
}

export function readTree(root: string): SourceTree {
  const texts: Record<string, string> = {};
  for (const path of listPaths(root)) {
    if (binaryEndings.has(extname(path))) continue;
    const status = statSync(join(root, path), { throwIfNoEntry: false });
    // A tracked file that was just deleted is no longer part of the tree.
    if (status === undefined || !status.isFile()) continue;
    if (status.size > sizeBytesMax)
      throw new Error(`${path} has ${status.size} bytes; a source tree holds none above ${sizeBytesMax}`);
    texts[path] = readFileSync(join(root, path), "utf8");
  }
  return treeOf(texts);
}

function listPaths(root: string): readonly string[] {
  // Without safe.directory git refuses a checkout of another user, as when root tests somebody's clone.
  const git = spawnSync(
    "git",
    ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (git.status === 0) return git.stdout.split("\0").filter((path) => path !== "");
  return walk(root, "");
}

function walk(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : walk(root, path);
    return entry.isFile() && !entry.name.endsWith(".log") ? [path] : [];
  });
}
