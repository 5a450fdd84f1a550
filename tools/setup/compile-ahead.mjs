// @ts-check
// The gateway in compiled form before its first start, as at an installation: without it the first start takes twice as
// long as all others, which keep what they have read beside the packages (gateway/main.mjs). Nothing depends on it: where it
// cannot be done the first start is only slower. Run as a program it compiles; imported it has a process of its own do it.

import { existsSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beginStep } from "./progress.mjs";
import { runLogged } from "./run-logged.mjs";

const timeoutMs = 120_000;
/** What a gateway reads, and nothing that does something by being read. */
const files = ["gateway/main.ts", "gateway/run-gateway.ts", "gateway/serve/ways-in.ts"];

/** @param {string} root */
function cacheFolder(root) {
  return join(root, "node_modules", ".cache", "merlon");
}

/**
 * @param {string} root
 * @param {{ node: string, logFile: string }} options
 */
export async function compileAhead(root, { node, logFile }) {
  const folder = cacheFolder(root);
  if (existsSync(folder)) return;
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return;
  }
  const step = beginStep("compile the gateway");
  const { ok } = await runLogged(node, [fileURLToPath(import.meta.url), root], { logFile, timeoutMs });
  if (ok) step.done();
  else step.failed();
}

if (import.meta.main) {
  const root = process.argv[2] ?? ".";
  enableCompileCache(cacheFolder(root));
  for (const file of files) await import(join(root, file));
}
