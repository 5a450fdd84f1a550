// Which machines set-up refuses, and with which words.

import { describe, expect, test } from "vitest";
import { checkMachine, pinnedNode } from "./pinned-node.mjs";

describe("checkMachine", () => {
  test.each([
    ["linux", "x64", "20.0.0", undefined],
    ["linux", "arm64", "26.10.0", undefined],
    ["linux", "x64", "18.19.1", "Node.js 20 or newer; this is 18.19.1"],
    ["linux", "x64", "9.0.0", "Node.js 20 or newer"],
    ["linux", "riscv64", "26.0.0", "x64 and arm64 processors; this one is riscv64"],
    ["darwin", "arm64", "26.0.0", "this system is darwin"],
    ["win32", "x64", "26.0.0", "WSL 2"],
  ])("%s %s with Node %s → %s", (platform, arch, version, refusal) => {
    const check = () => checkMachine({ platform, arch, version });
    if (refusal === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(refusal);
  });

  test("this machine will do", () => {
    expect(() => checkMachine()).not.toThrow();
  });
});

test("a missing pinned Node is explained", () => {
  expect(() => pinnedNode("/nowhere")).toThrow(/pinned Node is missing[\s\S]*omit=optional/);
});
