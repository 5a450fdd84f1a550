// A file above 500 lines holds more than one noun, or has a reason: then its header says `longer than 500 lines
// because …`. Tables of data in tests count as well; they are easier to review in pieces.

import { isCode } from "./file-role.ts";
import { headerOf } from "./file-header.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";

const linesMax = 500;

export function checkFileLengths(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap(({ path, lines }) => {
    if (!isCode(path) || lines.length - 1 <= linesMax) return [];
    if (/longer than 500 lines because/i.test(headerOf(lines).join(" "))) return [];
    const message = `has ${lines.length - 1} lines; split it by nouns, or say in its header: longer than ${linesMax} lines because …`;
    return [{ file: path, message }];
  });
}
