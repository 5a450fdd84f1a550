// Each house rule on small trees: one row is one case, with what the rule says to it (an empty list: nothing). A rule
// that finds nothing proves little, so every rule has rows of both kinds.

import { describe, expect, test } from "vitest";
import { checkDependencies } from "./dependencies.ts";
import { checkDiagnosticCodes } from "./diagnostic-codes.ts";
import { checkDocLinks } from "./doc-links.ts";
import { checkExports } from "./exports.ts";
import { checkFileHeaders } from "./file-header.ts";
import { checkFileLengths } from "./file-length.ts";
import { checkFileNames } from "./file-names.ts";
import { printFinding, type Rule } from "./finding.ts";
import { checkFolderReadmes } from "./folder-readmes.ts";
import { checkFunctionLengths } from "./function-length.ts";
import { checkImports, designRows } from "./import-table.ts";
import { checkLeftovers } from "./leftovers.ts";
import { checkLockfile } from "./lockfile.ts";
import { checkPureFolders } from "./pure-folders.ts";
import { checkReadmeCommands, provenCommands } from "./readme-commands.ts";
import { treeOf } from "./source-tree.ts";
import { checkTestLines, countLines, printLines } from "./test-lines.ts";
import { checkUnreferencedFiles } from "./unreferenced-files.ts";

type Texts = Readonly<Record<string, string>>;
type Row = readonly [name: string, tree: Texts, findings: readonly RegExp[]];

function table(title: string, rule: Rule, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows)("%s", (_, texts, expected) => {
      const findings = rule(treeOf(texts)).map(printFinding);
      expect(findings).toHaveLength(expected.length);
      for (const [index, pattern] of expected.entries()) expect(findings[index]).toMatch(pattern);
    });
  });
}

const importOf = (specifier: string) => `import { a } from "${specifier}";\n`;

table("imports", checkImports, [
  ["model may import zod", { "model/a.ts": importOf("zod") }, []],
  [
    "model may not import junos",
    { "model/a.ts": importOf("@merlon/junos/b.ts") },
    [/^model\/a\.ts:1: model may not import junos/],
  ],
  [
    "a type import counts too",
    { "model/a.ts": 'import type { B } from "@merlon/junos/b.ts";' },
    [/may not import junos/],
  ],
  ["so does a dynamic one", { "model/a.ts": '\nawait import("@merlon/gateway/b.ts");' }, [/^model\/a\.ts:2: /]],
  ["and passing on", { "model/a.ts": 'export { b } from "@merlon/gateway/b.ts";' }, [/may not import gateway/]],
  ["gateway may import compiler", { "gateway/a.ts": importOf("@merlon/compiler/nft/print.ts") }, []],
  [
    "gateway may not import analysis",
    { "gateway/a.ts": importOf("@merlon/analysis/a.ts") },
    [/may not import analysis/],
  ],
  ["gateway may not import a stranger", { "gateway/a.ts": importOf("left-pad") }, [/gateway may not import left-pad/]],
  ["a scoped package has two words", { "gateway/a.ts": importOf("@scope/name/deep") }, [/may not import @scope\/name/]],
  [
    "the director never imports the gateway",
    { "director/a.ts": importOf("@merlon/gateway/a.ts") },
    [/may not import gateway/],
  ],
  ["the director may import hono", { "director/a.ts": importOf("hono") }, []],
  ["lab may import anything", { "lab/a.ts": importOf("@merlon/gateway/a.ts") + importOf("koffi") }, []],
  [
    "a test may reach anywhere in the house",
    { "compiler/a.test.ts": importOf("@merlon/junos/a.ts") + importOf("vitest") },
    [],
  ],
  ["a test may not import strangers", { "compiler/a.test.ts": importOf("chai") }, [/may not import chai/]],
  ["source may not import vitest", { "compiler/a.ts": importOf("vitest") }, [/may not import vitest/]],
  [
    "relative across folders",
    { "compiler/nft/a.ts": importOf("../../model/b.ts") },
    [/leaves the folder; import it as "@merlon\/model\/b\.ts"/],
  ],
  ["relative inside", { "compiler/nft/a.ts": importOf("../b.ts") }, []],
  ["by name inside", { "compiler/a.ts": importOf("@merlon/compiler/b.ts") }, [/stays in its own folder/]],
  ["without ending", { "compiler/a.ts": importOf("./b") }, [/with its file ending/]],
  ["builtins are for another rule", { "compiler/a.ts": importOf("node:fs") }, []],
  ["an unknown folder", { "odd/a.ts": "" }, [/odd has no row in the import table/]],
  ["a word in a string is no import", { "model/a.ts": 'const a = "import { b } from \\"@merlon/junos/b.ts\\"";' }, []],
  ["DESIGN.md says the same", { "DESIGN.md": designRows().join("\n") }, []],
  [
    "DESIGN.md says something else",
    { "DESIGN.md": designRows().slice(1).join("\n") },
    [/this row is missing: \| model \| zod \|/],
  ],
]);

table("pure folders", checkPureFolders, [
  ["nothing special", { "model/a.ts": "export const a = Math.max(1, 2);" }, []],
  ["fs", { "model/a.ts": importOf("node:fs") }, [/^model\/a\.ts:1: model is pure and may not import node:fs/]],
  ["fs/promises", { "junos/a.ts": importOf("node:fs/promises") }, [/node:fs\/promises/]],
  ["assert is allowed", { "compiler/a.ts": importOf("node:assert/strict") }, []],
  ["the clock", { "compiler/a.ts": "\nconst a = Date.now();" }, [/^compiler\/a\.ts:2: .*Date\.now; take the time/]],
  ["the clock by constructor", { "compiler/a.ts": "const a = new Date();" }, [/new Date\(\)/]],
  ["a date from a number is a conversion", { "compiler/a.ts": "const a = new Date(0).toISOString();" }, []],
  ["randomness", { "compiler/a.ts": "const a = Math.random();" }, [/Math\.random/]],
  ["the environment", { "compiler/a.ts": "const a = process.env;" }, [/process\.env/]],
  ["output", { "compiler/a.ts": "console.log(1);" }, [/console\.log; return a diagnostic/]],
  ["timers", { "compiler/a.ts": "setTimeout(() => {}, 1);" }, [/setTimeout\(\)/]],
  ["the network", { "compiler/a.ts": 'await fetch("x");' }, [/fetch\(\)/]],
  ["a property of that name is nothing", { "compiler/a.ts": "const a = b.process; const c = { process: 1 };" }, []],
  ["a comment about it is nothing", { "compiler/a.ts": "// process.env and Date.now()\nexport const a = 1;" }, []],
  ["tests may", { "compiler/a.test.ts": importOf("node:fs") }, []],
  ["the gateway may", { "gateway/a.ts": `${importOf("node:fs")}Date.now();` }, []],
  ["native code of inspect may", { "inspect/native/a.ts": importOf("node:fs") }, []],
]);

const header = "// What it is and why it is so, in more than forty characters.\n";
table("file headers", checkFileHeaders, [
  ["there", { "model/a.ts": `${header}export {};` }, []],
  ["after // @ts-check", { "tools/a.mjs": `// @ts-check\n${header}` }, []],
  ["after #! in a shell script", { "tools/a.sh": `#!/bin/sh\n# ${"x".repeat(40)}\n` }, []],
  ["missing", { "model/a.ts": "export {};" }, [/^model\/a\.ts:1: open the file with/]],
  ["missing in .ci", { ".ci/run": "#!/bin/bash\ntrue\n" }, [/open the file/]],
  ["empty file", { "model/a.ts": "" }, [/open the file/]],
  ["too short", { "model/a.ts": "// zones\n" }, [/open the file/]],
  ["only later", { "model/a.ts": `import "x";\n${header}` }, [/open the file/]],
  ["a licence block of eleven lines", { "model/a.ts": header.repeat(11) }, [/has 11 lines/]],
  ["other files need none", { "docs/a.md": "# A", "lab/a.conf": "system {}" }, []],
]);

table("file names", checkFileNames, [
  ["kebab-case", { "model/host-inbound.ts": "", "compiler/nft/lower.test.ts": "", "a/b.golden.nft": "" }, []],
  [
    "documents of the root, hidden files, READMEs",
    { "README.md": "", LICENSE: "", ".npmrc": "", ".ci/run": "", "model/README.md": "" },
    [],
  ],
  ["camelCase", { "model/hostInbound.ts": "" }, [/"hostInbound\.ts" is not kebab-case/]],
  ["snake_case folder", { "model/host_inbound/a.ts": "" }, [/"host_inbound" is not kebab-case/]],
  ["utils", { "model/utils.ts": "" }, [/"utils" says nothing/]],
  ["types", { "model/types.ts": "" }, [/"types" says nothing/]],
  ["a test of helpers", { "model/helpers.test.ts": "" }, [/"helpers" says nothing/]],
  ["common/", { "gateway/common/zone.ts": "" }, [/"common" says nothing/]],
  ["index.ts", { "model/index.ts": "" }, [/"index" says nothing/]],
  ["spec", { "model/zone.spec.ts": "" }, [/tests are called/]],
  ["README in capitals elsewhere is a name", { "docs/DESIGN.md": "" }, [/not kebab-case/]],
]);

table("file length", checkFileLengths, [
  ["500 lines", { "model/a.ts": "x;\n".repeat(500) }, []],
  ["501 lines", { "model/a.ts": "x;\n".repeat(501) }, [/has 501 lines/]],
  [
    "with a reason",
    { "model/a.ts": `// The table; longer than 500 lines because it is one list.\n${"x;\n".repeat(600)}` },
    [],
  ],
  [
    "a reason in the wrong place",
    { "model/a.ts": `x;\n// longer than 500 lines because\n${"x;\n".repeat(600)}` },
    [/lines/],
  ],
  ["documents may be long", { "docs/a.md": "x\n".repeat(900) }, []],
]);

const body = (lines: number) => `{\n${"  a();\n".repeat(lines - 2)}}`;
table("function length", checkFunctionLengths, [
  ["70 lines", { "model/a.ts": `function f() ${body(70)}` }, []],
  ["71 lines", { "model/a.ts": `\nfunction f() ${body(71)}` }, [/^model\/a\.ts:2: f has 71 lines/]],
  ["an arrow has its variable's name", { "model/a.ts": `const g = () => ${body(80)};` }, [/g has 80 lines/]],
  ["a method", { "model/a.ts": `class C { m() ${body(80)} }` }, [/m has 80 lines/]],
  ["a callback has its taker's name", { "model/a.ts": `list.forEach(() => ${body(80)});` }, [/list\(\) has 80 lines/]],
  ["suites may be long", { "model/a.test.ts": `describe("x", () => ${body(200)});` }, []],
  ["tables of tests too", { "model/a.test.ts": `describe.each([1])("x", () => ${body(200)});` }, []],
  ["functions of tests may not", { "model/a.test.ts": `function f() ${body(80)}` }, [/f has 80 lines/]],
  ["describe outside of tests may not", { "model/a.ts": `describe("x", () => ${body(80)});` }, [/describe\(\)/]],
]);

table("exports", checkExports, [
  ["by name", { "model/a.ts": "export const a = 1; export function b() {} export interface C {}" }, []],
  ["default", { "model/a.ts": "\nexport default 1;" }, [/^model\/a\.ts:2: no default exports/]],
  ["default by renaming", { "model/a.ts": "const a = 1; export { a as default };" }, [/no default exports/]],
  ["a barrel", { "model/a.ts": 'export * from "./b.ts";' }, [/passes on \*/]],
  ["passing on one", { "model/a.ts": 'export { b, c } from "./b.ts";' }, [/passes on b/, /passes on c/]],
  ["configuration files of tools", { "vitest.config.ts": "export default {};" }, []],
]);

table("leftovers", checkLeftovers, [
  ["none", { "model/a.ts": "// A method.\nconst todo = 1;" }, []],
  ["a note", { "model/a.ts": "\n// TODO: later" }, [/^model\/a\.ts:2: finish what TODO announces/]],
  ["in a block", { "model/a.ts": "/* FIXME */" }, [/FIXME/]],
  ["in a string it is data", { "model/a.ts": 'const a = "TODO";' }, []],
  ["a test alone", { "model/a.test.ts": 'test.only("x", () => {});' }, [/test\.only leaves the other tests out/]],
  ["a breakpoint", { "model/a.ts": "  debugger;" }, [/breakpoint/]],
  ["in a document", { "docs/a.md": "# A\nTODO write" }, [/^docs\/a\.md:2: /]],
  ["spoken of in a document", { "docs/a.md": "No `TODO` here" }, []],
]);

table("folder READMEs", checkFolderReadmes, [
  ["there", { "model/a.ts": "", "model/README.md": "A sentence of a README.\n".repeat(12) }, []],
  ["missing", { "model/a.ts": "" }, [/^model\/README\.md: is missing/]],
  ["a stub", { "model/a.ts": "", "model/README.md": "# Model\n\n\n" }, [/says too little/]],
  [
    "rooms of the gateway too",
    { "gateway/kernel/a.ts": "", "gateway/README.md": "A sentence of a README.\n".repeat(12) },
    [/^gateway\/kernel\/README\.md/],
  ],
  ["rooms of others not", { "model/ip/a.ts": "", "model/README.md": "A sentence of a README.\n".repeat(12) }, []],
  ["folders without code not", { "docs/a.md": "" }, []],
]);

table("unreferenced files", checkUnreferencedFiles, [
  ["imported", { "model/a.ts": "", "model/a.test.ts": importOf("./a.ts") }, []],
  ["by package name", { "model/a.ts": "", "gateway/main.ts": importOf("@merlon/model/a.ts") }, []],
  ["by nobody", { "model/a.ts": "" }, [/^model\/a\.ts: nothing imports it/]],
  ["by itself alone", { "model/a.ts": importOf("./a.ts") }, [/nothing imports it/]],
  ["a program named by its path", { "lab/host.ts": "", "lab/main.ts": 'start("lab/host.ts");' }, []],
  ["a worker named relatively", { "lab/host.ts": "", "lab/main.ts": 'new URL("./host.ts", import.meta.url);' }, []],
  ["a longer name is another file", { "lab/host.ts": "", "lab/main.ts": 'start("lab/ghost.ts");' }, [/lab\/host\.ts/]],
  ["entries", { "lab/main.ts": "", "lab/host-main.ts": "", "vitest.config.ts": "", "bench/sessions.ts": "" }, []],
]);

const manifest = (fields: object) => JSON.stringify({ private: true, license: "Apache-2.0", ...fields });
const workspace = (folder: string, fields: object = {}) =>
  manifest({ name: `@merlon/${folder}`, exports: { "./*.ts": "./*.ts", "./internal/*": null }, ...fields });
const rootManifest = manifest({ workspaces: ["gateway", "model"] });
const nine = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, "1.0.0"]));
const nineUsed = Object.keys(nine).map(importOf).join("");
const documented = (...names: string[]) => names.map((name) => `| \`${name}\` | why |`).join("\n");

table("dependencies", checkDependencies, [
  ["a clean house", { "package.json": rootManifest, "model/package.json": workspace("model") }, []],
  [
    "exact, documented, used",
    {
      "package.json": rootManifest,
      "model/package.json": workspace("model", { dependencies: { zod: "4.6.7" } }),
      "model/a.ts": importOf("zod"),
      "docs/dependencies.md": documented("zod"),
    },
    [],
  ],
  [
    "a range",
    {
      "package.json": manifest({ devDependencies: { vitest: "^5.1.1" } }),
      "docs/dependencies.md": documented("vitest"),
    },
    [/vitest is asked for as "\^5\.1\.1"/],
  ],
  [
    "latest",
    {
      "package.json": manifest({ devDependencies: { vitest: "latest" } }),
      "docs/dependencies.md": documented("vitest"),
    },
    [/"latest"/],
  ],
  [
    "undocumented",
    { "package.json": manifest({ devDependencies: { vitest: "5.1.1" } }) },
    [/vitest has no line in docs\/dependencies\.md/],
  ],
  [
    "documented but gone",
    { "package.json": manifest({}), "docs/dependencies.md": documented("left-pad") },
    [/left-pad is described but/],
  ],
  [
    "over budget",
    {
      "package.json": rootManifest,
      "gateway/package.json": workspace("gateway", { dependencies: nine }),
      "gateway/a.ts": nineUsed,
      "docs/dependencies.md": documented(...Object.keys(nine)),
    },
    [/gateway has 9 direct dependencies .*budget is 8/],
  ],
  [
    "declared, never used",
    {
      "package.json": rootManifest,
      "model/package.json": workspace("model", { dependencies: { "@merlon/junos": "0.1.0" } }),
    },
    [/@merlon\/junos is declared but never imported/],
  ],
  [
    "used, never declared",
    {
      "package.json": rootManifest,
      "gateway/package.json": workspace("gateway"),
      "gateway/a.ts": importOf("@merlon/model/b.ts"),
    },
    [/^gateway\/a\.ts:1: @merlon\/model is imported but not among/],
  ],
  [
    "used by tests alone needs no declaration",
    {
      "package.json": rootManifest,
      "gateway/package.json": workspace("gateway"),
      "gateway/a.test.ts": importOf("@merlon/lab/b.ts"),
    },
    [],
  ],
  [
    "not a workspace",
    { "package.json": rootManifest, "odd/package.json": workspace("odd") },
    [/odd is not among the workspaces/],
  ],
  ["publishable", { "package.json": '{"license":"Apache-2.0"}' }, [/"private": true/]],
  [
    "open insides",
    { "package.json": rootManifest, "model/package.json": workspace("model", { exports: { "./*.ts": "./*.ts" } }) },
    [/its exports are/],
  ],
  [
    "another name",
    { "package.json": rootManifest, "model/package.json": workspace("model", { name: "model" }) },
    [/its name is "@merlon\/model"/],
  ],
]);

const lock = (packages: object) => JSON.stringify({ packages }, null, 1);
table("lockfile", checkLockfile, [
  ["none", {}, []],
  [
    "whole",
    { "package-lock.json": lock({ "": {}, "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }) },
    [],
  ],
  [
    "a registry",
    { "package-lock.json": lock({ "node_modules/a": { integrity: "x", resolved: "https://example.com/a.tgz" } }) },
    [/^package-lock\.json:\d+: names a registry/],
  ],
  [
    "a homepage is no registry",
    { "package-lock.json": lock({ "node_modules/a": { integrity: "x", funding: { url: "https://example.com" } } }) },
    [],
  ],
  [
    "no hash",
    { "package-lock.json": lock({ "node_modules/a": { version: "1.0.0" } }) },
    [/node_modules\/a has no integrity hash/],
  ],
  [
    "no hash, for another system",
    { "package-lock.json": lock({ "node_modules/a-darwin": { version: "1.0.0", os: ["darwin"] } }) },
    [],
  ],
  [
    "no hash, but for arm64 too",
    {
      "package-lock.json": lock({
        "node_modules/a": { version: "1.0.0", os: ["linux"], cpu: ["arm64"], libc: ["glibc"] },
      }),
    },
    [/no integrity hash/],
  ],
  ["links have none", { "package-lock.json": lock({ "node_modules/@merlon/model": { link: true } }) }, []],
  [
    "a build that is left out",
    {
      "package-lock.json": lock({
        "node_modules/a": { integrity: "x", optionalDependencies: { "a-linux-arm64": "1.0.0" } },
      }),
    },
    [/a-linux-arm64 is missing, so npm ci refuses/],
  ],
  [
    "out of step",
    {
      "package.json": manifest({ devDependencies: { a: "2.0.0" } }),
      "package-lock.json": lock({ "": { devDependencies: { a: "1.0.0", b: "1.0.0" } } }),
    },
    [/a is 1\.0\.0 here and 2\.0\.0 in package\.json/, /b is 1\.0\.0 here and absent in package\.json/],
  ],
]);

const report = (code: string) => `report({ code: "${code}", message: "x" });`;
table("diagnostic codes", checkDiagnosticCodes, [
  [
    "documented",
    { "junos/a.ts": report("syntax.missing-semicolon"), "docs/diagnostics.md": "| `syntax.missing-semicolon` | …" },
    [],
  ],
  [
    "documented as a heading",
    { "junos/a.ts": report("syntax.stray"), "docs/diagnostics.md": "### `syntax.stray`" },
    [],
  ],
  [
    "documented on another page",
    { "junos/a.ts": report("syntax.stray"), "docs/diagnostics-more.md": "### `syntax.stray`" },
    [/^junos\/a\.ts:1: syntax\.stray is not described in docs\/diagnostics\.md/],
  ],
  [
    "not documented",
    { "junos/a.ts": report("syntax.stray"), "docs/diagnostics.md": "" },
    [/^junos\/a\.ts:1: syntax\.stray is not described/],
  ],
  [
    "described but gone",
    { "docs/diagnostics.md": "# D\n| `syntax.gone` | …" },
    [/^docs\/diagnostics\.md:2: syntax\.gone is described but nothing reports it/],
  ],
  [
    "given to a function, not documented",
    { "junos/a.ts": 'fail("syntax.stray"); show("file.name");', "docs/diagnostics.md": "| `syntax.other` |" },
    [/^junos\/a\.ts:1: syntax\.stray is not described/, /syntax\.other is described but nothing reports it/],
  ],
  [
    "given to a function, still reported",
    { "junos/a.ts": 'fail("syntax.stray");', "docs/diagnostics.md": "| `syntax.stray` |" },
    [],
  ],
  ["file names and errno are no codes", { "junos/a.ts": 'f({ code: "ENOENT" }); g({ code: "a.ts x" });' }, []],
  ["tests may invent", { "junos/a.test.ts": report("test.only-here") }, []],
]);

const proofs = Object.fromEntries(
  [...new Set(provenCommands.map(({ file }) => file))].map((file) => [
    file,
    provenCommands
      .filter((one) => one.file === file)
      .map(({ text }) => text)
      .join("\n"),
  ]),
);
const readme = (...commands: string[]) => ({ ...proofs, "README.md": ["# M", "```sh", ...commands, "```"].join("\n") });
table("README commands", checkReadmeCommands, [
  [
    "all run by a test",
    readme("git clone https://example.com/merlon", "cd merlon", "npm start", "npm test   # all of them"),
    [],
  ],
  ["a prompt before it", readme("$ npm start -- --check"), []],
  ["one that no test runs", readme("npm start", "npm run deploy"), [/^README\.md:4: no test runs "npm run deploy"/]],
  ["other blocks are not commands", { ...proofs, "README.md": "```\nset security zones\n```\n```text\nfoo\n```" }, []],
  [
    "a proof that is gone",
    { ...readme("npm test"), ".ci/run": "npm test\nnpm run check" },
    [/^\.ci\/run: should run "npm start -- --check"/],
  ],
  ["no README", { ...proofs }, [/README\.md: is missing/]],
]);

table("links in documents", checkDocLinks, [
  [
    "to a file, a folder, a heading",
    { "README.md": "[a](docs/a.md) [b](docs) [c](docs/a.md#two-words) [d](#top)\n# Top", "docs/a.md": "## Two words!" },
    [],
  ],
  ["upwards", { "docs/decisions/a.md": "[r](../../README.md)", "README.md": "" }, []],
  ["nowhere", { "README.md": "\n[a](docs/b.md)" }, [/^README\.md:2: the link to docs\/b\.md leads nowhere/]],
  [
    "to a heading that is not there",
    { "README.md": "[a](docs/a.md#three)", "docs/a.md": "## Two" },
    [/docs\/a\.md has no heading for #three/],
  ],
  ["outside", { "README.md": "[a](https://example.com/x) [b](mailto:a@example.com)" }, []],
  ["in code", { "README.md": "`[a](b.md)`\n```\n[a](b.md)\n```" }, []],
]);

describe("lines of test and source", () => {
  const tree = treeOf({
    "model/a.ts": "a\n\nb\nc",
    "model/a.test.ts": "a\nb",
    "compiler/a.ts": "a",
    "compiler/golden/x.nft": "a\nb",
    "bench/a.ts": "a",
    "README.md": "a",
  });

  test("counts lines that are not blank; golden files are tests; bench and documents are neither", () => {
    expect(countLines(tree)).toEqual([
      { folder: "compiler", sourceLines: 1, testLines: 2 },
      { folder: "model", sourceLines: 3, testLines: 2 },
    ]);
  });

  test("only the folders that are held to it", () => {
    expect(checkTestLines(tree, [])).toEqual([]);
    expect(checkTestLines(tree, ["compiler", "model"]).map(printFinding)).toEqual([
      "model/: has 2 lines of test for 3 of source; write the tests that are missing",
    ]);
  });

  test("the report is a table", () => {
    expect(printLines(countLines(tree))).toBe(
      "  compiler        1 source      2 test   2.00\n  model           3 source      2 test   0.67",
    );
  });
});
