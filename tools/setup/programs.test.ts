// Finding programs: by file, in the user's folders first, in the administrators' folders too.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findProgram, missingPrograms, needs, searchPath, testNeeds } from "./programs.mjs";

const folder = mkdtempSync(join(tmpdir(), "merlon-programs-"));
mkdirSync(join(folder, "a/folder-not-program"), { recursive: true });
mkdirSync(join(folder, "b"));
writeFileSync(join(folder, "a/plain"), "", { mode: 0o644 });
writeFileSync(join(folder, "b/plain"), "", { mode: 0o755 });
writeFileSync(join(folder, "b/tool"), "", { mode: 0o755 });
afterAll(() => rmSync(folder, { recursive: true }));
const path = `${folder}/a:${folder}/b`;

describe("findProgram", () => {
  test.each<[string, string | undefined, string]>([
    ["tool", `${folder}/b/tool`, "found in the second folder"],
    ["plain", `${folder}/b/plain`, "a file that may not be run does not hide one that may"],
    ["folder-not-program", undefined, "a folder is not a program"],
    ["absent", undefined, "nowhere"],
  ])("%s → %s (%s)", (program, found) => {
    expect(findProgram(program, path)).toBe(found);
  });

  test("an empty PATH and folders that do not exist find nothing", () => {
    expect(findProgram("tool", "")).toBeUndefined();
    expect(findProgram("tool", "/nowhere:/also/nowhere")).toBeUndefined();
  });
});

describe("searchPath", () => {
  test.each([
    ["/usr/bin:/bin", "/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"],
    ["/usr/sbin:/bin", "/usr/sbin:/bin:/usr/local/sbin:/sbin"],
    [":/bin::", "/bin:/usr/local/sbin:/usr/sbin:/sbin"],
    [undefined, "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"],
  ])("%s → %s", (given, expected) => {
    expect(searchPath(given)).toBe(expected);
  });
});

describe("missingPrograms", () => {
  const wanted = ["tool", "absent"].map((program) => ({
    program,
    debianPackage: `${program}-package`,
    purpose: "tests",
  }));

  test("names only what is not there", () => {
    expect(missingPrograms(path, wanted).map((need) => need.debianPackage)).toEqual(["absent-package"]);
  });

  test("what is no program is looked for where it stands", () => {
    const need = (name: string) => ({
      program: "module",
      debianPackage: "module-package",
      purpose: "tests",
      file: join(folder, name),
    });
    expect(missingPrograms(path, [need("a/plain"), need("a/gone")])).toEqual([need("a/gone")]);
    const files = testNeeds.flatMap(({ file }) => file ?? []);
    expect(files.length).toBeGreaterThan(0);
    expect(files.every((file) => file.startsWith("/usr/lib/python3/"))).toBe(true);
  });

  test("every need names a package and a purpose", () => {
    for (const need of [...needs, ...testNeeds]) {
      expect(need.debianPackage).toMatch(/^[a-z0-9-]+$/);
      expect(need.purpose.length).toBeGreaterThan(10);
    }
  });
});
