// A file opens by saying what it is and why it is so, in one to ten lines of comment, so that a stranger can decide in
// seconds whether it is the file he is looking for.

import { isCode } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";

const linesMax = 10;
const charactersMin = 40;

export function checkFileHeaders(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap((file) => {
    const mark = isCode(file.path) ? "//" : /\.sh$|^\.ci\//.test(file.path) ? "#" : undefined;
    if (mark === undefined) return [];
    const header = headerOf(file.lines, mark);
    if (header.join(" ").length < charactersMin) {
      return [
        {
          file: file.path,
          line: 1,
          message: `open the file with 1 to ${linesMax} lines of comment (${mark} …) that say what it is and why it is so`,
        },
      ];
    }
    if (header.length > linesMax) {
      return [
        {
          file: file.path,
          line: 1,
          message: `the opening comment has ${header.length} lines; say it in ${linesMax} and put the rest where it belongs`,
        },
      ];
    }
    return [];
  });
}

/** The lines of the opening comment without their marks; `#!` and `// @ts-check` are not part of it. */
export function headerOf(lines: readonly string[], mark = "//"): readonly string[] {
  const header: string[] = [];
  for (const line of lines) {
    if (line.startsWith("#!") || line === "// @ts-check") continue;
    if (!line.startsWith(mark)) break;
    header.push(line.slice(mark.length).trim());
  }
  return header;
}
