// The order of modules: what they say that they need, and what that makes of a list.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadOrder, moduleFiles, neededBy } from "./kernel-modules.ts";

/** What a module has in its section .modinfo. */
const moduleSaying = (depends: string) => Buffer.from(`\x7fELF\0license=GPL\0depends=${depends}\0retpoline=Y\0`);

describe("neededBy", () => {
  test.each([
    ["", []],
    ["nf_tables", ["nf_tables"]],
    ["nf_tables,nf-conntrack", ["nf_tables", "nf_conntrack"]],
  ])("depends=%s", (depends, expected) => {
    expect(neededBy(moduleSaying(depends))).toEqual(expected);
  });

  test("a file that says nothing needs nothing", () => {
    expect(neededBy(Buffer.from("depends=of_something_else"))).toEqual([]);
  });
});

describe("loadOrder", () => {
  const needs: Readonly<Record<string, readonly string[]>> = {
    flow: ["tables", "track"],
    track: ["base"],
    tables: ["base"],
  };
  test.each([
    [["flow"], ["base", "tables", "track", "flow"]],
    [
      ["track", "flow"],
      ["base", "track", "tables", "flow"],
    ],
    [["base", "base"], ["base"]],
    [[], []],
  ])("%j", (wanted, expected) => {
    expect(loadOrder(wanted, (name) => needs[name] ?? [])).toEqual(expected);
  });
});

describe("moduleFiles", () => {
  const folderWith = (files: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), "merlon-modules-"));
    for (const [path, depends] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), moduleSaying(depends));
    }
    return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  };

  test("only what is wanted and what that needs, wherever it stands; what is built in has no file", () => {
    using given = folderWith({
      "net/netfilter/nf_tables.ko": "libcrc32c,nfnetlink",
      "net/netfilter/nfnetlink.ko": "",
      "lib/libcrc32c.ko": "",
      "drivers/net/e1000.ko": "",
    });
    expect(moduleFiles(given.folder)).toEqual(
      ["lib/libcrc32c.ko", "net/netfilter/nfnetlink.ko", "net/netfilter/nf_tables.ko"].map((path) =>
        join(given.folder, path),
      ),
    );
  });

  test("a module that needs one that is not there is a failure that names it", () => {
    using given = folderWith({ "net/8021q.ko": "garp" });
    expect(() => moduleFiles(given.folder)).toThrow("there is no kernel module garp below");
  });
});
