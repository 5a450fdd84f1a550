// @ts-check
// Installs what is missing of the operating system's programs with apt-get, when it may: as root, or through a sudo
// that asks nothing. Otherwise it says the one line to run. The package lists are fetched only when an install without
// fetching fails, because that alone can take half a minute.

import { spawnSync } from "node:child_process";
import { beginStep } from "./progress.mjs";
import { findProgram, missingPrograms } from "./programs.mjs";
import { lastLines, runLogged } from "./run-logged.mjs";
import { SetupError } from "./setup-error.mjs";

const installTimeoutMs = 300_000;
const sudoTimeoutMs = 5_000;

/**
 * Makes sure that the programs are there. Throws a SetupError with the way out when they cannot be had.
 * @param {readonly import("./programs.mjs").Need[]} wanted
 * @param {{ path: string, logFile: string, isRoot: boolean }} options
 */
export async function ensurePrograms(wanted, { path, logFile, isRoot }) {
  const missing = missingPrograms(path, wanted);
  if (missing.length === 0) return;
  const names = missing.map((need) => `${need.program} (${need.purpose})`).join(", ");
  const packages = [...new Set(missing.map((need) => need.debianPackage))];
  const aptGet = findProgram("apt-get", path);
  if (aptGet === undefined) {
    throw new SetupError([
      `Missing programs: ${names}.`,
      "This system has no apt-get. Install them with its own package manager and start again;",
      `their Debian packages are called: ${packages.join(" ")}.`,
    ]);
  }
  const prefix = isRoot ? [] : passwordlessSudo(path);
  if (prefix === undefined) {
    throw new SetupError([
      `Missing programs: ${names}.`,
      "Run this line, then start again:",
      `    sudo apt-get update && sudo apt-get install -y ${packages.join(" ")}`,
    ]);
  }
  await install(packages, [...prefix, aptGet], { path, logFile });
  const still = missingPrograms(path, wanted);
  if (still.length > 0) {
    throw new SetupError([
      `apt-get installed ${packages.join(" ")}, but there is still no ${still.map((need) => need.program).join(", ")}.`,
      `What apt-get said is in ${logFile}.`,
    ]);
  }
}

/**
 * @param {readonly string[]} packages
 * @param {readonly string[]} aptGet apt-get by its whole path, behind sudo where that is needed
 * @param {{ path: string, logFile: string }} options
 */
async function install(packages, aptGet, { path, logFile }) {
  const step = beginStep(`Debian packages ${packages.join(", ")}`);
  const [program, ...front] = [...aptGet, "-o", "DPkg::Lock::Timeout=120"];
  const env = { ...process.env, PATH: path, DEBIAN_FRONTEND: "noninteractive" };
  const run = (/** @type {readonly string[]} */ rest) =>
    runLogged(program, [...front, ...rest], { logFile, env, timeoutMs: installTimeoutMs });
  const installArgs = ["install", "-y", "--no-install-recommends", ...packages];

  let result = await run(installArgs);
  if (!result.ok) {
    step.update("fetching the package lists");
    const update = await run(["update"]);
    step.update("installing");
    // A failed update may have been about another source; whether the packages can be had is what counts.
    result = await run(installArgs);
    if (!result.ok && !update.ok) result = { ...result, tail: update.tail + result.tail };
  }
  if (result.ok) return step.done("installed");
  step.failed();
  throw new SetupError([
    `apt-get ${result.reason}. Its last words (all of them are in ${logFile}):`,
    ...lastLines(result.tail, 8),
    `Install by hand, then start again:  sudo apt-get install -y ${packages.join(" ")}`,
  ]);
}

/**
 * @param {string} path
 * @returns {readonly string[] | undefined} the words to put before a command; undefined when sudo would ask or refuse
 */
function passwordlessSudo(path) {
  const sudo = findProgram("sudo", path);
  if (sudo === undefined) return undefined;
  const answer = spawnSync(sudo, ["-n", "true"], { stdio: "ignore", timeout: sudoTimeoutMs });
  // sudo drops variables that it does not know, so DEBIAN_FRONTEND goes through env.
  return answer.status === 0 ? [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"] : undefined;
}
