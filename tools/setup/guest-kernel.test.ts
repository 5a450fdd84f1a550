// Fetching the guest's kernel: what apt-get and dpkg-deb are asked for, what is found afterwards, and what a failure says.
// Both programs are fake.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fakeCheckout } from "./fake-checkout.fixture.ts";
import type { FakeCheckout } from "./fake-checkout.fixture.ts";
import { ensureGuestKernel, guestKernelIsReady } from "./guest-kernel.mjs";

const release = "6.1.0-99-cloud-amd64";

/** An apt-get that has the packages (after `update` alone, when `stale`), and a dpkg-deb that unpacks them. */
function withPackages(checkout: FakeCheckout, stale = false): FakeCheckout {
  const fetched = join(checkout.root, "lists-are-fresh");
  checkout.program("apt-cache", `printf 'linux-image-cloud-amd64\\n  Depends: linux-image-${release}\\n'`);
  checkout.program(
    "apt-get",
    `case "$1" in
       update) printf '' > ${fetched} ;;
       download)
         ${stale ? `[ -e ${fetched} ] || { echo '404  Not Found'; exit 100; }` : ""}
         printf '' > kernel.deb; printf '' > busybox.deb ;;
     esac`,
  );
  checkout.program(
    "dpkg-deb",
    `mkdir -p boot lib/modules/${release}/kernel bin; printf '' > boot/vmlinuz-${release}; printf '' > bin/busybox`,
  );
  return checkout;
}

const ensure = (checkout: FakeCheckout, isRoot = true) =>
  ensureGuestKernel(checkout.root, { path: checkout.bin, isRoot, logFile: join(checkout.root, "apt.log") });

describe.skipIf(process.arch !== "x64")("ensureGuestKernel", () => {
  test("fetches the package behind the name, unpacks it, and then finds it", async () => {
    using checkout = withPackages(fakeCheckout());
    expect(guestKernelIsReady(checkout.root)).toBe(false);
    await ensure(checkout);
    expect(checkout.calls()).toEqual([
      "apt-cache depends linux-image-cloud-amd64",
      `apt-get download linux-image-${release} busybox-static`,
      "dpkg-deb -x busybox.deb .",
      "dpkg-deb -x kernel.deb .",
    ]);
    const folder = join(checkout.root, ".merlon/guest");
    for (const file of [`boot/vmlinuz-${release}`, `lib/modules/${release}/kernel`, "bin/busybox"]) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    expect(existsSync(join(folder, "kernel.deb"))).toBe(false);
    expect(guestKernelIsReady(checkout.root)).toBe(true);
  });

  test("what is there is not fetched again", async () => {
    using checkout = withPackages(fakeCheckout());
    await ensure(checkout);
    const { length } = checkout.calls();
    await ensure(checkout);
    expect(checkout.calls()).toHaveLength(length);
  });

  test("root fetches the lists when they are too old; nobody else may", async () => {
    using checkout = withPackages(fakeCheckout(), true);
    await expect(ensure(checkout, false)).rejects.toThrow("sudo apt-get update");
    expect(guestKernelIsReady(checkout.root)).toBe(false);
    await ensure(checkout);
    expect(checkout.calls()).toContain("apt-get update");
    expect(guestKernelIsReady(checkout.root)).toBe(true);
  });

  test.each([
    ["apt-get", "echo 'no space left'; exit 100", "apt-get or dpkg-deb failed with exit code 100"],
    ["dpkg-deb", "echo 'not an archive'; exit 2", "apt-get or dpkg-deb failed with exit code 2"],
  ])("a failure of %s leaves nothing that looks like a kernel", async (program, script, message) => {
    using checkout = withPackages(fakeCheckout());
    checkout.program(program, script);
    await expect(ensure(checkout)).rejects.toThrow(message);
    expect(guestKernelIsReady(checkout.root)).toBe(false);
    expect(readFileSync(join(checkout.root, "apt.log"), "utf8")).toMatch(/no space left|not an archive/);
  });

  test("a system without apt-get is told which packages those are", async () => {
    using checkout = fakeCheckout();
    await expect(ensure(checkout)).rejects.toThrow("Unpack Debian's packages linux-image-cloud-amd64");
  });
});
