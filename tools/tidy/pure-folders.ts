// Pure folders compute and do nothing else: no disk, network, process, clock, randomness or output. What they need of
// the world is an argument. Only so can the compiler be tested by laws and the same input always give the same ruleset.

import { isCode, isTest, topFolder } from "./file-role.ts";
import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";
import { syntaxOf } from "./syntax.ts";

const pure = new Set(["model", "junos", "compiler", "analysis", "inspect", "protocol", "netconf", "shell"]);
/** The one place below a pure folder that may call native code. */
const native = /^inspect\/native\//;
const builtinsAllowed = new Set([
  "node:assert",
  "node:assert/strict",
  "node:buffer",
  "node:util",
  "node:string_decoder",
]);

const bannedRoots: Readonly<Record<string, string>> = {
  process: "take it as an argument",
  console: "return a diagnostic",
  performance: "take the time as an argument",
  globalThis: "take it as an argument",
  crypto: "take the random bytes as an argument",
};
const bannedUses: Readonly<Record<string, string>> = {
  "Date.now": "take the time as an argument",
  "Date()": "take the time as an argument",
  "Math.random": "take the randomness as an argument",
  "Temporal.Now": "take the time as an argument",
  "setTimeout()": "return a plan and let the shell of the house wait",
  "setInterval()": "return a plan and let the shell of the house wait",
  "setImmediate()": "return a plan and let the shell of the house wait",
  "queueMicrotask()": "call it directly",
  "fetch()": "take the answer as an argument",
};

export function checkPureFolders(tree: SourceTree): readonly Finding[] {
  const files = tree.files.filter(
    ({ path }) => isCode(path) && !isTest(path) && pure.has(topFolder(path)) && !native.test(path),
  );
  return files.flatMap((file) => {
    const { imports, uses } = syntaxOf(file);
    const findings: Finding[] = [];
    const add = (line: number, message: string) => findings.push({ file: file.path, line, message });
    const folder = topFolder(file.path);
    for (const { specifier, line } of imports) {
      if (!specifier.startsWith("node:") || builtinsAllowed.has(specifier)) continue;
      add(line, `${folder} is pure and may not import ${specifier}; take what it gives as an argument`);
    }
    for (const { name, line, argumentCount } of uses) {
      const remedy = bannedUses[name] ?? bannedRoots[name.split(".")[0] ?? ""];
      // `new Date(ms)` only converts; without an argument it reads the clock.
      if (name === "new Date" && argumentCount === 0)
        add(line, `${folder} is pure and may not use new Date(); take the time as an argument`);
      else if (remedy !== undefined) add(line, `${folder} is pure and may not use ${name}; ${remedy}`);
    }
    return findings;
  });
}
