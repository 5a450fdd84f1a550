// The tree: what git would commit, and the walk where there is no git.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTree, treeOf } from "./source-tree.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "merlon-tree-"));
  mkdirSync(join(root, "model"));
  mkdirSync(join(root, "node_modules/x"), { recursive: true });
  writeFileSync(join(root, "model/a.ts"), "one\ntwo\n");
  writeFileSync(join(root, "node_modules/x/b.ts"), "no");
  writeFileSync(join(root, "picture.png"), "no");
  writeFileSync(join(root, "setup.log"), "no");
  writeFileSync(join(root, ".gitignore"), "node_modules/\n*.log\n");
});
afterEach(() => rmSync(root, { recursive: true }));

const paths = () => readTree(root).files.map(({ path }) => path);

describe("readTree", () => {
  test("without git the folder is walked", () => {
    expect(paths()).toEqual([".gitignore", "model/a.ts"]);
  });

  test("with git: tracked and new files, not the ignored ones, not the deleted ones", () => {
    const git = (...args: string[]) =>
      spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: root });
    if (git("init", "-q").status !== 0) return;
    writeFileSync(join(root, "gone.ts"), "x");
    git("add", ".");
    rmSync(join(root, "gone.ts"));
    writeFileSync(join(root, "model/new file.ts"), "x");
    expect(paths()).toEqual([".gitignore", "model/a.ts", "model/new file.ts"]);
  });

  test("a file that is too big for a source tree is named", () => {
    writeFileSync(join(root, "dump.sql"), Buffer.alloc(5_000_000));
    expect(() => readTree(root)).toThrow(/dump\.sql has 5000000 bytes/);
  });
});

test("treeOf sorts, splits lines and finds by path", () => {
  const tree = treeOf({ "b.ts": "1\n2", "a.ts": "" });
  expect(tree.files.map(({ path }) => path)).toEqual(["a.ts", "b.ts"]);
  expect(tree.file("b.ts")?.lines).toEqual(["1", "2"]);
  expect(tree.file("c.ts")).toBeUndefined();
});
