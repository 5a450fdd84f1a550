// What is found of the fetched kernel: all of it, or nothing.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findGuestKernel } from "./guest-kernel.ts";

test.each([
  ["nothing", [], undefined],
  ["modules without their kernel", ["lib/modules/6.1/kernel/a.ko", "boot/vmlinuz-6.0"], undefined],
  ["a kernel without modules", ["boot/vmlinuz-6.1"], undefined],
  ["a kernel", ["lib/modules/6.1/kernel/a.ko", "boot/vmlinuz-6.1"], "6.1"],
  ["a kernel beside another's modules", ["lib/modules/6.0/x", "lib/modules/6.1/x", "boot/vmlinuz-6.1"], "6.1"],
])("%s", (_, files, release) => {
  const root = mkdtempSync(join(tmpdir(), "merlon-guest-kernel-"));
  const guest = join(root, ".merlon/guest");
  try {
    for (const file of files) {
      mkdirSync(dirname(join(guest, file)), { recursive: true });
      writeFileSync(join(guest, file), "");
    }
    const expected =
      release === undefined
        ? undefined
        : {
            release,
            kernel: join(guest, `boot/vmlinuz-${release}`),
            modules: join(guest, `lib/modules/${release}/kernel`),
            busybox: join(guest, "bin/busybox"),
          };
    expect(findGuestKernel(root)).toEqual(expected);
  } finally {
    rmSync(root, { recursive: true });
  }
});
