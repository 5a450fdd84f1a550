// @ts-check
// Adds to package-lock.json what `npm install` leaves out: the builds for other platforms of packages that ship one
// build each (oxlint, oxfmt …). npm omits them when the registry in use does not carry them or node_modules is already
// there, and `npm ci` then refuses the whole lockfile on every machine ("Missing: … from lock file"). The added entries
// name version and platform only; they are never installed on the platforms that Merlon runs on.
// usage, after every change of a dependency: npm install && node tools/lockfile/complete-lockfile.mjs

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} Lockfile
 */

const systems = ["android", "darwin", "freebsd", "linux", "openbsd", "netbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "x64", "ia32", "ppc64", "riscv64", "s390x", "loong64", "wasm32", "arm"];

/**
 * What a package's name says about its platform, as npm's fields.
 * @param {string} name such as `@oxfmt/binding-linux-arm64-musl`
 * @returns {{ os?: string[], cpu?: string[], libc?: string[] } | undefined} undefined when it names no platform
 */
export function platformOf(name) {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined && cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith("musl"))
    ? "musl"
    : words.some((word) => word.startsWith("gnu"))
      ? "glibc"
      : undefined;
  return { ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }), ...(os && { os: [os] }) };
}

/**
 * @param {Lockfile} lockfile
 * @returns {readonly { name: string, version: string, dev: boolean }[]} optional packages that are named but not locked
 */
export function missingEntries({ packages }) {
  return Object.values(packages).flatMap((entry) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => packages[`node_modules/${name}`] === undefined)
      .map(([name, version]) => ({ name, version, dev: entry.dev === true })),
  );
}

/**
 * @param {Lockfile} lockfile
 * @returns {Lockfile}
 */
export function completeLockfile(lockfile) {
  const packages = { ...lockfile.packages };
  for (const { name, version, dev } of missingEntries(lockfile)) {
    const platform = platformOf(name);
    if (platform === undefined || !/^\d/.test(version)) {
      throw new Error(`cannot lock ${name}@${version}: its name tells no platform or its version is not exact`);
    }
    packages[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platform };
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { ...lockfile, packages: Object.fromEntries(sorted) };
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(root, "package-lock.json");
  /** @type {Lockfile} */
  const lockfile = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lockfile);
  if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completeLockfile(lockfile), null, 2)}\n`);
  process.stdout.write(`${missing.length} entries added to package-lock.json\n`);
}
