// @ts-check
// `npm run check`: types, lint, format and the house rules, side by side; what a change must pass before review.
// `npm run format` (= `--write`) rewrites the files in the house's format instead. Needs no root and no namespaces.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { prepare, runEntry } from "./prepare.mjs";

const limitMs = 300_000;

/** @typedef {{ title: string, module: string, args: readonly string[] }} Check */

/** @type {readonly Check[]} */
const checks = [
  { title: "types", module: "typescript/bin/tsc", args: ["-p", "."] },
  { title: "lint", module: "oxlint/bin/oxlint", args: ["--type-aware", "--deny-warnings"] },
  { title: "format", module: "oxfmt/bin/oxfmt", args: ["--check"] },
  { title: "house rules", module: "vitest/vitest.mjs", args: ["run", "--project", "units", "tools/tidy"] },
];

await runEntry(async () => {
  const unknown = process.argv.slice(2).find((argument) => argument !== "--write");
  if (unknown !== undefined) {
    process.stderr.write(`unknown argument ${unknown}\nusage: npm run check   or   npm run format\n`);
    return 2;
  }
  const prepared = await prepare({ enclosed: false });
  if (process.argv.includes("--write")) {
    const { ok, output } = await runCheck({ title: "format", module: "oxfmt/bin/oxfmt", args: ["--write"] }, prepared);
    process.stdout.write(output);
    return ok ? 0 : 1;
  }
  const startedMs = Date.now();
  const results = await Promise.all(checks.map((check) => runCheck(check, prepared)));
  const failed = results.filter((result) => !result.ok);
  for (const { title, output } of failed)
    process.stdout.write(`\n── ${title} ${"─".repeat(100 - title.length)}\n${output}\n`);
  const outcome =
    failed.length === 0 ? "all checks passed" : `failed: ${failed.map((result) => result.title).join(", ")}`;
  process.stdout.write(`${outcome}  (${((Date.now() - startedMs) / 1000).toFixed(1)} s)\n`);
  return failed.length === 0 ? 0 : 1;
});

/**
 * @param {Check} check
 * @param {import("./prepare.mjs").Prepared} prepared
 * @returns {Promise<{ title: string, ok: boolean, output: string }>}
 */
function runCheck({ title, module, args }, { root, node, path }) {
  const startedMs = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(node, [join(root, "node_modules", module), ...args], {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitMs,
    });
    let output = "";
    const collect = (/** @type {Buffer} */ data) => {
      output += data.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const ok = code === 0;
      if (signal !== null) output += `\nended by ${signal} after ${limitMs / 1000} s\n`;
      process.stdout.write(
        `  ${ok ? "✓" : "✗"} ${title.padEnd(12)} ${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`,
      );
      resolve({ title, ok, output });
    });
  });
}
