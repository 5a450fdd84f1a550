// @ts-check
// The programs of the operating system that Merlon needs, each with the Debian package that brings it. Looked for as
// files, not as packages, so that any distribution and any way of installing will do.

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * `file`: where it is looked for in place of the folders of PATH, for what is no program.
 * @typedef {{ program: string, debianPackage: string, purpose: string, file?: string }} Need
 */

/** @type {readonly Need[]} */
export const needs = [
  { program: "nft", debianPackage: "nftables", purpose: "hands the policy to the kernel" },
  { program: "ip", debianPackage: "iproute2", purpose: "sets addresses, routes and namespaces" },
  { program: "unshare", debianPackage: "util-linux", purpose: "makes the private network of the demo and the tests" },
  { program: "nsenter", debianPackage: "util-linux", purpose: "starts programs in a namespace" },
  { program: "mount", debianPackage: "mount", purpose: "gives the private network its own /run" },
];

const debianPython = "/usr/lib/python3/dist-packages";

/** What stories drive beyond that. Where it cannot be had, those stories are skipped and say so. */
export const testNeeds = /** @type {readonly Need[]} */ ([
  {
    program: "ncclient",
    debianPackage: "python3-ncclient",
    purpose: "a NETCONF client that tests drive",
    file: `${debianPython}/ncclient/__init__.py`,
  },
  {
    program: "PyEZ",
    debianPackage: "python3-junos-eznc",
    purpose: "a client of the original that tests drive",
    file: `${debianPython}/jnpr/junos/__init__.py`,
  },
  { program: "qemu-system-x86_64", debianPackage: "qemu-system-x86", purpose: "runs Debian's kernel for tests" },
]);

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
  return wanted.filter(({ program, file }) =>
    file === undefined ? findProgram(program, path) === undefined : !existsSync(file),
  );
}
