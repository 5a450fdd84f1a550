// Traces of work that is not finished: notes to oneself, a test that runs alone, a breakpoint. What is left to do is an
// issue, where it can be found; in the code it is forgotten.

import { isCode } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

const notes = /\b(TODO|FIXME|XXX|HACK)\b/;
const alone = new Set(["test.only", "it.only", "describe.only"]);

export function checkLeftovers(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap((file) => {
    if (!isCode(file.path)) return checkText(file.path, file.lines);
    const { comments, uses } = syntaxOf(file);
    const findings: Finding[] = [];
    for (const { text, line } of comments) {
      const note = notes.exec(text)?.[1];
      if (note !== undefined)
        findings.push({ file: file.path, line, message: `finish what ${note} announces, or file an issue` });
    }
    for (const { name, line } of uses) {
      if (alone.has(name))
        findings.push({ file: file.path, line, message: `${name} leaves the other tests out; remove it` });
    }
    file.lines.forEach((text, index) => {
      if (/^\s*debugger\b/.test(text))
        findings.push({ file: file.path, line: index + 1, message: "remove the breakpoint" });
    });
    return findings;
  });
}

/** In prose the words may be spoken about in backticks. */
function checkText(file: string, lines: readonly string[]): readonly Finding[] {
  if (!/\.(md|sh|conf|json|yaml|yml)$|^\.ci\//.test(file)) return [];
  return lines.flatMap((text, index) => {
    const note = /\b(TODO|FIXME)\b/.exec(text.replaceAll(/`[^`]*`/g, ""))?.[1];
    return note === undefined
      ? []
      : [{ file, line: index + 1, message: `finish what ${note} announces, or file an issue` }];
  });
}
