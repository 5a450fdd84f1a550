// The style is a test: the house rules of STYLE.md over the whole tree, one rule per file in tools/tidy/. A failure lists
// every place as `file:line: what to do`.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkDependencies } from "./tidy/dependencies.ts";
import { checkDiagnosticCodes } from "./tidy/diagnostic-codes.ts";
import { checkDocLinks } from "./tidy/doc-links.ts";
import { checkExports } from "./tidy/exports.ts";
import { checkFileHeaders } from "./tidy/file-header.ts";
import { checkFileLengths } from "./tidy/file-length.ts";
import { checkFileNames } from "./tidy/file-names.ts";
import { printFinding, type Rule } from "./tidy/finding.ts";
import { checkFolderReadmes } from "./tidy/folder-readmes.ts";
import { checkForbiddenWords } from "./tidy/forbidden-words.ts";
import { checkFunctionLengths } from "./tidy/function-length.ts";
import { checkImports } from "./tidy/import-table.ts";
import { checkLeftovers } from "./tidy/leftovers.ts";
import { checkLockfile } from "./tidy/lockfile.ts";
import { checkPureFolders } from "./tidy/pure-folders.ts";
import { checkReadmeCommands } from "./tidy/readme-commands.ts";
import { readTree } from "./tidy/source-tree.ts";
import { checkTestLines, countLines, printLines } from "./tidy/test-lines.ts";
import { checkUnreferencedFiles } from "./tidy/unreferenced-files.ts";

/** Folders whose tests are held to be at least as long as their source. Add a folder once it is true for it. */
const measured: readonly string[] = [];

const rules: Readonly<Record<string, Rule>> = {
  "imports follow the table of DESIGN.md": checkImports,
  "pure folders stay pure": checkPureFolders,
  "files open by saying what they are": checkFileHeaders,
  "file names are nouns or verbs in kebab-case": checkFileNames,
  "files fit in 500 lines": checkFileLengths,
  "functions fit in 70 lines": checkFunctionLengths,
  "exports have one name and one place": checkExports,
  "nothing is left over": checkLeftovers,
  "folders have a README": checkFolderReadmes,
  "every file is used": checkUnreferencedFiles,
  "dependencies are few, exact, explained and used": checkDependencies,
  "the lockfile is whole": checkLockfile,
  "diagnostic codes are documented": checkDiagnosticCodes,
  "the tree is about Merlon alone": checkForbiddenWords,
  "the README's commands are run by a test": checkReadmeCommands,
  "links in documents lead somewhere": checkDocLinks,
  "folders have as many lines of test as of source": (tree) => checkTestLines(tree, measured),
};

describe("house rules", () => {
  const tree = readTree(dirname(dirname(fileURLToPath(import.meta.url))));

  test.each(Object.entries(rules))("%s", (_, rule) => {
    const findings = rule(tree).map(printFinding);
    if (findings.length > 0) expect.fail(`${findings.length} places:\n${findings.join("\n")}\n`);
  });

  test("the measure of tests, for the report", () => {
    const counts = countLines(tree);
    process.stdout.write(`lines of test and source (blank lines not counted):\n${printLines(counts)}\n`);
    expect(counts.length).toBeGreaterThan(0);
  });
});
