// The lockfile is what a fresh machine installs, so it must be whole: in step with every package.json, with a hash for
// everything that can be installed here, with the builds for other platforms (see tools/lockfile/complete-lockfile.mjs),
// and without the name of a registry.

import { missingEntries } from "../lockfile/complete-lockfile.mjs";
import type { Finding } from "./finding.ts";
import { manifestsOf, requested } from "./manifest.ts";
import type { SourceTree } from "./source-tree.ts";

const path = "package-lock.json";

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly os?: string[];
  readonly cpu?: string[];
  readonly libc?: string[];
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

export function checkLockfile(tree: SourceTree): readonly Finding[] {
  const file = tree.file(path);
  if (file === undefined) return [];
  const lockfile = JSON.parse(file.text) as { readonly packages: Record<string, LockEntry> };
  const findings: Finding[] = [];
  const add = (message: string) => findings.push({ file: path, message });

  file.lines.forEach((text, index) => {
    if (/"resolved": "https?:/.test(text)) {
      findings.push({
        file: path,
        line: index + 1,
        message: "names a registry; set omit-lockfile-registry-resolved=true for npm and install again",
      });
    }
  });
  for (const { name } of missingEntries(lockfile)) {
    add(`${name} is missing, so npm ci refuses the file; run node tools/lockfile/complete-lockfile.mjs`);
  }
  for (const [place, entry] of Object.entries(lockfile.packages)) {
    if (!place.includes("node_modules/") || entry.link === true || entry.integrity !== undefined) continue;
    if (runsHere(entry)) add(`${place} has no integrity hash; install again with npm install`);
  }
  for (const manifest of manifestsOf(tree)) {
    const locked = lockfile.packages[manifest.folder];
    const before = { ...locked?.dependencies, ...locked?.devDependencies, ...locked?.optionalDependencies };
    const now = requested(manifest);
    for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
      if (before[name] !== now[name])
        add(
          `${name} is ${before[name] ?? "absent"} here and ${now[name] ?? "absent"} in ${manifest.file}; run npm install`,
        );
    }
  }
  return findings;
}

/** Whether the entry may be installed on a platform that Merlon runs on: Linux with glibc, x64 or arm64. */
function runsHere({ os, cpu, libc }: LockEntry): boolean {
  const allows = (list: readonly string[] | undefined, wanted: readonly string[]) =>
    list === undefined || wanted.some((one) => list.includes(one));
  return allows(os, ["linux"]) && allows(cpu, ["x64", "arm64"]) && allows(libc, ["glibc"]);
}
