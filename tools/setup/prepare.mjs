// @ts-check
// What `npm start`, `npm test` and `npm run check` have in common: bring this machine to the point where the pinned
// Node can run, doing only what is not done yet. Everything that is already right is found out in milliseconds and
// without writing a file, so a prepared checkout also works from a read-only disk.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePrograms } from "./debian-packages.mjs";
import { ensureGuestKernel, guestKernelIsReady } from "./guest-kernel.mjs";
import { withLock } from "./lock.mjs";
import { checkNamespaces } from "./namespaces.mjs";
import { dependenciesAreCurrent, installDependencies } from "./npm-dependencies.mjs";
import { checkMachine, pinnedNode } from "./pinned-node.mjs";
import { missingPrograms, needs, searchPath, testNeeds } from "./programs.mjs";
import { SetupError } from "./setup-error.mjs";

const lockTimeoutMs = 900_000;

/** @typedef {{ root: string, node: string, path: string }} Prepared */

/**
 * @param {{ enclosed: boolean, forTests?: boolean }} options whether the command needs the kernel: its programs and
 *   namespaces; and whether the tools that tests drive are wanted, too
 * @returns {Promise<Prepared>}
 */
export async function prepare({ enclosed, forTests = false }) {
  checkMachine();
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  const path = searchPath(process.env["PATH"]);
  const isRoot = process.getuid?.() === 0;
  const wanted = enclosed ? needs : [];
  const wished = forTests ? testNeeds : [];
  const ready = () =>
    missingPrograms(path, [...wanted, ...wished]).length === 0 &&
    dependenciesAreCurrent(root) &&
    (!forTests || guestKernelIsReady(root));

  if (!ready()) {
    process.stderr.write("Setting up Merlon (once):\n");
    const onWait = (/** @type {string} */ owner) => {
      process.stderr.write(`  … waiting for another set-up (process ${owner.split(" ")[0]})\n`);
    };
    await withLock(join(root, ".merlon", "setup.lock"), { timeoutMs: lockTimeoutMs, onWait }, async () => {
      const logFile = (/** @type {string} */ name) => join(root, ".merlon", "log", `${name}.log`);
      const installing = { path, isRoot, logFile: logFile("apt-get") };
      await ensurePrograms(wanted, installing);
      await ensurePrograms(wished, installing).catch(goOnWithout);
      if (forTests) await ensureGuestKernel(root, installing).catch(goOnWithout);
      if (!dependenciesAreCurrent(root)) await installDependencies(root, { path, logFile: logFile("npm") });
    });
  }
  const node = pinnedNode(root);
  if (enclosed && process.env["MERLON_ENCLOSED"] !== "1") checkNamespaces(root, { path, isRoot });
  return { root, node, path };
}

/**
 * The stories that need it are skipped, and say so.
 * @param {unknown} error
 */
function goOnWithout(error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\nSome tests are skipped without them.\n`);
}

/**
 * Runs the body of an entry point and turns its end into the exit code.
 * @param {() => Promise<number>} body
 */
export async function runEntry(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
