// At least as many lines of test as of source, per folder: a blunt measure, but one that cannot be argued with. Tables,
// golden files and stories count; blank lines do not.

import { isCode, isTest, topFolder } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceFile, SourceTree } from "./source-tree.ts";

export interface FolderLines {
  readonly folder: string;
  readonly sourceLines: number;
  readonly testLines: number;
}

/** Measurements are neither source nor test, and the root holds configuration only. */
const unmeasured = new Set(["", "bench"]);

export function countLines(tree: SourceTree): readonly FolderLines[] {
  const counts = new Map<string, { sourceLines: number; testLines: number }>();
  for (const file of tree.files) {
    const kind = kindOf(file.path);
    const folder = topFolder(file.path);
    if (kind === undefined || unmeasured.has(folder)) continue;
    const count = counts.get(folder) ?? { sourceLines: 0, testLines: 0 };
    count[kind] += written(file);
    counts.set(folder, count);
  }
  return [...counts].map(([folder, count]) => ({ folder, ...count }));
}

/** One line per folder, for the report. */
export function printLines(counts: readonly FolderLines[]): string {
  return counts
    .map(({ folder, sourceLines, testLines }) => {
      const ratio = sourceLines === 0 ? "–" : (testLines / sourceLines).toFixed(2);
      return `  ${folder.padEnd(10)} ${String(sourceLines).padStart(6)} source ${String(testLines).padStart(6)} test   ${ratio}`;
    })
    .join("\n");
}

/** Only the folders that have once had enough tests are held to it, so that the measure never goes down. */
export function checkTestLines(tree: SourceTree, enforced: readonly string[]): readonly Finding[] {
  return countLines(tree)
    .filter(({ folder, sourceLines, testLines }) => enforced.includes(folder) && testLines < sourceLines)
    .map(({ folder, sourceLines, testLines }) => ({
      file: `${folder}/`,
      message: `has ${testLines} lines of test for ${sourceLines} of source; write the tests that are missing`,
    }));
}

function kindOf(path: string): "sourceLines" | "testLines" | undefined {
  if (/\.golden\.|(^|\/)golden\//.test(path)) return "testLines";
  if (!isCode(path)) return undefined;
  return isTest(path) ? "testLines" : "sourceLines";
}

function written({ lines }: SourceFile): number {
  return lines.filter((line) => line.trim() !== "").length;
}
