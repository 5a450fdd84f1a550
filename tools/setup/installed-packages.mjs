// @ts-check
// Whether node_modules holds what the lockfile says, by npm's own account of what it has put there. It is asked where our
// stamp is absent or old: whoever ran npm by hand has brought everything in order without it, and `npm ci` would take
// the packages away from under whatever runs.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const askedFields = ["dependencies", "devDependencies", "optionalDependencies"];
const placedFields = ["version", "resolved", "integrity", "link"];

/**
 * Packages for other platforms may be missing. False where npm left no account, as after an install that was broken
 * off, and where a package.json asks for something else than the lockfile was made for.
 * @param {string} root
 */
export function installedAsLocked(root) {
  const locked = packagesOf(join(root, "package-lock.json"));
  const installed = packagesOf(join(root, "node_modules", ".package-lock.json"));
  if (locked === undefined || installed === undefined) return false;
  const places = Object.keys(locked).filter((place) => place.includes("node_modules/"));
  const folders = Object.keys(locked).filter((place) => !place.includes("node_modules/"));
  return (
    places.every((place) => isPlaced(locked[place] ?? {}, installed[place])) &&
    Object.keys(installed).every((place) => !place.includes("node_modules/") || locked[place] !== undefined) &&
    folders.every((folder) => asksTheSame(locked[folder] ?? {}, readJson(join(root, folder, "package.json"))))
  );
}

/**
 * @param {Record<string, unknown>} wanted
 * @param {Record<string, unknown> | undefined} found
 */
function isPlaced(wanted, found) {
  if (found !== undefined) return placedFields.every((field) => wanted[field] === found[field]);
  // npm leaves out what is for another system, processor or C library, and what only such a package needs.
  const isMadeForSome = wanted["os"] !== undefined || wanted["cpu"] !== undefined;
  const isForHere = allows(wanted["os"], process.platform) && allows(wanted["cpu"], process.arch);
  return wanted["optional"] === true && (!isMadeForSome || !isForHere || wanted["libc"] !== undefined);
}

/**
 * @param {unknown} named one platform or several; everything when undefined
 * @param {string} mine
 */
export function allows(named, mine) {
  return named === undefined || [named].flat().includes(mine);
}

/**
 * @param {Record<string, unknown>} locked
 * @param {Record<string, unknown> | undefined} manifest
 */
function asksTheSame(locked, manifest) {
  return askedFields.every((field) => sortedText(manifest?.[field]) === sortedText(locked[field]));
}

/** @param {unknown} versions by package name */
function sortedText(versions) {
  return JSON.stringify(Object.entries(isRecord(versions) ? versions : {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * @param {string} file
 * @returns {Record<string, Record<string, unknown>> | undefined}
 */
function packagesOf(file) {
  const packages = readJson(file)?.["packages"];
  if (!isRecord(packages)) return undefined;
  return Object.fromEntries(Object.entries(packages).filter((entry) => isRecord(entry[1])));
}

/**
 * @param {string} file
 * @returns {Record<string, unknown> | undefined} undefined when there is no such file, or it is no JSON object
 */
function readJson(file) {
  try {
    /** @type {unknown} */
    const content = JSON.parse(readFileSync(file, "utf8"));
    return isRecord(content) ? content : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
