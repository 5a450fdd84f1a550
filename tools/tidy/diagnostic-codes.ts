// The code of a diagnostic or an alarm is a promise: an operator looks it up. So every code in the source stands in
// docs/diagnostics.md, and every code described there still exists.

import { isCode, isTest, topFolder } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

const codePattern = /^[a-z]+(?:-[a-z]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*$/;
const folders = new Set(["model", "junos", "compiler", "analysis", "inspect", "gateway", "director", "cli"]);

export function checkDiagnosticCodes(tree: SourceTree): readonly Finding[] {
  const pages = tree.files.filter(({ path }) => path === "docs/diagnostics.md");
  const documented = new Map(
    pages.flatMap(({ path, lines }) =>
      lines.flatMap((text, index) => {
        const code = /^(?:\| |#+ )`([^`]+)`/.exec(text)?.[1];
        return code !== undefined && codePattern.test(code) ? [[code, { file: path, line: index + 1 }] as const] : [];
      }),
    ),
  );
  const areas = new Set([...documented.keys()].map(areaOf));
  const strings = new Set<string>();
  const findings: Finding[] = [];
  for (const file of tree.files) {
    if (!isCode(file.path) || isTest(file.path) || !folders.has(topFolder(file.path))) continue;
    for (const { value, line, property } of syntaxOf(file).strings) {
      strings.add(value);
      if (!codePattern.test(value) || documented.has(value)) continue;
      // A code is a member of a diagnostic, or the argument of a function that makes one; `candidate.log` is a file.
      if (property !== "code" && (!areas.has(areaOf(value)) || /\.(?:log|journal)$/.test(value))) continue;
      findings.push({
        file: file.path,
        line,
        message: `${value} is not described in docs/diagnostics.md; add its meaning and what to do`,
      });
    }
  }
  for (const [code, place] of documented) {
    if (!strings.has(code))
      findings.push({ ...place, message: `${code} is described but nothing reports it; remove it` });
  }
  return findings;
}

/** `syntax` of `syntax.stray-brace`. */
function areaOf(code: string): string {
  return code.slice(0, code.indexOf("."));
}
