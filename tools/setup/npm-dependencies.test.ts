// The stamp: what makes npm run again, and what must not.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fakeCheckout } from "./fake-checkout.fixture.ts";
import { dependenciesAreCurrent, dependencyHash, installDependencies, stampFile } from "./npm-dependencies.mjs";

describe("dependencyHash", () => {
  const original = JSON.stringify({ name: "one", dependencies: { a: "1.0.0" } });
  test.each([
    ["nothing", (root: string) => write(root, "one/package.json", original), false],
    ["the lockfile", (root: string) => write(root, "package-lock.json", "{}"), true],
    [
      "a workspace's dependencies",
      (root: string) => write(root, "one/package.json", original.replace("1.0.0", "1.0.1")),
      true,
    ],
    [
      "a workspace's description",
      (root: string) => write(root, "one/package.json", original.replace("{", '{"description":"x",')),
      false,
    ],
    [
      "the order and layout of fields",
      (root: string) => write(root, "one/package.json", `{ "dependencies": {"a":"1.0.0"},\n "name": "one" }`),
      false,
    ],
    [
      "the list of workspaces",
      (root: string) => write(root, "package.json", '{"name":"x","version":"1.0.0","workspaces":[]}'),
      true,
    ],
    [
      "a script of the root",
      (root: string) =>
        write(root, "package.json", '{"name":"x","version":"1.0.0","workspaces":["one"],"scripts":{"a":"b"}}'),
      false,
    ],
    ["an unrelated file", (root: string) => write(root, "one/a.ts", "x"), false],
  ])("changing %s", (_, change, changes) => {
    using checkout = fakeCheckout();
    const before = dependencyHash(checkout.root);
    change(checkout.root);
    expect(dependencyHash(checkout.root) !== before).toBe(changes);
  });
});

describe("dependenciesAreCurrent", () => {
  test("no node_modules, no stamp, an old stamp, a cut stamp: not current", () => {
    using checkout = fakeCheckout();
    expect(dependenciesAreCurrent(checkout.root)).toBe(false);
    mkdirSync(join(checkout.root, "node_modules"));
    expect(dependenciesAreCurrent(checkout.root)).toBe(false);
    for (const text of ["", "old", dependencyHash(checkout.root).slice(0, 20)]) {
      writeFileSync(stampFile(checkout.root), text);
      expect(dependenciesAreCurrent(checkout.root)).toBe(false);
    }
    writeFileSync(stampFile(checkout.root), dependencyHash(checkout.root));
    expect(dependenciesAreCurrent(checkout.root)).toBe(true);
  });
});

describe("installDependencies", () => {
  const options = (root: string, path: string) => ({ path, logFile: join(root, "npm.log") });

  test("leaves a stamp that matches", async () => {
    using checkout = fakeCheckout();
    await installDependencies(checkout.root, options(checkout.root, checkout.bin));
    expect(dependenciesAreCurrent(checkout.root)).toBe(true);
  });

  test("runs the npm outside of node_modules/.bin, on the Node outside of it", async () => {
    using checkout = fakeCheckout();
    const inside = join(checkout.root, "node_modules/.bin");
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, "npm"), "#!/bin/sh\nexit 9\n", { mode: 0o755 });
    checkout.program("npm", `echo "PATH is $PATH"; mkdir -p node_modules`);
    await installDependencies(checkout.root, options(checkout.root, `${inside}:${checkout.bin}`));
    expect(readFileSync(join(checkout.root, "npm.log"), "utf8")).toContain(`PATH is ${checkout.bin}\n`);
  });

  test("no npm: says what to install", async () => {
    using checkout = fakeCheckout();
    await expect(installDependencies(checkout.root, options(checkout.root, "/nowhere"))).rejects.toThrow(
      /no npm in PATH[\s\S]*nodejs npm/,
    );
  });

  test("a failure leaves no stamp", async () => {
    using checkout = fakeCheckout();
    checkout.program("npm", "mkdir -p node_modules; exit 1");
    await expect(installDependencies(checkout.root, options(checkout.root, checkout.bin))).rejects.toThrow(
      "npm ci failed",
    );
    expect(dependenciesAreCurrent(checkout.root)).toBe(false);
  });
});

function write(root: string, path: string, text: string): void {
  writeFileSync(join(root, path), text);
}
