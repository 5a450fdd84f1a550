// @ts-check
// Brings node_modules to what the lockfile says, once: a stamp inside node_modules holds a hash of everything that
// decides its content, so that a second start compares hashes (a millisecond) and does not run npm at all. `npm ci`
// removes node_modules first, the stamp with it; an install that was broken off is therefore always done again. Without a
// stamp that fits, npm's own account decides: what somebody has installed by hand is not installed again.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { allows, installedAsLocked } from "./installed-packages.mjs";
import { beginStep } from "./progress.mjs";
import { findProgram } from "./programs.mjs";
import { lastLines, runLogged } from "./run-logged.mjs";
import { explainFileError, SetupError } from "./setup-error.mjs";

const installTimeoutMs = 600_000;

/** @param {string} root */
export function stampFile(root) {
  return join(root, "node_modules", ".merlon-stamp");
}

/** The fields of a package.json that decide what npm puts into node_modules; a new script alone installs nothing. */
const decidingFields = [
  "name",
  "version",
  "workspaces",
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "overrides",
];

/**
 * A hash of the lockfile, of what every package.json of the workspaces asks for, and of the platform.
 * @param {string} root
 */
export function dependencyHash(root) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  const manifest = readManifest(join(root, "package.json"));
  const workspaces = Array.isArray(manifest["workspaces"]) ? manifest["workspaces"].map(String) : [];
  for (const folder of [".", ...workspaces]) {
    const asked = readManifest(join(root, folder, "package.json"));
    hash.update(`\0${folder}\0${JSON.stringify(decidingFields.map((field) => asked[field] ?? null))}`);
  }
  return hash.update(readFileSync(join(root, "package-lock.json"))).digest("hex");
}

/**
 * @param {string} file
 * @returns {Record<string, unknown>}
 */
function readManifest(file) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  return isRecord(manifest) ? manifest : {};
}

/** @param {string} root */
export function dependenciesAreCurrent(root) {
  return readStamp(root) === dependencyHash(root) || installedAsLocked(root);
}

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(stampFile(root), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The caller holds the lock.
 * @param {string} root
 * @param {{ path: string, logFile: string }} options
 */
export async function installDependencies(root, { path, logFile }) {
  // Under `npm run` the pinned Node of node_modules/.bin comes first in PATH; npm must not delete the Node it runs on.
  const outerPath = path
    .split(delimiter)
    .filter((folder) => !folder.endsWith("node_modules/.bin"))
    .join(delimiter);
  const npm = findProgram("npm", outerPath);
  if (npm === undefined) {
    throw new SetupError([
      "There is no npm in PATH.",
      "Install Node.js 20 or newer with npm (Debian: sudo apt-get install -y nodejs npm).",
    ]);
  }
  const total = packageCount(root);
  const step = beginStep(`npm packages (${total} from the lockfile)`);
  let fetched = 0;
  const { ok, reason, tail } = await runLogged(
    npm,
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"],
    {
      logFile,
      cwd: root,
      env: { ...process.env, PATH: outerPath },
      timeoutMs: installTimeoutMs,
      onOutput(text) {
        fetched += text.match(/http fetch GET 200 \S+\.tgz/g)?.length ?? 0;
        if (fetched > 0) step.update(`${Math.min(fetched, total)} fetched`);
      },
    },
  );
  if (!ok) {
    step.failed();
    throw new SetupError([
      `npm ci ${reason}. Its last words (all of them are in ${logFile}):`,
      ...lastLines(tail, 12),
      "Check the network and the space on the disk, then start again.",
    ]);
  }
  try {
    writeFileSync(stampFile(root), dependencyHash(root));
  } catch (error) {
    throw explainFileError(error, stampFile(root));
  }
  step.done();
}

/**
 * How many packages of the lockfile are for this machine.
 * @param {string} root
 */
function packageCount(root) {
  /** @type {unknown} */
  const lockfile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const packages = isRecord(lockfile) && isRecord(lockfile["packages"]) ? lockfile["packages"] : {};
  let count = 0;
  for (const [path, entry] of Object.entries(packages)) {
    if (!path.includes("node_modules/") || !isRecord(entry) || entry["link"] === true) continue;
    if (allows(entry["os"], process.platform) && allows(entry["cpu"], process.arch)) count++;
  }
  return count;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null;
}
