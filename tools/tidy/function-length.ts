// A function fits on a screen: 70 lines. Suites and stories of tests are exempt as wholes, because `describe` and `test`
// bodies are lists and not logic; functions inside them are not.

import { isCode, isTest } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

const linesMax = 70;
const suites = new Set(["describe()", "test()", "it()"]);

export function checkFunctionLengths(tree: SourceTree): readonly Finding[] {
  return tree.files
    .filter(({ path }) => isCode(path))
    .flatMap((file) =>
      syntaxOf(file)
        .functions.filter(
          ({ name, lineCount }) =>
            lineCount > linesMax && !(isTest(file.path) && (suites.has(name) || /^describe[A-Z]/.test(name))),
        )
        .map(({ name, line, lineCount }) => ({
          file: file.path,
          line,
          message: `${name} has ${lineCount} lines; take it apart into functions of at most ${linesMax} that have names`,
        })),
    );
}
