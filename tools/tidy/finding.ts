// What a house rule has to say: where, and what to do about it. A rule is a function from the tree to its findings; no
// finding means that the house is tidy.

import type { SourceTree } from "./source-tree.ts";

export interface Finding {
  readonly file: string;
  readonly line?: number;
  /** What is wrong and what to do, in one sentence without a full stop. */
  readonly message: string;
}

export type Rule = (tree: SourceTree) => readonly Finding[];

/** In the form that editors and terminals make a link of: `file:line: message`. */
export function printFinding({ file, line, message }: Finding): string {
  return line === undefined ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}
