// Completing the lockfile: which platform a name means, what is added, and that nothing else changes.

import { describe, expect, test } from "vitest";
import { completeLockfile, missingEntries, platformOf } from "./complete-lockfile.mjs";

describe("platformOf", () => {
  test.each([
    ["@oxfmt/binding-darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
    ["@oxlint/binding-linux-x64-musl", { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
    ["@oxlint/binding-linux-s390x-gnu", { os: ["linux"], cpu: ["s390x"], libc: ["glibc"] }],
    ["@oxfmt/binding-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"], libc: ["glibc"] }],
    ["@oxfmt/binding-linux-arm-musleabihf", { os: ["linux"], cpu: ["arm"], libc: ["musl"] }],
    ["@oxfmt/binding-android-arm-eabi", { os: ["android"], cpu: ["arm"] }],
    ["@oxfmt/binding-win32-ia32-msvc", { os: ["win32"], cpu: ["ia32"] }],
    ["@oxlint-tsgolint/win32-x64", { os: ["win32"], cpu: ["x64"] }],
    ["@rolldown/binding-wasm32-wasi", { cpu: ["wasm32"] }],
    ["lightningcss-freebsd-x64", { os: ["freebsd"], cpu: ["x64"] }],
    ["left-pad", undefined],
  ])("%s", (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});

describe("completeLockfile", () => {
  const lockfile = {
    packages: {
      "": {},
      "node_modules/tool": {
        version: "1.2.3",
        dev: true,
        optionalDependencies: { "tool-linux-x64": "1.2.3", "tool-darwin-arm64": "1.2.3" },
      },
      "node_modules/tool-linux-x64": { version: "1.2.3", dev: true, optional: true },
    },
  };

  test("adds what is named but not locked, in npm's order, and keeps the rest", () => {
    const complete = completeLockfile(lockfile);
    expect(Object.keys(complete.packages)).toEqual([
      "",
      "node_modules/tool",
      "node_modules/tool-darwin-arm64",
      "node_modules/tool-linux-x64",
    ]);
    expect(complete.packages["node_modules/tool-darwin-arm64"]).toEqual({
      version: "1.2.3",
      dev: true,
      optional: true,
      cpu: ["arm64"],
      os: ["darwin"],
    });
    expect(complete.packages["node_modules/tool"]).toBe(lockfile.packages["node_modules/tool"]);
  });

  test("a second time there is nothing to add", () => {
    const complete = completeLockfile(lockfile);
    expect(missingEntries(complete)).toEqual([]);
    expect(completeLockfile(complete)).toEqual(complete);
  });

  test.each([
    ["a name without a platform", "tool-extra", "1.0.0"],
    ["a range", "tool-darwin-x64", "^1.0.0"],
  ])("refuses %s, because the entry would be a guess", (_, name, version) => {
    const odd = { packages: { "node_modules/tool": { optionalDependencies: { [name]: version } } } };
    expect(() => completeLockfile(odd)).toThrow(`cannot lock ${name}@${version}`);
  });
});
