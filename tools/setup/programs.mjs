// @ts-check
// The programs of the operating system that Merlon needs, each with the Debian package that brings it. Looked for as
// files, not as packages, so that any distribution and any way of installing will do.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @typedef {{ program: string, debianPackage: string, purpose: string }} Need */

/** @type {readonly Need[]} */
export const needs = [
  { program: "nft", debianPackage: "nftables", purpose: "hands the policy to the kernel" },
  { program: "ip", debianPackage: "iproute2", purpose: "sets addresses, routes and namespaces" },
  { program: "unshare", debianPackage: "util-linux", purpose: "makes the private network of the demo and the tests" },
  { program: "nsenter", debianPackage: "util-linux", purpose: "starts programs in a namespace" },
  { program: "mount", debianPackage: "mount", purpose: "gives the private network its own /run" },
];

/** Places where administrators' programs are; an ordinary user's PATH often lacks them. */
const administratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * The PATH for everything that Merlon starts: the user's own first, then the administrators' folders.
 * @param {string | undefined} path
 */
export function searchPath(path) {
  const folders = (path ?? "/usr/local/bin:/usr/bin:/bin").split(delimiter).filter((folder) => folder !== "");
  return [...new Set([...folders, ...administratorFolders])].join(delimiter);
}

/**
 * @param {string} program
 * @param {string} path folders in the form of PATH
 * @returns {string | undefined} the file that would be run
 */
export function findProgram(program, path) {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return undefined;
}

/**
 * @param {string} path
 * @param {readonly Need[]} [wanted]
 * @returns {readonly Need[]} the needs that nothing in `path` meets
 */
export function missingPrograms(path, wanted = needs) {
  return wanted.filter((need) => findProgram(need.program, path) === undefined);
}
