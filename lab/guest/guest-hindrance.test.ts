// Why there is no guest, one reason at a time.

import { expect, test } from "vitest";
import { guestHindrance } from "./guest-hindrance.ts";
import { emulator } from "./guest.ts";
import { programPath } from "./program-path.ts";

const kernel = { release: "6.1", kernel: "vmlinuz", modules: "modules", busybox: "busybox" };
const hasEmulator = programPath(emulator) !== undefined;

test.each([
  ["another platform", kernel, "arm64", "there is no guest for arm64"],
  ["no kernel", undefined, "x64", hasEmulator ? "its kernel was not fetched: npm test does that" : /apt-get install/],
  ["all there", kernel, "x64", hasEmulator ? undefined : /apt-get install/],
] as const)("%s", (_, found, platform, expected) => {
  const words = guestHindrance(found, platform);
  if (expected instanceof RegExp) expect(words).toMatch(expected);
  else expect(words).toBe(expected);
});
