// One file, one noun or one verb, in kebab-case. Names such as `utils` say nothing about what is inside, so anything ends
// up there; a folder `common` is where the import table goes to die.

import { posix } from "node:path";
import { isCode } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";

const empty = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "types",
  "common",
  "manager",
  "misc",
  "shared",
  "lib",
  "index",
]);
const rootDocuments = /^(README|DESIGN|STYLE|CONTRIBUTING|CHANGELOG|SECURITY)\.md$|^(LICENSE|NOTICE)$/;

export function checkFileNames(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap(({ path }) => {
    const findings: Finding[] = [];
    const name = posix.basename(path);
    const folders = path.split("/").slice(0, -1);
    const emptyWord = [...folders, name.split(".")[0] ?? ""].find((word) => empty.has(word));
    if (emptyWord !== undefined) {
      findings.push({
        file: path,
        message: `"${emptyWord}" says nothing; name the file after the noun or verb that it holds`,
      });
    }
    const conventional = name.startsWith(".") || name === "README.md" || rootDocuments.test(path);
    const words = [...folders, ...(conventional ? [] : [name])];
    const odd = words.find((word) => !/^[a-z0-9.][a-z0-9]*(?:[.-][a-z0-9]+)*$/.test(word));
    if (odd !== undefined)
      findings.push({ file: path, message: `"${odd}" is not kebab-case; use lower case words joined by hyphens` });
    if (isCode(path) && /\.(spec)\.ts$/.test(path))
      findings.push({ file: path, message: "tests are called ….test.ts here" });
    return findings;
  });
}
