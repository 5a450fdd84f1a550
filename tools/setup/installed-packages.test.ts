// npm's account of what it has installed, held against the lockfile.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { installedAsLocked } from "./installed-packages.mjs";

const linked = { resolved: "one", link: true };
const tool = { version: "1.0.0", resolved: "tool.tgz", integrity: "sha512-t" };
const forHere = { version: "1.0.0", os: [process.platform], cpu: [process.arch], optional: true };
const locked = {
  "": { dependencies: { tool: "1.0.0" } },
  one: { dependencies: { b: "1", a: "1" } },
  "node_modules/one": linked,
  "node_modules/tool": tool,
  "node_modules/here": forHere,
  "node_modules/elsewhere": { version: "1.0.0", os: ["none"], optional: true },
  "node_modules/for-one-alone": { version: "1.0.0", os: process.platform, cpu: "none", optional: true },
  "node_modules/other-libc": { ...forHere, libc: ["musl"] },
  "node_modules/of-elsewhere": { version: "1.0.0", optional: true },
};
const installed = { "node_modules/one": linked, "node_modules/tool": tool, "node_modules/here": forHere };
const manifests = { "": { dependencies: { tool: "1.0.0" } }, one: { dependencies: { a: "1", b: "1" } } };

interface Checkout {
  readonly locked?: object | string;
  readonly installed?: object | string | undefined;
  readonly manifests?: Readonly<Record<string, object>>;
}

function isCurrent(checkout: Checkout): boolean {
  const root = mkdtempSync(join(tmpdir(), "merlon-installed-"));
  try {
    const write = (path: string, content: object | string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
    };
    const all = { locked, installed, manifests, ...checkout };
    const text = (content: object | string) => (typeof content === "string" ? content : { packages: content });
    write("package-lock.json", text(all.locked));
    if (all.installed !== undefined) write("node_modules/.package-lock.json", text(all.installed));
    for (const [folder, manifest] of Object.entries(all.manifests)) write(join(folder, "package.json"), manifest);
    return installedAsLocked(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const without = (place: keyof typeof installed) =>
  Object.fromEntries(Object.entries(installed).filter(([name]) => name !== place));

test.each<readonly [string, Checkout, boolean]>([
  ["all that is for here", {}, true],
  ["no account: never installed, or broken off", { installed: undefined }, false],
  ["an account cut short", { installed: "{" }, false],
  ["an account of nothing", { installed: {} }, false],
  ["a package is missing", { installed: without("node_modules/tool") }, false],
  ["a workspace's link is missing", { installed: without("node_modules/one") }, false],
  ["the optional package for this platform is missing", { installed: without("node_modules/here") }, false],
  ["another version", { installed: { ...installed, "node_modules/tool": { ...tool, version: "1.0.1" } } }, false],
  ["other bytes", { installed: { ...installed, "node_modules/tool": { ...tool, integrity: "sha512-u" } } }, false],
  ["a package too many", { installed: { ...installed, "node_modules/more": tool } }, false],
  ["no lockfile of that form", { locked: "[]" }, false],
  [
    "a workspace asks for more",
    { manifests: { ...manifests, one: { dependencies: { a: "1", b: "1", c: "1" } } } },
    false,
  ],
  [
    "a workspace asks for another version",
    { manifests: { ...manifests, one: { dependencies: { a: "1", b: "2" } } } },
    false,
  ],
  ["a workspace without package.json", { manifests: { "": manifests[""] } }, false],
])("%s", (_, checkout, expected) => expect(isCurrent(checkout)).toBe(expected));
