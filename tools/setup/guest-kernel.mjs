// @ts-check
// Debian's own kernel for the guest of lab/guest: fetched as a package and unpacked into the checkout, never installed.
// The machine's own kernel often lacks what a distribution's has (VLANs, flowtables, queues), and a guest needs no rights.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beginStep } from "./progress.mjs";
import { findProgram } from "./programs.mjs";
import { lastLines, runLogged } from "./run-logged.mjs";
import { SetupError, explainFileError } from "./setup-error.mjs";

/** Depends on the newest kernel of the cloud flavour, which is the smallest that has all we need. */
const metaPackage = "linux-image-cloud-amd64";
/** One program for everything in a guest that has nothing. */
const shellPackage = "busybox-static";
const askTimeoutMs = 30_000;
const fetchTimeoutMs = 300_000;
/** Debian's name for x64, the only platform that the guest is made for. */
const platform = "x64";

/**
 * Where the packages are unpacked; lab/guest/guest-kernel.ts finds it there.
 * @param {string} root
 */
const folderOf = (root) => join(root, ".merlon", "guest");

/**
 * Whether there is nothing to do: the kernel is there, or this is no platform for the guest.
 * @param {string} root
 */
export function guestKernelIsReady(root) {
  return process.arch !== platform || existsSync(folderOf(root));
}

/**
 * Fetches the kernel where it is not there yet. Throws a SetupError with the way out when it cannot be had.
 * @param {string} root
 * @param {{ path: string, logFile: string, isRoot: boolean }} options
 */
export async function ensureGuestKernel(root, { path, logFile, isRoot }) {
  if (guestKernelIsReady(root)) return;
  const [aptGet, aptCache, dpkgDeb] = ["apt-get", "apt-cache", "dpkg-deb"].map((name) => findProgram(name, path));
  if (aptGet === undefined || aptCache === undefined || dpkgDeb === undefined) {
    throw new SetupError([
      "The guest's kernel cannot be fetched: this system has no apt-get.",
      `Unpack Debian's packages ${metaPackage} (the one it depends on) and ${shellPackage} into ${folderOf(root)}.`,
    ]);
  }
  const step = beginStep("a kernel for the guest of the tests");
  const folder = folderOf(root);
  const fresh = `${folder}.new`;
  try {
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
  } catch (error) {
    step.failed();
    throw explainFileError(error, fresh);
  }
  const env = { ...process.env, PATH: path, LC_ALL: "C" };
  const run = (/** @type {string} */ program, /** @type {readonly string[]} */ args) =>
    runLogged(program, args, { logFile, env, cwd: fresh, timeoutMs: fetchTimeoutMs });
  const fetch = () => run(aptGet, ["download", kernelPackage(aptCache, env), shellPackage]);

  let result = await fetch();
  if (!result.ok && isRoot) {
    step.update("fetching the package lists");
    await run(aptGet, ["update"]);
    result = await fetch();
  }
  if (result.ok) {
    step.update("unpacking");
    for (const name of readdirSync(fresh).filter((each) => each.endsWith(".deb"))) {
      if (result.ok) result = await run(dpkgDeb, ["-x", name, "."]);
      rmSync(join(fresh, name));
    }
  }
  if (!result.ok) {
    step.failed();
    throw new SetupError([
      `The guest's kernel cannot be fetched: apt-get or dpkg-deb ${result.reason}. The last words (all of them are in ${logFile}):`,
      ...lastLines(result.tail, 8),
      "Refresh the package lists, then start again:  sudo apt-get update",
    ]);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  step.done("unpacked");
}

/**
 * The package that the meta package stands for; the meta package itself where that is not known.
 * @param {string} aptCache
 * @param {NodeJS.ProcessEnv} env
 */
function kernelPackage(aptCache, env) {
  const answer = spawnSync(aptCache, ["depends", metaPackage], { env, timeout: askTimeoutMs, encoding: "utf8" });
  return /Depends: (linux-image-\S+)/.exec(answer.stdout ?? "")?.[1] ?? metaPackage;
}
